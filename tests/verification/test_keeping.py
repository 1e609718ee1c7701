"""Papers that are kept: who saw them, when, where, how long; and how they get to the bureau."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from PIL import Image

from filing.choices import Operation
from filing.choices import RequestState as S
from filing.models import Request
from filing.services import attachments
from filing.services.codes import load_builtin_codes
from filing.services.drafts import without_approved_websites
from filing.services.errors import NotAllowed
from filing.services.filed import record_filed
from filing.services.revisions import current_revision
from tests import factories
from tests.factories import People
from tests.verification.proofs import now
from verification.models import KeptMaterial
from verification.services.keeping import Seen, attach, keep, keep_until, send_alone

pytestmark = pytest.mark.django_db


@pytest.fixture
def group(attachment_root: object) -> People:
    load_builtin_codes()
    return factories.people()


def website_key(request: Request) -> str:
    return f"website:{current_revision(request).content['websites'][0]['own_id']}"


def kept(request: Request, group: People, kind: str = "1", **more: Any) -> KeptMaterial:
    facts: dict[str, Any] = {
        "key": website_key(request),
        "kind": kind,
        "data": factories.image(colour="navy"),
        "seen": Seen(group.owner, datetime(2020, 11, 20, 2, tzinfo=UTC), "虚构核验点"),
    }
    return keep(request, **facts | more)


def attached(request: Request) -> list[dict[str, Any]]:
    return list(current_revision(request).content["attachments"])


def photo_from_somewhere() -> bytes:
    """What a phone takes: larger than the bureau takes, with the place in it."""
    exif = Image.Exif()
    exif[0x010F] = "camera of nobody"
    exif.get_ifd(0x8825)[2] = (39.0, 54.0, 20.0)
    data = io.BytesIO()
    Image.effect_noise((900, 700), 60).convert("RGB").save(data, "JPEG", exif=exif, comment=b"at home")
    return data.getvalue()


@pytest.mark.parametrize(
    ("seen", "years", "until"),
    [
        (date(2026, 11, 24), 5, date(2031, 11, 24)),
        (date(2028, 2, 29), 5, date(2033, 3, 1)),
        (date(2028, 2, 29), 4, date(2032, 2, 29)),
    ],
)
def test_it_keeps_papers_as_long_as_the_rule_says(settings: Any, seen: date, years: int, until: date) -> None:
    settings.ICP_KEEP_MATERIALS_YEARS = years
    assert keep_until(seen) == until


def test_it_writes_down_who_saw_a_paper_when_and_where(group: People) -> None:
    row = kept(factories.draft(group.owner), group)
    assert (row.seen_by_name, row.seen_where, row.title) == (
        group.owner.username,
        "虚构核验点",
        "网站备案信息真实性核验单",
    )
    assert row.kept_until == date(2025, 11, 20)


@pytest.mark.parametrize("kind", ["1", "5"])
def test_it_lets_no_place_leave_with_a_picture(group: People, kind: str) -> None:
    request = factories.draft(group.owner)
    row = kept(request, group, kind, data=photo_from_somewhere())
    attach(row, user=group.owner)
    sent = attachments.read_bytes(attached(request)[-1]["content"].removeprefix(attachments.REFERENCE))
    with Image.open(io.BytesIO(sent)) as picture:
        assert not picture.getexif() and not picture.info.get("comment")
    for told in (b"Exif", b"camera", b"home"):
        assert told not in sent
    assert row.image.original is not None, "as it came, for inspections"
    assert b"camera of nobody" in attachments.read_bytes(row.image.original.sha256)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"kind": "999"}, "什么材料"),
        ({"kind": "x"}, "什么材料"),
        ({"seen": ("", 0)}, "在哪里"),
        ({"seen": ("这里", 1)}, "还没有到"),
    ],
)
def test_it_keeps_nothing_without_its_facts(group: People, facts: dict[str, Any], words: str) -> None:
    if "seen" in facts:
        where, days = facts["seen"]
        facts = {"seen": Seen(group.owner, now() + timedelta(days=days, hours=-1), where)}
    with pytest.raises(NotAllowed, match=words):
        kept(factories.draft(group.owner), group, **facts)
    assert not KeptMaterial.objects.exists()


def test_it_goes_out_with_its_request_once(group: People) -> None:
    request = factories.draft(group.owner)
    row = kept(request, group)
    attach(row, user=group.colleague)
    attach(row, user=group.colleague)
    assert len(attached(request)) == 2
    last = attached(request)[-1]
    assert (last["purpose"], last["owner"], last["owner_index"], last["format"]) == (1, "website", 0, 1)
    subject = kept(request, group, "2", key="subject")
    attach(subject, user=group.owner)
    assert attached(request)[-1]["owner"] == "subject"
    assert without_approved_websites(current_revision(request).content, {}) is not None


def test_it_attaches_nothing_that_the_bureau_does_not_take_or_to_what_is_no_draft(group: People) -> None:
    request = factories.draft(group.owner)
    with pytest.raises(NotAllowed, match="只留存"):
        attach(kept(request, group, "contract"), user=group.owner)
    factories.bring_to(request, S.IN_REVIEW, group)
    request.refresh_from_db()
    with pytest.raises(NotAllowed, match="只有草稿"):
        attach(kept(request, group), user=group.owner)


def test_it_hands_in_the_form_of_an_approved_website_alone(group: People) -> None:
    request = factories.request_in(S.AWAITING_BUREAU, group)
    row = kept(request, group)
    with pytest.raises(NotAllowed, match="还没有备案号"):
        send_alone(row, user=group.owner)
    site = factories.filed_website(
        own_id=current_revision(request).content["websites"][0]["own_id"], number="京ICP备2026000001号-1"
    )
    own_id = current_revision(request).content["subject"]["own_id"]
    record_filed(
        factories.filed_subject(site, own_id=own_id, number="京ICP备2026000001号"),
        isp_id=factories.ISP_ID,
        proof={},
    )
    alone = send_alone(row, user=group.owner)
    assert alone.operation == Operation.SUBMIT_MATERIALS
    (paper,) = attached(alone)
    assert (paper["owner"], paper["owner_number"], paper["purpose"]) == (
        "website",
        "京ICP备2026000001号-1",
        1,
    )
    subject = send_alone(kept(request, group, "2", key="subject"), user=group.owner)
    assert attached(subject)[0]["owner_number"] == "京ICP备2026000001号"
