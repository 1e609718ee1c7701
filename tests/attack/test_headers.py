"""What every answer carries, also the wrong ones; methods nobody asked for; a host and a proxy that are made up."""

from __future__ import annotations

import re

import pytest

from tests.attack.house import ON_PURPOSE, House

PAGES = {
    "the door": ("", "/login/", 200),
    "a page": ("staff", "/requests/", 200),
    "a refusal": ("staff", "/audit/", 403),
    "nothing there": ("staff", "/nothing/", 404),
    "nothing there, for strangers": ("", "/nothing/", 404),
    "a nul in the path": ("", "/requests/%00/", 404),
    "sent to the door": ("", "/requests/", 302),
    "the people page": ("manager", "/people/auth/user/", 200),
    "a static file that is not there": ("", "/static/none.js", 404),
}


@pytest.mark.parametrize("name", PAGES)
def test_every_answer_forbids_scripts_from_elsewhere_frames_guessing_and_caching(
    name: str, house: House
) -> None:
    who, path, status = PAGES[name]
    answer = (house.as_(who) if who else house.visitor()).look(path)
    assert answer.status_code == status
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy and "default-src 'self'" in policy
    assert "object-src" in policy and "base-uri 'none'" in policy and "form-action 'self'" in policy
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "Python" not in answer.headers.get("Server", "") and "X-Powered-By" not in answer.headers


def test_static_files_are_what_they_say(house: House) -> None:
    visitor = house.visitor()
    paths = re.findall(r'(?:href|src)="(/static/[^"]+)"', visitor.look("/login/").text)
    assert any(each.endswith(".js") for each in paths)
    for path in paths:
        answer = visitor.look(path)
        assert answer.status_code == 200 and answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "PROPFIND", "CONNECT", "OPTIONS"])
def test_other_methods_show_and_change_nothing(method: str, house: House) -> None:
    """Not even with our own token: what is no GET and no POST is no act."""
    staff, ref = house.as_("staff"), house.facts["mine"]
    token = {"X-CSRFToken": staff.token(), "Origin": house.url, "X-Tell-Me": "a-header-of-mine"}
    for path in ("/", f"/requests/{ref}/", f"/requests/{ref}/withdraw/", f"/requests/{ref}/edit/"):
        answer = staff.ask(method, path, headers=token)
        # Pages that look at no method show themselves as for a GET: to who may see them anyway.
        assert answer.status_code in (200, 403, 405), (path, answer.status_code)
        assert "a-header-of-mine" not in answer.text and answer.headers.get("Content-Type") != "message/http"
    assert house.state(ref) == "draft"


def test_a_get_stays_a_get_whatever_it_says_it_is(house: House) -> None:
    staff, ref = house.as_("staff"), house.facts["mine"]
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        answer = staff.look(
            f"/requests/{ref}/withdraw/", headers={name: "POST"}, params={"_method": "POST", "reason": "x"}
        )
        assert answer.status_code == 405
    assert house.state(ref) == "draft"


def test_a_host_that_is_made_up_is_refused_and_one_in_a_header_is_not_believed(house: House) -> None:
    visitor = house.visitor()
    assert visitor.look("/login/", headers={"Host": "evil.example"}).status_code == 400
    for name in ("X-Forwarded-Host", "X-Host", "Forwarded", "X-Original-URL", "X-Rewrite-URL"):
        answer = visitor.look("/requests/", headers={name: "evil.example"})
        assert answer.status_code == 302 and answer.headers["Location"] == "/login/?next=/requests/"


def test_figures_and_reasons_are_for_who_is_let_in(house: House) -> None:
    """Also where the visitor claims to come from this machine, or guesses."""
    visitor = house.visitor()
    claims: list[dict[str, str]] = [
        {},
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Forwarded-For": "::1", "X-Real-IP": "127.0.0.1"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer x"},
        {"Authorization": "Basic Og=="},
    ]
    for claim in claims:
        assert visitor.look("/metrics", headers=claim).status_code == 404
        assert set(visitor.look("/ready/", headers=claim).json()) == {"ready"}
    token = {"Authorization": f"Bearer {house.secrets['ICP_METRICS_TOKEN']}"}
    assert "icp_requests" in visitor.look("/metrics", headers=token).text


def test_a_line_break_in_an_address_makes_no_header(house: House) -> None:
    for who in (house.visitor(), house.as_("staff")):
        for path in (
            "/requests/x%0d%0aSet-Cookie:%20a=b/",
            "/requests/?q=%0d%0aSet-Cookie:%20a=b",
            "/login/?next=/%0d%0aSet-Cookie:%20a=b",
        ):
            answer = who.look(path)
            assert answer.status_code in (200, 302, 404) and "a=b" not in answer.headers.get("Set-Cookie", "")


def test_an_error_page_tells_nothing_of_the_inside(house: House) -> None:
    staff = house.as_("staff")
    answers = [
        staff.look("/nothing/"),
        staff.look("/requests/%ff%fe/"),
        staff.look("/login/", headers={"Host": "evil.example"}),
        staff.ask("POST", "/requests/new/", data={"subject-name": "x"}),
        staff.act("/requests/new/", data={f"f{number}": "x" for number in range(6_000)}),
    ]
    assert [each.status_code for each in answers] == [404, 404, 400, 403, 400]
    for answer in answers:
        for word in ("Traceback", "settings.prod", "/work", ".py", "Django", "urlpatterns", "DATABASE"):
            assert word not in answer.text, word


def test_a_fault_of_ours_shows_a_page_without_its_reason(house: House) -> None:
    """A table is taken away under the running server: the visitor is told that it failed, the log why."""
    house.rows("ALTER TABLE filing_webhook RENAME TO filing_webhook_away")
    try:
        answer = house.as_("root").look("/alerts/hooks/", headers={"X-Request-ID": ON_PURPOSE})
    finally:
        house.rows("ALTER TABLE filing_webhook_away RENAME TO filing_webhook")
    assert answer.status_code == 500 and "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    for word in ("Traceback", "filing_webhook", "psycopg", "SELECT", "settings", ".py", "DATABASE"):
        assert word not in answer.text
    assert any(ON_PURPOSE in line and "Traceback" in line for line in house.log().splitlines())
    assert house.as_("root").look("/alerts/hooks/").status_code == 200
