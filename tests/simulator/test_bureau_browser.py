"""Every button of the page, pressed in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from simulator.pages.words import MESSAGES
from simulator.scenes import all_scenes
from tests.simulator.bureau_provider import OTHER_ID, UNIT, Control, Provider
from tests.simulator.bureau_samples import ISP_ID, new_filing, upload_data

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that fails the test where its console complains."""
    complaints: list[str] = []
    page = browser.new_page(locale="zh-CN")
    page.set_default_timeout(5000)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    page.close()
    assert [line for line in complaints if "400" not in line] == []


@contextmanager
def told(page: Page, words: str) -> Iterator[None]:
    """What is done inside ends with these words at the foot of the page."""
    page.evaluate("document.getElementById('said').textContent = ''")
    yield
    page.locator("#said", has_text=words).wait_for()


def press(page: Page, form: str, button: str, words: str) -> None:
    with told(page, words):
        page.locator(f"{form} button", has_text=button).first.click()


def test_it_does_what_its_buttons_say(start, page):
    running, client = start({"units": [UNIT, {**UNIT, "isp_id": OTHER_ID}], "decide": {"mode": "manual"}})
    provider, control = Provider(running, client), Control(running)
    client.upload(2, upload_data("XZBA", *(new_filing(n) for n in range(5, 9))))
    page.goto(running.url)
    assert page.locator("#pending li").count() == 5
    decisions(page, control)
    settings(page, control)
    messages(page, provider, control)
    faults(page, control)
    scenes(page, control)
    press(page, "form[data-action=neighbours]", "添加", "已添加")
    assert any(
        "neighbour" in site["domains"][0]["name"] for item in filings(control) for site in item["websites"]
    )
    press(page, "form[data-action=reset]", "清空", "已清空")
    assert filings(control) == []
    assert "没有等待审核的请求" in page.locator("#pending").inner_text()


def filings(control):
    return control.state()["filings"]


def decisions(page, control):
    first = page.locator("#pending li").first
    first.locator("input[name=words]").fill("请补充<材料>")
    with told(page, "已拒绝"):
        first.get_by_role("button", name="拒绝").click()
    assert control.state()["closed"][-1]["items"][0]["words"] == "请补充<材料>"
    assert page.locator("#closed").get_by_text("请补充<材料>").count() == 1
    page.locator("#pending a").first.click()
    page.locator("summary").click()
    assert "<Baxx>" in page.locator("pre").inner_text()
    page.locator("form[data-action=decide] button").first.click()
    page.locator("dd", has_text="管局审核通过").wait_for()
    page.locator(".brand").click()
    page.get_by_text("一次决定全部").click()
    press(page, "#everything form", "全部通过", "已通过")
    assert (len(control.state()["pending"]), len(filings(control))) == (0, 4)


def settings(page, control):
    page.locator("form[data-action=mode] select[name=mode]").select_option("auto")
    page.locator("form[data-action=mode] input[name=delay_s]").fill("30")
    press(page, "form[data-action=mode]", "保存", "审核方式已改")
    assert (control.state()["mode"], control.state()["delay_s"]) == ("auto", 30)
    before = control.state()["now"]
    press(page, "form[data-action=clock]", "拨快", "时钟已拨快")
    assert control.state()["now"] > before
    page.get_by_text("选项", exact=True).click()
    page.locator("form[data-action=option] select[name=name]").select_option("empty_code")
    page.locator("form[data-action=option] input[name=value]").fill("oops")
    press(page, "form[data-action=option]", "保存", "新值不是 JSON")
    page.locator("form[data-action=option] input[name=value]").fill("7")
    press(page, "form[data-action=option]", "保存", "must be one of")
    page.locator("form[data-action=option] input[name=value]").fill("1")
    press(page, "form[data-action=option]", "保存", "选项已改")
    assert control.state()["options"]["empty_code"] == 1
    page.locator("form[data-action=initiative] input[name=minutes]").fill("5")
    page.locator("form[data-action=initiative] select[name=kinds]").select_option("notice")
    press(page, "form[data-action=initiative]", "开始", "已开始主动下发")
    initiative = control.state()["initiative"]
    assert (initiative["every_s"], initiative["kinds"]) == (300, ["notice"])
    press(page, "form[data-action=initiative]", "停止", "不再主动下发")
    assert control.state()["initiative"]["next_at"] is None


