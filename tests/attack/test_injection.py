"""Text that would be code: typed into every field of every form, then every page is opened in a browser."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import BytesIO, StringIO
from random import Random
from typing import Any
from urllib.parse import quote, urlencode
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook
from playwright.sync_api import BrowserContext, sync_playwright

from tests.attack.forms import Form, forms_of
from tests.attack.house import House
from tests.attack.payloads import BROKEN_BYTES, HOSTILE, MARK

URLENCODED = {"Content-Type": "application/x-www-form-urlencoded"}
DAILY = ("markup", "nothing", "long", "number")
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
EXPORTS = ("/requests/export/?tab=all", "/filed/export/", "/audit/export/", "/links/export/",
           "/imports/cleanup/export/", "/campaigns/1/sheet/")  # fmt: skip


@pytest.fixture(scope="module")
def forms(house: House) -> list[Form]:
    """Every form of the product with a text in it, each once."""
    root, found = house.as_("root"), dict[Any, Form]()
    for pages in house.facts["pages"].values():
        for page in pages:
            answer = root.look(page)
            if answer.status_code == 200:
                for form in forms_of(page.partition("?")[0], answer.content):
                    if form.texts and "/password/" not in form.action:
                        found.setdefault(form.kind, form)
    return list(found.values())


def send(house: House, form: Form, text: str | bytes, *, right: bool) -> Any:
    root, data = house.as_("root"), urlencode(form.filled(text, right=right))
    if form.method == "get":
        return root.look(f"{form.action}?{data[:3000]}")
    return root.act(form.action, data.encode(), headers=URLENCODED)


def test_it_finds_the_forms_of_the_product(forms: list[Form]) -> None:
    actions = " ".join(form.action for form in forms)
    for part in ("/requests/new/", "/edit/", "/review/", "/withdraw/", "/campaigns/new/", "/rules/set/", "/links/new/",
                 "/alerts/hooks/", "/people/auth/user/add/", "/search/", "/audit/", "/verification/record/"):  # fmt: skip
        assert part in actions
    assert sum(len(form.texts) for form in forms) > 100


@pytest.mark.parametrize(
    "name",
    [pytest.param(each, marks=() if each in DAILY else pytest.mark.soak) for each in [*HOSTILE, "bytes"]],
)
def test_every_field_takes_text_as_text_or_refuses_it_in_words(
    name: str, forms: list[Form], house: House
) -> None:
    """Each form twice: everything hostile, and what is looked at first right. Nothing breaks, no table goes."""
    text = HOSTILE.get(name, BROKEN_BYTES)
    broken = {}
    for form in forms:
        for right in (False, True):
            answer = send(house, form, text, right=right)
            if answer.status_code >= 500 or "a=b" in answer.headers.get("Set-Cookie", ""):
                broken[form.action] = answer.status_code
    assert broken == {}
    assert house.rows("SELECT count(*) > 10 FROM filing_request") == [(True,)]


@pytest.fixture(scope="module")
def poisoned(house: House, forms: list[Form]) -> list[str]:
    """Everything that takes it says what is hostile. Shape: pages that are there because of it."""
    for name in ("template", "direction", "formula", "markup"):
        for form in forms:
            if form.method == "post":
                send(house, form, HOSTILE[name], right=True)
    name = f"{MARK}'><svg onload=alert(1)><img src=x onerror=alert(1)>.xml"
    answer = house.as_("operator").act("/imports/start/", {"compare": "1"}, files={"file": (name, b"<a/>")})
    assert answer.status_code == 302
    more = ["/imports/", answer.headers["Location"]]
    for name in ("markup", "template", "formula", "direction", "sql"):
        answer = house.as_("mate").act(
            "/requests/new/",
            {"subject-name": HOSTILE[name], "subject-remarks": HOSTILE[name], "do": "save",
             "subject-responsible-name": HOSTILE[name], "once": f"hostile-{name}"},
        )  # fmt: skip
        assert answer.status_code == 302
        ref = answer.headers["Location"].split("/")[2]
        more += [f"/requests/{ref}/", f"/requests/{ref}/edit/?check=1", f"/requests/{ref}/verification/"]
    markup = quote(HOSTILE["markup"])
    more += [
        f"{path}?q={markup}"
        for path in ("/search/", "/requests/", "/filed/", "/audit/", "/visits/", "/inbox/")
    ]
    return [
        *more,
        f"/people/auth/user/?q={markup}",
        f"/login/?next={markup}",
        f"/requests/{markup}/",
        f"/{markup}",
    ]


@pytest.fixture
def watched(house: House, chromium_path: str) -> Iterator[tuple[BrowserContext, list[str]]]:
    """A browser that is signed in as who sees everything, and all that it must not do."""
    done: list[str] = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        context = chromium.new_context(
            base_url=house.url,
            ignore_https_errors=True,
            extra_http_headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.250"},
        )
        for cookie in house.as_("root").cookies:
            context.add_cookies(
                [{"name": cookie.name, "value": cookie.value or "", "url": house.url, "secure": True}]
            )
        context.on("dialog", lambda dialog: (done.append(f"dialog {dialog.message}"), dialog.dismiss()))
        context.on("weberror", lambda error: done.append(f"error {error.error}"))
        context.on(
            "request",
            lambda asked: (
                None if asked.url.startswith((house.url, "data:", "blob:")) else done.append(asked.url)
            ),
        )
        context.on(
            "console",
            lambda said: (
                done.append(said.text)
                if "Content Security Policy" in said.text or "Refused to" in said.text
                else None
            ),
        )
        yield context, done
        chromium.close()


BECAME_CODE = """() => [...document.querySelectorAll("svg[onload], img[src=x], b[hx-get], [onerror], [onload],"
    + " script:not([src]):not([type]), a[href^='javascript:' i], iframe[src^='javascript:' i]")].map(e => e.outerHTML)"""


@pytest.mark.browser
@pytest.mark.timeout(300)
def test_every_page_shows_it_as_text(
    house: House, poisoned: list[str], watched: tuple[BrowserContext, list[str]]
) -> None:
    context, done = watched
    page, showing = context.new_page(), 0
    for path in [*poisoned, *(pages[0] for pages in house.facts["pages"].values())]:
        page.goto(path, wait_until="load")
        found = page.evaluate(BECAME_CODE)
        assert (path, found, done) == (path, [], [])
        content = page.content()
        assert f"{MARK}1337" not in content and "&lt;svg onload" not in page.title().replace(
            HOSTILE["markup"], ""
        )
        showing += MARK in content
    assert showing > 25, "what was typed is shown on many pages, or nothing was shown here"
    # A page that took it for code would have been noticed.
    page.goto("about:blank")
    page.set_content(f"<p title='{HOSTILE['markup']}'></p>")
    page.wait_for_timeout(200)
    assert page.evaluate(BECAME_CODE) != [] and "dialog 1" in done


def test_a_spreadsheet_holds_no_formula(house: House, poisoned: list[str]) -> None:
    seen = 0
    for path in EXPORTS:
        answer = house.as_("root").look(path)
        assert answer.status_code == 200, path
        cells = list(_cells(answer.content))
        assert cells, path
        assert [text for text, is_code in cells if is_code] == [], path
        seen += any(MARK in text or "=cmd" in text for text, _is_code in cells)
    assert seen >= 2, "what was typed is in several of them"


def _cells(data: bytes) -> Iterator[tuple[str, bool]]:
    """The cells of a workbook, of a CSV file, of those in a ZIP. Shape: the text, and whether it would be worked out."""
    if not data.startswith(b"PK"):
        for line in csv.reader(StringIO(data.decode("utf-8-sig"))):
            for each in line:
                is_number = each[1:].replace(".", "").replace(":", "").isdigit()
                yield each, len(each) > 1 and each.startswith(FORMULA_SIGNS) and not is_number
        return
    with ZipFile(BytesIO(data)) as archive:
        if "[Content_Types].xml" not in archive.namelist():
            for name in archive.namelist():
                yield name, False
                if name.endswith(".csv"):
                    yield from _cells(archive.read(name))
            return
    for sheet in load_workbook(BytesIO(data)):
        for row in sheet.iter_rows():
            for cell in row:
                yield str(cell.value), cell.data_type == "f" or bool(cell.hyperlink)


HOOKS = (
    *("http://169.254.169.254/latest/meta-data/", "https://169.254.169.254/", "https://127.0.0.1:5432/"),
    *("https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://127.1/", "https://0/"),
    *("https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:a9fe:a9fe]/", "https://localhost/"),
    *(
        "https://localhost.localdomain/",
        "https://10.0.0.1/",
        "https://[fd00::1]/",
        "https://[64:ff9b::7f00:1]/",
    ),
    *(
        "gopher://127.0.0.1/",
        "file:///etc/passwd",
        "https://evil.example@127.0.0.1/",
        "https://127.0.0.1#@evil/",
    ),
    *(
        "https://127.0.0.1\r\nX: y/",
        "https://[fe80::1%25eth0]/",
        "https://[2002:7f00:1::]/",
        "https://①②⑦.0.0.1/",
    ),
)


def test_a_web_hook_reaches_nothing_inside(house: House) -> None:
    """Whatever the address is written like: refused as it is added, or as it is tried."""
    manager = house.as_("manager")
    for number, url in enumerate(HOOKS):
        answer = manager.act("/alerts/hooks/", {"name": f"inside-{number}", "url": url})
        assert answer.status_code in (200, 422)
    for key, url in house.rows("SELECT id, url FROM filing_webhook WHERE name LIKE 'inside-%%' ORDER BY id"):
        assert manager.act(f"/alerts/hooks/{key}/", {"act": "test"}).status_code == 302
        [(words,)] = house.rows("SELECT answer FROM filing_webhookdelivery WHERE hook_id = %s", key)
        assert "内部地址" in words or "查不到" in words, (url, words)


def test_an_address_of_a_link_is_no_way_to_look_around(house: House) -> None:
    """Operators name the bureau's address: only http and https, and what comes back from elsewhere is not shown."""
    operator = house.as_("operator")
    for url in ("file:///etc/passwd", "gopher://127.0.0.1:6379/_INFO", "javascript:alert(1)", "//x", "https://a b/",
                "https://user:pw@bureau.example.cn/", "ftp://127.0.0.1/", "https://"):  # fmt: skip
        form = {"isp_id": "990000000077", "base_url": url, "user_name": "x", "timeout_s": "5"}
        answer = operator.act("/links/new/", form)
        assert answer.status_code == 422 and "root:x:0" not in answer.text
    assert house.rows("SELECT 1 FROM reporting_link WHERE isp_id = 990000000077") == []


