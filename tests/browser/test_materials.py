"""Papers come by drag, paste, choosing and camera."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, Page, expect

from filing.models import Attachment, Request
from filing.services.codes import load_builtin_codes
from filing.services.revisions import current_revision
from tests import factories
from tests.browser.conftest import SCREENSHOTS, Open, overflow
from tests.browser.looks import LOOKS
from tests.browser.typing import a_file, add_attachment, go_to, kept, pick_purpose, picture
from tests.filing import samples

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "/requests/new/"
BLOCKS = "[data-block=attachments]"


@pytest.fixture
def staff(attachment_root: Path) -> User:
    load_builtin_codes()
    return samples.a_person("linzhixia", "填报", first_name="林知夏")


def bring(page: Page, event: str, selector: str, *files: tuple[str, bytes]) -> None:
    """Drop or paste files onto an element, as the browser tells the page of it."""
    page.evaluate(
        """([event, selector, files]) => {
            const data = new DataTransfer();
            for (const [name, type, text] of files) {
                const bytes = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
                data.items.add(new File([bytes], name, { type }));
            }
            const facts = { bubbles: true, cancelable: true };
            const made = event === "paste"
                ? new ClipboardEvent("paste", { ...facts, clipboardData: data })
                : new DragEvent(event, { ...facts, dataTransfer: data });
            document.querySelector(selector).dispatchEvent(made);
        }""",
        [event, selector, [(name, _kind(name), base64.b64encode(data).decode()) for name, data in files]],
    )


def _kind(name: str) -> str:
    return {"jpg": "image/jpeg", "png": "image/png", "pdf": "application/pdf", "heic": ""}[
        name.rpartition(".")[2]
    ]


def sheet(size: tuple[int, int] = (2400, 1700)) -> bytes:
    """An invented paper as a phone takes it: lines of print on grainy ground, too large for the bureau."""
    ground = Image.effect_noise(size, 14).convert("L").point(lambda each: min(255, each + 100))
    image = Image.merge("RGB", (ground, ground, ground.point(lambda each: each - 12)))
    pen = ImageDraw.Draw(image)
    pen.rectangle((80, 80, size[0] - 80, size[1] - 80), outline="#8c2f2f", width=10)
    pen.text((size[0] // 2, 240), "INVENTED VERIFICATION FORM", fill="#222", anchor="mm", font_size=96)
    for row in range(14):
        pen.text(
            (200, 400 + 80 * row),
            f"{row + 1}. nobody and nothing here exists " * 2,
            fill="#333",
            font_size=44,
        )
    data = io.BytesIO()
    image.save(data, "JPEG", quality=92)
    return data.getvalue()


def look(page: Page, name: str) -> None:
    """A picture of what stands on the screen now, as its reader sees it."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def materials(page: Page) -> Locator:
    go_to(page, "#part-attachments")
    return page.locator("#part-attachments")


def content() -> dict[str, Any]:
    found: dict[str, Any] = current_revision(Request.objects.get()).content
    return found


# --- materials ------------------------------------------------------------------------------------


def test_it_makes_a_block_of_each_file_that_is_dropped_and_counts_them_against_the_list(
    open_page: Open,
    staff: User,
    shoot: Callable[[Page, str], None],
    serious_faults: Callable[[Page], list[str]],
) -> None:
    page = open_page(staff, NEW)
    part = materials(page)
    expect(part).to_contain_text("应有 5 份，缺 5 份")
    files = [(f"{name}.jpg", picture(name)) for name in ("licence", "card", "form")]
    bring(page, "drop", "#part-attachments", *files)
    blocks = page.locator(BLOCKS)
    expect(blocks).to_have_count(3)
    expect(page.locator(f"{BLOCKS} .image-taken")).to_have_count(3)
    for place, purpose in enumerate(("zbdw", "ztfzr", "hyd")):
        pick_purpose(blocks.nth(place), purpose)
    expect(part).to_contain_text("应有 5 份，缺 2 份")
    # Whose each is follows from what it is for: with one website nobody is asked.
    assert [blocks.nth(n).locator("select[data-owner]").input_value() for n in range(3)] == [
        "subject",
        "subject",
        "website-0",
    ]
    expect(blocks.nth(2).locator(".owner-field")).to_be_hidden()
    part.locator("[data-paper='5']").get_by_role("button", name="加这份").click()
    expect(blocks).to_have_count(4)
    expect(blocks.nth(3).locator("[data-purpose]:checked")).to_have_attribute("value", "5")
    assert serious_faults(page) == []
    shoot(page, "materials-dropped-1366-light")
    page.wait_for_load_state("networkidle")
    kept(page)
    found = [(each["purpose"], each["owner"]) for each in content()["attachments"] if "content" in each]
    assert found == [(2, "subject"), (3, "subject"), (1, "website")]