def messages(page, provider, control):
    form = page.locator("form[data-action=send]")
    for kind, (_, fields) in MESSAGES.items():
        if kind == "cancelled":
            continue
        form.locator("select[name=kind]").select_option(kind)
        visible = {
            item.get_attribute("data-field")
            for item in form.locator("[data-field]").all()
            if item.is_visible()
        }
        assert visible == set(fields.split())
        if "domain" in visible:
            form.locator("input[name=domain]").fill("found.example.cn")
        press(page, "form[data-action=send]", "放入", "已放入下载队列")
    about = [item["about"] for item in control.state()["units"][0]["queue"]]
    assert about[-len(MESSAGES) + 1 :] == [
        MESSAGES[kind][0].split()[1] for kind in MESSAGES if kind != "cancelled"
    ]
    page.locator("#files a", has_text="zip").first.click()
    page.get_by_text("等企业下载并确认").wait_for()
    page.locator(".brand").click()


def faults(page, control):
    page.get_by_text("加入一个故障").click()
    form = page.locator("form[data-action=fault]")
    assert not form.locator("input[name=code]").is_visible()
    form.locator("select[name=kind]").select_option("code")
    form.locator("input[name=code]").fill("902")
    form.locator("input[name=times]").fill("")
    form.locator("input[name=share]").fill("50")
    form.locator("input[name=minutes]").fill("3")
    press(page, "form[data-action=fault]", "加入", "故障已加入")
    [fault] = control.state()["faults"]
    assert [fault[name] for name in ("kind", "code", "times", "share", "for_s")] == [
        "code",
        902,
        None,
        0.5,
        180,
    ]
    press(page, "form[data-action=clear]", "撤销", "故障已撤销")
    assert control.state()["faults"] == []


def scenes(page, control):
    page.get_by_text("换一个场景").click()
    rows = page.locator("#scenes li")
    assert rows.count() == len(all_scenes())
    row = rows.filter(has_text="宕机")
    row.locator("input[name=minutes]").fill("2")
    with told(page, "场景已开始"):
        row.get_by_role("button", name="开始").click()
    scene = control.state()["scene"]
    assert (scene["name"], scene["minutes"]) == ("bureau-down", 2)
    assert page.locator("#faults li").count() == len(control.state()["faults"]) == 4


def test_it_renews_itself_unless_one_is_typing(start, page):
    running, client = start({"decide": {"mode": "manual"}})
    page.clock.install()
    page.goto(running.url)
    client.upload(1, upload_data("XZBA", new_filing(1)))
    page.locator("form[data-action=send] input[name=number]").fill("京ICP备")
    page.clock.run_for(6000)
    assert page.locator("#pending li").count() == 0
    page.locator("form[data-action=send] input[name=number]").fill("")
    page.locator("h2").first.click()
    page.clock.run_for(6000)
    page.locator("#pending li").wait_for()
    assert page.locator("#files").get_by_text("data1.xml").count() == 1


def test_it_fits_narrow_and_wide_screens(start, page):
    running, client = start({"decide": {"mode": "manual"}})
    long = "北京示例非常非常长的名字的科技发展集团股份有限公司中关村第一分公司"
    client.upload(1, upload_data("XZBA", *(new_filing(n, Dwmc=f"{long}{n}") for n in range(1, 25))))
    for path in ("/", "/case?id=1", f"/upload?unit={ISP_ID}&sequence=1"):
        page.goto(running.url + path)
        for width in (1366, 390):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize(("scheme", "path"), [("light", "/case?id=2"), ("dark", "/")])
def test_it_can_be_read_by_everyone(start, page, scheme, path):
    running, client = start({"decide": {"mode": "manual"}})
    client.upload(1, upload_data("XZBA", *(new_filing(n) for n in range(1, 5)), new_filing(5, Dwxz=99)))
    running.bureau.decide(1)
    running.bureau.faults.add("dropped", for_s=60)
    page.emulate_media(color_scheme=scheme)
    page.goto(running.url + path)
    page.evaluate("document.querySelectorAll('details').forEach((item) => { item.open = true; })")
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
