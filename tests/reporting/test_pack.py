from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from lxml import etree

from filing.actors import COMMAND
from filing.models import Request, RequestEvent, Revision
from filing.services.drafts import withdraw
from reporting import envelope
from reporting.builders import assemble, serialise
from reporting.builders.report import SECTIONS
from reporting.models import DataFile, FileEntry, Link
from reporting.services import pack as packing
from reporting.services.pack import pack
from tests.reporting.material import (
    OTHER_ISP_ID,
    OTHER_UNIT,
    filing_json,
    history,
    make_link,
    picture_text,
    ready,
    states,
)


def refs(file: DataFile | None) -> list[str]:
    assert file is not None
    return [entry.request.ref for entry in file.entries.select_related("request")]


def xml_of(file: DataFile) -> bytes:
    return envelope.unzip_one(file.zip_bytes or b"")[1]


def unfiled_json(n: int) -> dict[str, Any]:
    told = {"result": 1, "opinion": "已停止接入", "listed_on": "2026-11-01", "due_on": "2026-11-30"}
    place = {"ip": "203.0.113.99", "carrier_id": 1, "provider_id": 110000000001, "province": 110000}
    return {"ref": f"u-{n}", "operation": "unfiled_result", "domain": f"weibeian{n}.cn"} | place | told


def settle(file: DataFile | None) -> None:
    """As if it had been accepted: the next one may be packed."""
    assert file is not None
    DataFile.objects.filter(pk=file.pk).update(state="accepted")
    Link.objects.filter(pk=file.link_id).update(next_sequence=file.sequence + 1)


def test_it_freezes_bytes_number_and_places_together(quiet_link: Link) -> None:
    first, second = ready(1, 2)
    file = pack(quiet_link)
    assert file is not None
    assert (file.sequence, file.record_count, file.state) == (1, 2, "packed")
    xml = xml_of(file)
    assert len(xml) == file.xml_bytes
    names = [node.text for node in etree.fromstring(xml).iter("Dwmc")]
    assert names == ["示例1号有限公司", "示例2号有限公司"]
    entries = list(file.entries.values_list("request__ref", "position", "revision_number", "outcome"))
    assert entries == [("t-0001", 1, 1, "waiting"), ("t-0002", 2, 1, "waiting")]
    assert states(first, second) == ["packed", "packed"]
    second.refresh_from_db()
    assert second.isp_id == quiet_link.isp_id, "the default link's number is filled in"
    event = second.events.last()
    assert event is not None
    assert event.proof == {"file": file.pk, "sequence": 1, "name": file.name, "position": 2}
    assert Link.objects.get().next_sequence == 1, "the number is spent by acceptance alone"


def test_it_keeps_what_was_sent_sealed(quiet_link: Link) -> None:
    ready(1)
    file = pack(quiet_link)
    assert file is not None
    with connection.cursor() as cursor:
        cursor.execute("SELECT zip_bytes FROM reporting_datafile")
        stored = bytes(cursor.fetchone()[0])
    assert file.name.encode() in (file.zip_bytes or b"")
    assert file.name.encode() not in stored
    assert not zipfile.is_zipfile(io.BytesIO(stored))


def test_it_takes_first_what_was_ready_first(quiet_link: Link) -> None:
    *_, third = ready(1, 2, 3)
    Request.objects.filter(pk=third.pk).update(ready_at=timezone.now() - timedelta(days=1))
    assert refs(pack(quiet_link)) == ["t-0003", "t-0001", "t-0002"]


def test_it_leaves_for_later_what_is_not_due(quiet_link: Link) -> None:
    first, second = ready(1, 2)
    Request.objects.filter(pk=first.pk).update(not_before=timezone.now() + timedelta(minutes=1))
    Request.objects.filter(pk=second.pk).update(not_before=timezone.now() - timedelta(minutes=1))
    assert refs(pack(quiet_link)) == ["t-0002"]


def test_it_packs_for_each_link_what_names_it_and_for_the_default_the_rest(quiet_link: Link) -> None:
    other = make_link("http://bureau.invalid", OTHER_UNIT)
    ready(filing_json(1), filing_json(2, isp_id=OTHER_ISP_ID), filing_json(3, isp_id=quiet_link.isp_id))
    ready(filing_json(4, isp_id=999))
    assert refs(pack(other)) == ["t-0002"]
    file = pack(quiet_link)
    assert refs(file) == ["t-0001", "t-0003"]
    assert file is not None
    assert etree.fromstring(xml_of(file)).findtext("ICP/Qqdwid") == str(quiet_link.isp_id)
    settle(file)
    assert pack(quiet_link) is None, "what names no link of ours waits for it"


def test_it_lets_few_share_a_file_with_what_came_back_in_a_bad_one(quiet_link: Link) -> None:
    requests = ready(1, 2, 3, 4, 5)
    Request.objects.filter(pk__in=[each.pk for each in requests[2:4]]).update(batch_limit=2)
    found = []
    for _ in range(2):
        file = pack(quiet_link)
        found.append(refs(file))
        settle(file)
    assert found == [["t-0001", "t-0002"], ["t-0003", "t-0004"]]
    assert refs(pack(quiet_link)) == ["t-0005"]


