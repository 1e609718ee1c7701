"""A task from download to answer, a campaign, a re-visit that ends in a change: in a browser, and a picture of each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from filing.choices import RequestState
from filing.models import Request
from filing.services import review
from filing.services.codes import load_builtin_codes
from reporting.models import Link
from reporting.services.download import poll_link
from reporting.services.upload import send_link
from simulator import Running, serve
from simulator.sending import send
from tests.browser.conftest import NARROW, WIDE, Open, overflow
from tests.browser.looks import LOOKS
from tests.filing import samples
from tests.reporting.material import make_link, ready
from tests.verification.filings import BEIJING, SHANGHAI, filed
from verification.models import Campaign, CheckResult, UnfiledWebsite, VerificationTask, Visit
from verification.services.campaigns import make_all, share_out
from verification.services.visits import conclude

NAMES = (
    "北京云间拾贝文化传播有限公司",
    "上海半山听雨文旅发展有限公司",
    "北京砚屿数据服务有限公司",
    "天津海河渡口餐饮有限公司",
    "石家庄槐安物流有限公司",
    "北京稻荷里餐饮管理有限公司",
    "北京晴岚科技有限公司",
)
PROVINCES = (BEIJING, SHANGHAI, BEIJING, 120000, 130000, BEIJING, BEIJING)


@pytest.fixture
def staff(attachment_root: object, transactional_db: None) -> User:
    load_builtin_codes()
    return samples.a_person("linzhixia", "填报", first_name="林知夏")


def round_trip(link: Link) -> None:
    send_link(link, asked=True)
    poll_link(link, asked=True)


def _pages_of_work() -> dict[str, str]:
    return {
        "tasks": reverse("work_home"),
        "task": reverse("work_detail", args=["tasks", VerificationTask.objects.get().pk]),
        "unfiled-one": reverse("work_detail", args=["unfiled", UnfiledWebsite.objects.get().pk]),
        "check-one": reverse("work_detail", args=["checks", CheckResult.objects.get().pk]),
        "listed": reverse("work_list", args=["listed"]),
    }


def _work_arrives(running: Running) -> Link:
    """One filing at the bureau, then work of every kind, one piece of it late."""
    link = make_link(running.url)
    ready(1)
    round_trip(link)
    send(running.bureau, {"kind": "verification_task"})
    poll_link(link, asked=True)

    send(running.bureau, {"kind": "unfiled", "domain": "meibeian.cn"})
    send(running.bureau, {"kind": "check", "what": "under_reported"})
    send(running.bureau, {"kind": "notice"})
    send(running.bureau, {"kind": "illegal_access", "domain": "shili1.cn"})
    poll_link(link, asked=True)
    VerificationTask.objects.update(due_on=timezone.localdate() - timedelta(days=1))
    return link


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_what_the_bureau_asks_for_looks_well(
    staff: User,
    open_page: Open,
    size: tuple[int, int],
    scheme: str,
    shoot: Callable[[Page, str], None],
    serious_faults: Callable[[Page], list[str]],
) -> None:
    with serve() as running:
        _work_arrives(running)
    for name, address in _pages_of_work().items():
        page = open_page(staff, address, size=size, scheme=scheme)
        shoot(page, f"{name}-{size[0]}-{scheme}")
        assert overflow(page) <= 0, name
        assert serious_faults(page) == [], name
        page.context.close()


def test_a_task_goes_from_download_to_answer(staff: User, open_page: Open) -> None:
    with serve() as running:
        link = _work_arrives(running)

        page = open_page(staff, reverse("work_home"))
        expect(page.locator(".side a", has_text="管局任务").locator("b.late")).to_have_text("5")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="填报核实结果").first.click()
        page.wait_for_url("**/edit/")
        made = Request.objects.get(operation="verification_result")
        row = VerificationTask.objects.get()
        assert row.answer == made and made.state == RequestState.DRAFT
        content = made.revisions.get()
        content.content |= {"result": 0, "opinion": "已致电负责人，情况属实"}
        content.save()
        review.vouch(made)
        round_trip(link)

    page.goto(reverse("work_detail", args=["tasks", row.pk]))
    expect(page.locator("h1 + .head-facts")).to_contain_text("已处理")
    expect(page.get_by_text("管局已通过").first).to_be_visible()
    page.goto(reverse("work_home"))
    expect(page.get_by_text("没有待处理的")).to_be_visible()
    expect(page.locator(".side a", has_text="管局任务").locator("b")).to_have_text("4")


def a_campaign(staff: User) -> Campaign:
    other = samples.a_person("zhouqi", "填报", first_name="周起")
    for n, (name, province) in enumerate(zip(NAMES, PROVINCES, strict=True)):
        filed(n, name=name, province=province, mobile="13800138000")
    made = Campaign.objects.create(
        name="2026 年存量主体核验",
        words="电话能打通、负责人还在职、网站打得开",
        due_on=timezone.localdate() + timedelta(days=9),
        created_by=staff,
    )
    make_all()
    share_out(made, [staff, other])
    for place, visit in enumerate(made.visits.order_by("pk")[:4]):
        outcome = ("true", "true", "found", "unreached")[place]
        conclude(visit, user=staff, outcome=outcome, findings=["contacts"], note="电话联系负责人本人")
        Visit.objects.filter(pk=visit.pk).update(done_at=timezone.now() - timedelta(days=place))
    return made


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_the_pages_look_well(
    staff: User,
    open_page: Open,
    size: tuple[int, int],
    scheme: str,
    shoot: Callable[[Page, str], None],
    serious_faults: Callable[[Page], list[str]],
) -> None:
    made = a_campaign(staff)
    day = timezone.localdate()
    for visit, days in zip(Visit.objects.filter(campaign=made)[:3], (-2, 0, 6), strict=True):
        Visit.objects.create(
            subject=visit.subject,
            province=visit.province,
            due_on=day + timedelta(days=days),
            assigned_to=staff,
        )
    mine = Visit.objects.filter(campaign=None).order_by("due_on")[0]
    pages: dict[str, Any] = {
        "campaigns": reverse("campaign_list"),
        "campaign": reverse("campaign_detail", args=[made.pk]),
        "campaign-new": reverse("campaign_new"),
        "visits": reverse("visit_list"),
        "visit": reverse("visit_detail", args=[mine.pk]),
        "reminders": reverse("alert_list"),
    }
    for name, address in pages.items():
        page = open_page(staff, address, size=size, scheme=scheme)
        shoot(page, f"{name}-{size[0]}-{scheme}")
        assert overflow(page) <= 0, name
        assert serious_faults(page) == [], name
        page.context.close()


def test_a_campaign_is_begun_shared_out_and_worked_on(staff: User, open_page: Open) -> None:
    for n in range(3):
        filed(n, province=SHANGHAI if n == 2 else BEIJING)
    page = open_page(staff, reverse("campaign_list"))
    page.get_by_role("link", name="新的专项核验").click()
    page.get_by_label("名称").fill("北京主体核验")
    page.get_by_label("截止日期").fill(f"{timezone.localdate() + timedelta(days=9):%Y-%m-%d}")
    page.get_by_text("选省").click()
    page.get_by_label("北京市").check()
    page.get_by_role("button", name="开始").click()
    expect(page.locator("h1")).to_have_text("北京主体核验")
    expect(page.locator(".figures")).to_contain_text("已核 0 / 2")
    page.get_by_text("分给人", exact=True).click()
    page.get_by_label("林知夏").check()
    page.get_by_role("button", name="分", exact=True).click()
    expect(page.get_by_text("已把 2 件平均分给 1 人")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.get_by_label("全部属实").check()
    page.get_by_role("button", name="记下结果").click()
    expect(page.get_by_text("下面是下一件")).to_be_visible()
    page.get_by_role("link", name="北京主体核验").click()
    expect(page.locator(".figures")).to_contain_text("已核 1 / 2")


def test_a_revisit_ends_in_a_change(staff: User, open_page: Open) -> None:
    subject = filed(1)
    Visit.objects.create(subject=subject, province=BEIJING, due_on=timezone.localdate(), assigned_to=staff)
    page = open_page(staff, reverse("visit_list"))
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.get_by_label("发现出入", exact=True).check()
    page.get_by_label("网站名称或服务内容").check()
    page.get_by_role("button", name="记下结果").click()
    page.wait_for_url("**/edit/")
    made = Request.objects.get()
    assert (made.operation, made.subject_name) == ("change", subject.name)
    expect(page.get_by_text("变更单已开好").first).to_be_visible()
    assert Visit.objects.get().request == made


def test_the_way_of_a_request_shows_the_sms_step(
    staff: User,
    open_page: Open,
    shoot: Callable[[Page, str], None],
    serious_faults: Callable[[Page], list[str]],
) -> None:
    with serve({"decide": {"mode": "manual"}}) as running:
        link = make_link(running.url)
        (request,) = ready(1)
        round_trip(link)
    for size in (WIDE, NARROW):
        page = open_page(staff, reverse("request_detail", args=[request.ref]), size=size)
        expect(page.locator(".journey .maybe")).to_contain_text("短信核验")
        expect(page.locator(".sms-line")).to_contain_text("请提醒主办者回复短信")
        shoot(page, f"sms-{size[0]}")
        assert overflow(page) <= 0 and serious_faults(page) == []
