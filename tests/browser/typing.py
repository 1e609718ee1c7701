"""Typing into the form of a filing as a person does: by labels, keys and files."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw
from playwright.sync_api import FilePayload, Locator, Page

from tests import factories

SUBJECT, SITE = "#g-subject", "#g-websites-0"


def picture(words: str, size: tuple[int, int] = (960, 640)) -> bytes:
    """An invented paper: a sheet with a few words, small enough for the bureau."""
    image = Image.new("RGB", size, "#f4f1e8")
    ImageDraw.Draw(image).text((40, 40), words, fill="#222")
    data = io.BytesIO()
    image.save(data, "JPEG", quality=70)
    return data.getvalue()


def photo(size: tuple[int, int] = (2400, 1600)) -> bytes:
    """A photo that shrinks badly, of several megabytes."""
    data = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(data, "JPEG", quality=92)
    return data.getvalue()


def a_file(data: bytes, name: str = "scan.jpg") -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


def go_to(page: Page, inside: str) -> None:
    """Open the part of the form that an element stands in, as its link in the task list does."""
    page.evaluate(
        """selector => {
            const target = document.querySelector(selector), links = [...document.querySelectorAll("#tasks a")];
            const link = links.find((each) => document.getElementById(each.hash.slice(1))?.contains(target));
            if (link && !document.getElementById(link.hash.slice(1)).matches(".now")) link.click();
        }""",
        inside,
    )


def hand_in(page: Page) -> None:
    """Look over the answers, then submit; where that leads to the verification, record the visit and submit again."""
    go_to(page, "#submit")
    _press(page, page.locator(".save-bar").get_by_role("button", name="提交审核"))
    if page.url.endswith("/verification/"):
        record_visit(page)
        _press(page, page.get_by_role("button", name="提交审核"))


def record_visit(page: Page) -> None:
    """On the page of a verification: the responsible person came, and all is right."""
    page.get_by_label("核验地点").fill("虚构核验点")
    if page.get_by_label("现场照片").is_visible():
        page.get_by_label("现场照片").set_input_files(a_file(picture("visit"), "visit.jpg"))
    _press(page, page.get_by_role("button", name="一致，记下", exact=True))


def _press(page: Page, button: Locator) -> None:
    # A new document: a part of the form that opens is a navigation too.
    with page.expect_event("domcontentloaded"):
        button.click()
    page.wait_for_load_state("networkidle")


def kept(page: Page) -> None:
    """Wait until everything typed is saved."""
    page.keyboard.press("Control+s")
    page.locator("#draft:not([data-changed])").wait_for()
    page.locator("[data-kept]", has_text="已自动保存").wait_for()
    page.wait_for_load_state("networkidle")


def choose(page: Page, field: str, text: str) -> None:
    """Search a code field and take the first find."""
    go_to(page, f"[id='field-{field}']")
    page.locator(f"input[role=combobox][id='f-{field}']").fill(text)
    page.keyboard.press("Enter")


def fill(page: Page, **values: str) -> None:
    """Fill text fields: `subject_name` stands for subject-name … as given by `NAMES`."""
    for name, value in values.items():
        go_to(page, f"[name='{name}']")
        page.locator(f"[name='{name}']").fill(value)


def type_subject(page: Page, name: str = factories.NAME, **wrong: str) -> None:
    """Everything of the subject. `wrong` replaces what is right: mobile="1380000"."""
    with page.expect_response("**/drafts/choices/**"):
        choose(page, "subject-nature", "qy")
    page.locator("#field-subject-certificate-type input[role=combobox]").wait_for()
    fields = {
        "subject-name": name,
        "subject-certificate-number": factories.CREDIT_CODE,
        "subject-certificate-address": "北京市海淀区虚构路1号",
        "subject-address-detail": "虚构路1号3层",
        "subject-responsible-name": "虚构甲",
        "subject-responsible-certificate_number": factories.SUBJECT_CARD,
        "subject-responsible-mobile": wrong.get("mobile", "13800000000"),
        "subject-responsible-office_phone": "010-00000000",
        "subject-responsible-email": "nobody@example.cn",
    }
    fill(page, **fields)
    choose(page, "subject-certificate-type", "yyzz")
    choose(page, "subject-responsible-certificate_type", "jmsfz")
    find_region(page, "hd", "海淀区")


def find_region(page: Page, text: str, name: str) -> None:
    """Search a region by its path and take the first find: all levels are filled."""
    go_to(page, "#regions")
    page.locator("#f-region-find").fill(text)
    page.locator("#f-region-find-list li[aria-selected=true]", has_text=name).wait_for()
    with page.expect_response("**/drafts/choices/**"):
        page.keyboard.press("Enter")
    # The fields are new ones: they are there to be typed into once the script has dressed them.
    page.locator(f"#regions:not(.htmx-settling) option:checked:text-is('{name}')").wait_for(state="attached")
    page.locator("#f-region-find[role=combobox]").wait_for()


def type_website(page: Page, **wrong: str) -> None:
    """Everything of the first website."""
    fill(
        page,
        **{
            "websites-0-name": "虚构书店",
            "websites-0-domains": wrong.get("domains", "https://www.shibei.com.cn/\nshibei.cn；shibei.cn"),
            "websites-0-home_url": "www.shibei.cn",
            "websites-0-accesses-0-ip_ranges": wrong.get(
                "ip_ranges", "203.0.113.10-203.0.113.12\n198.51.100.0/30"
            ),
        },
    )
    choose(page, "websites-0-service_contents", "dwmh")
    choose(page, "websites-0-accesses-0-server_locations", "bj")
    go_to(page, SITE)
    page.locator(SITE).get_by_label("虚拟主机").check()
    page.get_by_role("button", name="同主体负责人").click()


def pick_purpose(block: Locator, initials: str) -> None:
    """Say what an image is for, by the initials of its name."""
    block.locator(f"input[data-purpose][data-find*='{initials}']").check()


def add_attachment(page: Page, purpose: str, data: bytes, name: str = "scan.jpg") -> Locator:
    """Add a paper: what for, then the file. Returns its block once the image is taken or refused."""
    blocks = page.locator("[data-block=attachments]")
    count = blocks.count()
    go_to(page, "#part-attachments")
    page.get_by_role("button", name="加一份材料").click()
    block = blocks.nth(count)
    block.wait_for()
    pick_purpose(block, purpose)
    with page.expect_response("**/attachments/"):
        block.locator("input[type=file]").set_input_files(a_file(data, name))
    block.locator(".taken > *").first.wait_for()
    return block