def test_it_tells_apart_the_places_of_several_operations(quiet_link: Link) -> None:
    ready(unfiled_json(1), 1, unfiled_json(2), 2)
    file = pack(quiet_link)
    assert file is not None
    assert dict(file.entries.values_list("request__ref", "position")) == {
        "t-0001": 1,
        "t-0002": 2,
        "u-1": 3,
        "u-2": 4,
    }
    root = etree.fromstring(xml_of(file))
    assert [node.text for node in root.iter("Dwmc", "Clxx/Ym")] == ["示例1号有限公司", "示例2号有限公司"]
    assert [node.findtext("Ym") for node in root.iter("Clxx")] == ["weibeian1.cn", "weibeian2.cn"]


# --- how much a file holds ------------------------------------------------------------------------


def many(count: int) -> None:
    """Ready requests without the way there: copies of one, with numbers of their own."""
    (model,) = ready(1)
    content = model.revisions.get().content
    now = timezone.now()
    rows = Request.objects.bulk_create(
        Request(
            ref=f"many-{n}",
            operation=model.operation,
            state="ready",
            state_changed_at=now,
            ready_at=now,
            target="",
        )
        for n in range(count)
    )
    Revision.objects.bulk_create(
        Revision(request=row, number=1, content=content, frozen_at=now) for row in rows
    )
    RequestEvent.objects.filter(request=model).delete()
    model.delete()


def test_it_packs_a_thousand_records_and_no_more(quiet_link: Link) -> None:
    many(1003)
    file = pack(quiet_link)
    assert file is not None
    assert (file.record_count, FileEntry.objects.count()) == (1000, 1000)
    settle(file)
    rest = pack(quiet_link)
    assert rest is not None
    assert rest.record_count == 3


def test_it_leaves_room_for_what_stands_around_the_records() -> None:
    around = serialise(assemble([], isp_id=2**63 - 1))
    sections = sum(len(f"<{name}></{name}>") for name in SECTIONS)
    assert packing.MOST_BYTES + len(around) + sections <= 50 * 1024 * 1024


@pytest.mark.parametrize("spare", [-1, 0, 1])
def test_it_never_exceeds_the_bytes_that_a_file_may_have(
    spare: int, quiet_link: Link, monkeypatch: Any
) -> None:
    ready(1, 2, 3)
    whole = pack(quiet_link)
    assert whole is not None
    records = etree.fromstring(xml_of(whole)).findall("ICP/XZBA/Baxx")
    two = sum(len(etree.tostring(each, encoding="GBK", xml_declaration=False)) for each in records[:2])
    whole.entries.all().delete()
    whole.delete()
    Request.objects.update(state="ready")
    monkeypatch.setattr(packing, "MOST_BYTES", two + spare)
    file = pack(quiet_link)
    assert refs(file) == ["t-0001", "t-0002"][: 1 if spare < 0 else 2]


def test_it_returns_to_its_draft_what_alone_is_too_large(quiet_link: Link, monkeypatch: Any) -> None:
    large = filing_json(1)
    large["attachments"][0]["content"] = picture_text("red", size=(400, 400))
    first, _ = ready(large, 2)
    monkeypatch.setattr(packing, "MOST_BYTES", 4000)
    assert refs(pack(quiet_link)) == ["t-0002"]
    first.refresh_from_db()
    assert first.state == "draft"
    assert "50 MB" in first.stalled_reason


# --- one transaction ------------------------------------------------------------------------------


def test_it_takes_no_number_where_nothing_packs(quiet_link: Link) -> None:
    assert pack(quiet_link) is None
    assert (DataFile.objects.count(), Link.objects.get().next_sequence) == (0, 1)


def test_it_writes_nothing_where_the_last_step_fails(quiet_link: Link, monkeypatch: Any) -> None:
    (request,) = ready(1)

    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(packing, "mark_packed", fail)
    with pytest.raises(RuntimeError):
        pack(quiet_link)
    assert (DataFile.objects.count(), FileEntry.objects.count(), states(request)) == (0, 0, ["ready"])


def test_it_packs_the_rest_where_one_is_withdrawn_meanwhile(quiet_link: Link, monkeypatch: Any) -> None:
    first, second = ready(1, 2)
    validate = packing.validate

    def withdrawn_just_now(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.setattr(packing, "validate", validate)
        withdraw(Request.objects.get(pk=first.pk), actor=COMMAND)
        return validate(*args, **kwargs)

    monkeypatch.setattr(packing, "validate", withdrawn_just_now)
    assert refs(pack(quiet_link)) == ["t-0002"]
    assert states(first, second) == ["withdrawn", "packed"]
    assert history(first) == ["draft", "ready", "withdrawn"]