def test_it_asks_whose_a_paper_is_only_where_several_websites_could_be_meant(
    open_page: Open, staff: User
) -> None:
    page = open_page(staff, NEW)
    go_to(page, "#g-websites-0")
    page.get_by_role("button", name="再加一个网站").click()
    expect(page.locator("[data-block=websites]")).to_have_count(2)
    materials(page)
    bring(page, "drop", "#part-attachments", ("form.jpg", picture("form")))
    block = page.locator(BLOCKS)
    pick_purpose(block, "zbdw")
    expect(block.locator(".owner-field")).to_be_hidden()
    pick_purpose(block, "hyd")
    expect(block.get_by_label("所属对象")).to_be_visible()
    block.get_by_label("所属对象").select_option(label="网站 2")
    page.wait_for_load_state("networkidle")
    kept(page)
    assert [(each["owner"], each["owner_index"]) for each in content()["attachments"]] == [("website", 1)]


def test_it_takes_what_is_pasted_into_the_block_in_focus_or_makes_a_new_one(
    open_page: Open, staff: User
) -> None:
    page = open_page(staff, NEW)
    materials(page)
    bring(page, "paste", "#t-attachments", ("image.png", factories.image("PNG", (700, 700), "teal")))
    blocks = page.locator(BLOCKS)
    expect(blocks.locator(".image-taken")).to_have_count(1)
    first = blocks.locator(".image-taken").get_attribute("data-image")
    bring(
        page, "paste", f"{BLOCKS} input[type=radio]", ("image.png", factories.image("PNG", (700, 700), "red"))
    )
    expect(blocks.get_by_role("status").filter(has_text="换下了前一张")).to_be_visible()
    expect(blocks).to_have_count(1)
    assert blocks.locator(".image-taken").get_attribute("data-image") != first
    blocks.get_by_role("button", name="换回来").click()
    expect(blocks.locator(".image-taken")).to_have_attribute("data-image", first or "")
    # Text goes where text goes.
    go_to(page, "[name='subject-name']")
    page.locator("[name='subject-name']").focus()
    bring(page, "paste", "[name='subject-name']", ("image.png", factories.image("PNG", (700, 700), "blue")))
    expect(blocks).to_have_count(1)


def test_it_shows_a_large_photo_beside_its_copy_turns_it_and_opens_it_large(
    open_page: Open,
    staff: User,
    shoot: Callable[[Page, str], None],
    serious_faults: Callable[[Page], list[str]],
) -> None:
    page = open_page(staff, NEW)
    block = add_attachment(page, "hyd", sheet())
    image = block.locator(".image-taken")
    expect(image.locator("figure")).to_have_count(2)
    expect(image).to_contain_text("原图")
    expect(image).to_contain_text("2400 × 1700")
    expect(image).to_contain_text("已缩到")
    expect(image).to_contain_text("限 112 KB")
    expect(image.get_by_label("用这张")).to_be_checked()
    block.scroll_into_view_if_needed()
    look(page, "materials-fitted-1366")
    before = image.get_attribute("data-image")
    with page.expect_response("**/attachments/"):
        image.get_by_role("button", name="右转").click()
    expect(block.locator(".image-taken")).not_to_have_attribute("data-image", before or "")
    assert Attachment.objects.get(turned=90).height > Attachment.objects.get(turned=90).width
    block.locator("[data-view]").last.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_have_text("报给管局的")
    page.keyboard.press("+")
    expect(dialog).to_contain_text("1.5 倍")
    dialog.get_by_role("button", name="看原图").click()
    expect(dialog.get_by_role("heading")).to_have_text("原图")
    dialog.get_by_role("button", name="看报给管局的").click()
    with page.expect_response("**/attachments/"):
        dialog.get_by_role("button", name="左转").click()
    expect(block.locator(".image-taken")).to_have_attribute("data-image", before or "")
    look(page, "materials-large-1366")
    assert serious_faults(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(block.locator("[data-view]").last).to_be_focused()
    image.get_by_label("用这张").uncheck()
    kept(page)
    assert "content" not in content()["attachments"][0]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("scan.pdf", b"%PDF-1.7 invented", "这是 PDF，管局只收图片：打开它"),
        ("IMG_1.heic", b"\0\0\0\x18ftypheic" + b"\0" * 40, "这是 iPhone 的 HEIC 照片：在手机上截图"),
        ("cat.jpg", b"no image", "不是 JPEG 或 PNG 图片"),
    ],
)
def test_it_says_what_to_do_with_what_is_no_image(
    open_page: Open, staff: User, name: str, data: bytes, words: str
) -> None:
    page = open_page(staff, NEW)
    materials(page)
    bring(page, "drop", "#part-attachments", (name, data))
    expect(page.get_by_role("alert").filter(has_text=words)).to_contain_text(f"“{name}”没有收下")
    assert not Attachment.objects.exists()


