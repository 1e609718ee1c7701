"""The time line of a request is whole: what other packages keep stands among its moves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from filing.choices import RequestState
from filing.models import Request, RequestEvent
from filing.timeline import Happening, timeline
from reporting.choices import PasswordTried
from reporting.models import PasswordTry
from tests import factories
from tests.filing import samples
from tests.reporting.material import make_link
from verification.choices import Outcome, Way
from verification.models import KeptMaterial, PrintedForm, Verification
from verification.timeline import happenings

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_in_review(attachment_root: object) -> Request:
    staff = samples.a_person("staff", "填报", first_name="知夏")
    reviewer = samples.a_person("reviewer", "审核")
    return samples.bring_to(factories.draft(staff), RequestState.IN_REVIEW, staff=staff, reviewer=reviewer)


def test_it_tells_who_verified_which_form_was_printed_and_which_paper_was_seen(
    request_in_review: Request,
) -> None:
    request = request_in_review
    Verification.objects.filter(request=request).delete()
    now = timezone.now()
    told = {"request": request, "revision_number": 1, "way": Way.IN_PERSON, "covers": ["x"], "at": now}
    Verification.objects.create(**told, outcome=Outcome.PASSED, by_name="林知夏", place="北京核验点")
    Verification.objects.create(**told, outcome=Outcome.REFUSED, by_name="林知夏", words="地址不一致")
    Verification.objects.create(**told, outcome=Outcome.OVERRULED, by_name="何青禾", words="老客户")
    PrintedForm.objects.create(request=request, revision_number=1, key="1", code="AB12CD34", content={})
    image = factories.attachments.store(factories.image())
    KeptMaterial.objects.create(
        request=request,
        key="subject",
        title="营业执照",
        image=image,
        seen_by_name="林知夏",
        seen_at=now,
        seen_where="北京核验点",
        kept_until=now.date(),
    )
    lines = {each.line: each for each in happenings(request)}
    assert set(lines) == {
        "林知夏 核验一致",
        "林知夏 核验发现不一致",
        "打印核验单",
        "林知夏 看过原件并留存：营业执照",
    }
    assert lines["林知夏 核验一致"].caption.startswith("当面核验 · 北京核验点 · ")
    assert lines["林知夏 核验发现不一致"].reason == "地址不一致"
    assert lines["打印核验单"].caption == "编码 AB12CD34"


def test_it_shows_them_among_the_moves_the_latest_first(client: Client, request_in_review: Request) -> None:
    request = request_in_review
    link = make_link("http://127.0.0.1:9")
    row = PasswordTry.objects.create(
        link=link,
        request=request,
        number="京ICP备1号",
        outcome=PasswordTried.WRONG,
        code=22,
        user_name="林知夏",
    )
    PasswordTry.objects.filter(pk=row.pk).update(asked_at=timezone.now() + timedelta(minutes=1))
    rows = timeline(request, request.events.order_by("at", "pk"))
    assert [each.at for each in rows] == sorted((each.at for each in rows), reverse=True)
    assert isinstance(rows[0], Happening)
    assert rows[0].line == "林知夏 向管局校验备案密码：不对"
    assert sum(isinstance(each, RequestEvent) for each in rows) == request.events.count()
    client.force_login(samples.a_person("other", "填报"))
    html = client.get(reverse("request_detail", args=[request.ref])).content.decode()
    html = html[html.index('class="timeline"') :]
    assert html.index("向管局校验备案密码") < html.index("核验一致") < html.index("新建")
