"""A desk on a working day: something of everything that home shows, with a past behind it. Invented (虚构)."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.contrib.auth.models import User
from django.utils import timezone

from filing.choices import RequestState, TallyKind, WaitStep
from filing.models import Request, StepTerm, Tally
from filing.services.codes import load_builtin_codes
from filing.working_days import is_working_day
from reporting.choices import Cause
from reporting.models import Diagnosis, Link
from reporting.services.download import poll_link
from reporting.services.upload import send_link
from tests.filing import samples
from tests.filing.desks import rows
from tests.reporting.material import ISP_ID, make_link, ready
from tests.verification.filings import filed
from verification.choices import VisitOutcome, WorkState
from verification.models import Campaign, UnfiledWebsite, VerificationTask, Visit

S = RequestState
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Desk(NamedTuple):
    """Who sits there, and the link."""

    staff: User
    reviewer: User
    operator: User
    admin: User
    link: Link


def build(url: str) -> Desk:
    """A desk whose link leads to this bureau; two files went over it and were answered."""
    load_builtin_codes()
    staff = samples.a_person("linzhixia", "填报", first_name="林知夏")
    reviewer = samples.a_person("heqinghe", "审核", first_name="何青禾")
    operator = samples.a_person("qixiuyuan", "链路", first_name="齐修远")
    admin = User.objects.create_superuser("admin", password="admin", first_name="管理员")
    link = make_link(url)
    Link.objects.filter(pk=link.pk).update(name="北京市")
    link.refresh_from_db()
    for first in (1, 4):
        ready(*range(first, first + 3))
        send_link(link)
    poll_link(link)
    _requests(staff)
    _past()
    _work()
    return Desk(staff, reviewer, operator, admin, link)


def _requests(staff: User) -> None:
    now = timezone.now()

    def one(name: str, state: str, ago: timedelta, **columns: object) -> Request:
        (made,) = rows(1, state, since=now - ago, subject_name=name, created_by=staff, **columns)
        return made

    one(
        "北京稻荷里餐饮管理有限公司",
        S.RETURNED,
        26 * HOUR,
        result_codes=[1015],
        bureau_words="无效身份证号码，请核实后再次报备",
    )
    one(
        "北京砚屿数据服务有限公司",
        S.REJECTED,
        4 * HOUR,
        result_codes=[1002],
        bureau_words="网站名称与主办单位无关联，换一个名称",
    )
    rejected = one("禾木书屋", S.REVIEW_RETURNED, 2 * HOUR)
    rejected.events.create(
        revision_number=1, old_state=S.IN_REVIEW, new_state=S.REVIEW_RETURNED, actor_kind="person",
        actor_name="何青禾", reason="幕布照片看不清日期，请重拍或重传", at=now - 2 * HOUR,
    )  # fmt: skip
    draft = one("北京云间拾贝文化传播有限公司", S.DRAFT, 20 * HOUR)
    draft.revisions.create(number=1, content={"subject": {"name": draft.subject_name}, "websites": [{}]})
    stuck = one("杉月渡（廊坊）信息技术有限公司", S.AWAITING_BUREAU, 9 * DAY + 4 * HOUR, isp_id=ISP_ID)
    Diagnosis.objects.create(
        request=stuck, cause=Cause.FILED_BY_ANOTHER, needs_person=True, next_step="与主办者核对", found_at=now,
        next_look_at=now,
    )  # fmt: skip
    rows(8, S.IN_REVIEW, since=now - 3 * HOUR, created_by=staff)
    rows(31, S.READY, since=now - 1.5 * HOUR, isp_id=ISP_ID, held_reason="等人确认")
    rows(127, S.AWAITING_BUREAU, since=now - 2 * DAY, isp_id=ISP_ID)
    rows(18, S.FORWARDED, since=now - 7 * DAY, isp_id=ISP_ID)
    rows(42, S.APPROVED, since=now - timedelta(minutes=1), isp_id=ISP_ID)


def _past() -> None:
    now = timezone.now()
    usual = (
        (WaitStep.REVIEW, 0, 4 * HOUR),
        (WaitStep.SENDING, 0, 3 * HOUR),
        (WaitStep.BUREAU, ISP_ID, 6 * DAY),
        (WaitStep.FORWARDED, ISP_ID, 9 * DAY),
    )
    for step, isp_id, span in usual:
        StepTerm.objects.create(
            step=step, isp_id=isp_id, usual_s=span.total_seconds(), sample=90, measured_at=now
        )
    today = timezone.localdate()
    for back in range(1, 14):
        day = today - timedelta(days=back)
        works = is_working_day(day)[0]
        sent = 40 + back * 7 % 31 if works else 9 + back % 4
        for key, count in (
            (S.AWAITING_BUREAU, sent),
            (S.APPROVED, sent * 8 // 9),
            (S.RETURNED, sent // 16 + 1),
        ):
            Tally.objects.create(kind=TallyKind.MOVE, key=key, day=day, count=count)


def _work() -> None:
    now, today = timezone.now(), timezone.localdate()
    told = {"isp_id": ISP_ID, "received_at": now - 9 * DAY, "latest_at": now - 9 * DAY}
    VerificationTask.objects.create(
        **told, about="task:1", subject_bureau_id=1, subject_name="京郊晴岚民宿专业合作社", due_on=today,
        due_by_bureau=True, content={"websites": [{}]},
    )  # fmt: skip
    UnfiledWebsite.objects.create(
        **told, about="unfiled:1", domain="shanyuedu-cha.cn", due_on=today + 4 * DAY
    )
    campaign = Campaign.objects.create(name="存量备案核验", due_on=today + 38 * DAY)
    Campaign.objects.filter(pk=campaign.pk).update(created_at=now - 60 * DAY)
    for number in range(60):
        done = {"state": WorkState.DONE, "outcome": VisitOutcome.TRUE, "done_at": now - number % 20 * DAY}
        Visit.objects.create(
            campaign=campaign,
            subject=filed(number),
            province=110000,
            due_on=campaign.due_on,
            **(done if number < 49 else {}),
        )