def test_it_keeps_a_file_for_another_try_when_the_line_breaks(open_page: Open, staff: User) -> None:
    page = open_page(staff, NEW)
    materials(page)
    page.route("**/attachments/", lambda route: route.abort())
    bring(page, "drop", "#part-attachments", ("card.jpg", picture("card")))
    expect(page.get_by_role("alert").filter(has_text="连不上服务器")).to_be_visible()
    page.unroute("**/attachments/")
    page.get_by_role("button", name="重传").click()
    expect(page.locator(f"{BLOCKS} .image-taken")).to_have_count(1)


def test_it_takes_several_scans_of_an_approval_as_jpeg(open_page: Open, staff: User) -> None:
    page = open_page(staff, NEW)
    go_to(page, "#g-websites-0")
    page.get_by_role("button", name="加前置审批").click()
    area = page.locator("[data-block=pre_approvals] [data-drop]")
    area.wait_for()
    colours = ("white", "teal")
    files = [(f"{each}.png", factories.image("PNG", (700, 700), each)) for each in colours]
    bring(page, "drop", "[data-block=pre_approvals] [data-drop]", *files)
    expect(area.locator(".image-taken")).to_have_count(2)
    kept(page)
    scans = content()["websites"][0]["pre_approvals"][0]["scans"]
    hashes = [each.removeprefix("sha256:") for each in scans]
    assert set(Attachment.objects.filter(sha256__in=hashes).values_list("format", flat=True)) == {1}
    assert len(hashes) == 2


def test_it_takes_a_picture_by_camera(
    open_page: Open,
    staff: User,
    shoot: Callable[[Page, str], None],
    serious_faults: Callable[[Page], list[str]],
) -> None:
    page = open_page(staff, NEW)
    # A canvas stands in for the camera of a machine that has none.
    page.evaluate(
        """() => { navigator.mediaDevices.getUserMedia = async () => {
            const canvas = Object.assign(document.createElement("canvas"), { width: 960, height: 720 });
            const pen = canvas.getContext("2d"), draw = () => pen.fillRect(0, 0, 960, 720);
            draw(); setInterval(draw, 50);
            return (window.filmed = canvas.captureStream(20));
        }; }"""
    )
    materials(page)
    page.get_by_role("button", name="加一份材料").click()
    block = page.locator(BLOCKS)
    block.get_by_role("button", name="拍照").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="拍下")).to_be_enabled()
    page.wait_for_function("document.querySelector('.camera video').videoWidth > 0")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="用这张")).to_be_focused()
    assert serious_faults(page) == []
    look(page, "materials-camera-1366")
    page.keyboard.press("Enter")
    expect(block.locator(".image-taken")).to_contain_text("960 × 720")
    assert page.evaluate("window.filmed.getTracks().every((each) => each.readyState === 'ended')")


def test_it_says_why_there_is_no_camera(open_page: Open, staff: User) -> None:
    page = open_page(staff, NEW)
    page.evaluate(
        """() => { navigator.mediaDevices.getUserMedia = async () => {
            throw new DOMException("no", "NotAllowedError");
        }; }"""
    )
    materials(page)
    page.get_by_role("button", name="加一份材料").click()
    page.locator(BLOCKS).get_by_role("button", name="拍照").click()
    expect(page.get_by_role("dialog")).to_contain_text("浏览器没有允许用摄像头")
    page.get_by_role("button", name="关闭").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_it_looks_the_same_everywhere(
    open_page: Open,
    staff: User,
    shoot: Callable[[Page, str], None],
    serious_faults: Callable[[Page], list[str]],
    size: tuple[int, int],
    scheme: str,
) -> None:
    page = open_page(staff, NEW, size=size, scheme=scheme)
    add_attachment(page, "hyd", sheet())
    small = io.BytesIO()
    Image.new("RGB", (300, 200), "#c9c2b0").save(small, "JPEG")
    bring(page, "drop", "#part-attachments", ("small.jpg", small.getvalue()), ("scan.pdf", b"%PDF-1.7"))
    expect(page.get_by_role("alert").filter(has_text="这是 PDF")).to_be_visible()
    expect(page.locator(BLOCKS).nth(1)).to_contain_text("只有 300 × 200 像素")
    page.wait_for_load_state("networkidle")
    page.evaluate("window.scrollTo(0, 0)")
    shoot(page, f"materials-{size[0]}-{scheme}")
    assert serious_faults(page) == []
    assert overflow(page) == 0


def test_it_hands_an_image_over_by_choosing_too(open_page: Open, staff: User) -> None:
    page = open_page(staff, NEW)
    block = add_attachment(page, "zbdw", picture("licence"))
    expect(block.locator(".image-taken")).to_contain_text("未缩小")
    with page.expect_file_chooser() as chooser:
        block.get_by_role("button", name="换一张").click()
    chooser.value.set_files(a_file(picture("another"), "another.jpg"))
    expect(block).to_contain_text("换下了前一张")