SLOW = {
    "nested groups": "a" * 3_000 + "!",
    "dots": "a." * 1_400 + "!",
    "digits": "1" * 2_900 + "x",
    "addresses": "1.1.1.1-" * 360,
    "brackets": "（" * 900,
    "spaces": " " * 2_900 + "x",
    "wild cards": "%_" * 1_400,
    "words": "备案 " * 700,
}


TYPED = (
    *(
        "subject-name",
        "subject-certificate-number",
        "subject-responsible-mobile",
        "subject-responsible-email",
    ),
    *("subject-responsible-phone", "subject-responsible-certificate-number", "websites-0-name"),
    *("websites-0-domains", "websites-0-home_url", "websites-0-accesses-0-ip_ranges"),
)


@pytest.mark.parametrize("name", SLOW)
def test_a_long_search_costs_no_more_than_many_short_ones(name: str, house: House) -> None:
    """ReDoS: held to what a usual search costs on the same machine at the same time, not to a clock."""
    staff = house.as_("staff")

    def cost(text: str) -> float:
        found = []
        for path in ("/search/", "/requests/", "/filed/"):
            answer = staff.look(path, params={"q": text[:900] if "备" in text or "（" in text else text})
            assert answer.status_code in (200, 414, 400)
            found.append(answer.elapsed.total_seconds())
        fields = dict.fromkeys(TYPED, text)
        answer = staff.act("/drafts/keep/?operation=new_filing", fields | {"once": "slow", "turn": "1"})
        assert answer.status_code in (200, 409)
        return sum(found) + answer.elapsed.total_seconds()

    usual = max(cost("虚构"), 0.05)
    assert min(cost(SLOW[name]), cost(SLOW[name])) < 20 * usual


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(20))
def test_forms_filled_at_random_break_nothing(seed: int, forms: list[Form], house: House) -> None:
    """Each field something else, names doubled, left out, bent."""
    chance, texts = Random(seed), [*HOSTILE.values(), BROKEN_BYTES, "", "1", "虚构", "2026-11-24"]
    for form in forms:
        fields = [
            (name, chance.choice(texts))
            for name, _value in form.values
            for _ in range(chance.choice((0, 1, 1, 2)))
        ]
        fields += [
            (
                chance.choice(form.texts) + chance.choice(("", "-0", "[]", "__in", "\x00")),
                chance.choice(texts),
            )
        ]
        data = urlencode(fields)
        root = house.as_("root")
        answer = (
            root.look(f"{form.action}?{data[:3000]}")
            if form.method == "get"
            else root.act(form.action, data.encode(), headers=URLENCODED)
        )
        assert answer.status_code < 500, (form.action, fields)
