"""Addresses that nobody was given: typed, bent, overlong, of other roles."""

from __future__ import annotations

import pytest

from tests import access
from tests.access_table import TABLE
from tests.attack.house import House

WHO = {access.VISITOR: "", access.NOBODY: "nobody", "A": "auditor", "E": "mate"}
"""The whole table is tried by every role without a server; here it is shown that nothing in between lets in more."""
LONG, HUGE = "A" * 3_500, "9" * 30
BENT = [
    *(
        "/requests/%00/",
        "/requests/%00/edit/",
        "/requests/R%0d%0aX/",
        "/requests/%ff%fe/",
        f"/requests/{LONG}/",
    ),
    *("/requests/%2e%2e/people/", "/requests/../people/", "/requests/..%2f..%2fpeople/", "/requests/....//"),
    *(
        "/requests/%e2%80%ae%e2%81%a6/",
        "/requests/%F0%9F%98%80/",
        "/requests/%ed%a0%80/",
        "/requests/' OR 1=1/",
    ),
    *("//evil.example/requests/", "/\\evil.example", "/./requests/../audit/", "/%2e/audit", "/audit/%2e%2e/"),
    *("/attachments/%00/", "/attachments/..%2f..%2fkey.pem/", "/attachments/%2e%2e%2f%2e%2e%2fSECRET_KEY/"),
    *("/static/../manage.py", "/static/%2e%2e/%2e%2e/SECRET_KEY", "/static/..%5c..%5ckey.pem", "/static/%00"),
    *(f"/filed/{HUGE}/", f"/links/{HUGE}/", f"/inbox/{HUGE}/", f"/alerts/{HUGE}/", f"/batches/{HUGE}/"),
    *(f"/tasks/tasks/{HUGE}/", f"/campaigns/{HUGE}/", f"/visits/{HUGE}/", f"/imports/{HUGE}/"),
    *(
        "/filed/-1/",
        "/filed/1e3/",
        "/filed/0x1/",
        "/filed/%D9%A1/",
        "/tasks/%F0%9F%98%80/",
        "/operations/evil/",
    ),
    *(f"/people/auth/user/{HUGE}/change/", "/people/auth/user/%00/change/", "/people/r/%00/%00/"),
    *(
        "/.env",
        "/.git/config",
        "/manage.py",
        "/var/attachments/",
        "/media/",
        "/debug/",
        "/admin/",
        "/backup.sql",
    ),
]
ASKED = [
    *(
        "q",
        "page",
        "tab",
        "sort",
        "who",
        "kind",
        "state",
        "operation",
        "region",
        "code",
        "days",
        "run",
        "side",
    ),
    *("ref", "after", "before", "at", "cursor", "method", "action", "user", "since", "until", "from", "to"),
    *("day", "team", "isp_id", "check", "next", "recovery", "raw", "decision"),
]
"""What pages read from their addresses."""


@pytest.mark.parametrize("letter", WHO)
def test_every_address_lets_in_whom_the_table_names(letter: str, house: House) -> None:
    """By GET, and by POST with a good token, at the running server."""
    name, wrong = WHO[letter], []
    visitor = house.as_(name) if name else house.visitor()
    for address_name, address in access.addresses().items():
        if address_name in ("logout", "admin:logout"):
            continue
        for method, rule in zip(("GET", "POST"), TABLE[address_name], strict=True):
            if method == "POST" and access.may(rule, letter):
                continue  # It would do what it is for.
            send = visitor.look if method == "GET" else visitor.act
            answer = send(address)
            away = answer.status_code == 302 and answer.headers["Location"].startswith(access.SIGN_INS)
            let_in = answer.status_code not in (401, 403, 405) and not away
            if answer.status_code >= 500 or (let_in and not access.may(rule, letter)):
                wrong.append((method, address, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("name", ["", "staff", "root"])
def test_bent_paths_lead_nowhere_and_break_nothing(name: str, house: House) -> None:
    visitor = house.as_(name) if name else house.visitor()
    found = {path: visitor.look(path) for path in BENT}
    assert {path[:60]: each.status_code for path, each in found.items() if each.status_code >= 500} == {}
    for path, answer in found.items():
        assert answer.status_code != 200 or not name or name == "root" or "/audit" not in path, path
        if name == "":
            assert answer.status_code != 200, path
        location = answer.headers.get("Location", "")
        assert (
            not location.startswith(("//", "/\\", "http:"))
            and "evil.example" not in location.partition("?")[0]
        )
        for secret in house.secrets.values():
            assert secret not in answer.text, path


def test_what_is_refused_to_a_role_is_recorded(house: House) -> None:
    before = len(house.refused("mate"))
    for path in ("/audit/", "/links/new/", "/alerts/hooks/", "/people/auth/user/", "/review/"):
        assert house.as_("mate").look(path).status_code in (302, 403)
    seen = [each["path"] for each in house.refused("mate")[before:] if "path" in each]
    assert {"/audit/", "/links/new/", "/alerts/hooks/", "/review/"} <= set(seen)


@pytest.mark.parametrize(
    "text", ["%00", "%ff%fe", "99999999999999999999", "'%22%3E%3Cscript%3E", "0001-01-01", "-1"]
)
def test_nothing_asked_of_a_page_breaks_it(text: str, house: House) -> None:
    root, query = house.as_("root"), "&".join(f"{name}={text}" for name in ASKED)
    broken = {}
    for pages in house.facts["pages"].values():
        answer = root.look(f"{pages[0].partition('?')[0]}?{query}")
        if answer.status_code >= 500 or "<script>" in answer.text:
            broken[pages[0]] = answer.status_code
    assert broken == {}


@pytest.mark.parametrize(
    "path", ["/drafts/keep/", "/drafts/block/", "/drafts/choices/", "/lookup/", "/lookup/take/", "/materials/",
             "/attachments/", "/codes/regions/", "/links/choice/", "/search/", "/links/search/", "/tasks/search/",
             "/rules/set/", "/imports/cleanup/handled/", "/review/several/", "/batches/", "/inbox/apply/",
             "/imports/start/", "/account/sessions/end/", "/alerts/seen/", "/alerts/settings/"],
)  # fmt: skip
def test_nothing_asked_of_a_part_breaks_it(path: str, house: House) -> None:
    root = house.as_("root")
    names = [
        *ASKED,
        "name",
        "block",
        "index",
        "content",
        "field",
        "certificate",
        "number",
        "once",
        "revision",
    ]
    names += ["subject-name", "rows", "keys", "do", "rule", "session", "prefix", "turn", "purpose", "parent"]
    for text in ("%00", "%ff%fe", "9" * 20, "-1", "%27", ""):
        query = "&".join(f"{name}={text}" for name in names)
        for answer in (
            root.look(f"{path}?{query}"),
            root.act(f"{path}?{query}", data={}),
            root.act(
                path, data=query.encode(), headers={"Content-Type": "application/x-www-form-urlencoded"}
            ),
        ):
            assert answer.status_code < 500, (text, answer.request.method)
