"""What cannot go goes back to its draft with the reason, and its neighbours go on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from filing.actors import COMMAND
from filing.choices import Operation, Severity
from filing.models import Request
from filing.rules import registry
from filing.services.attachments import references
from filing.services.drafts import start_correction
from filing.services.intake import import_requests
from reporting import envelope
from reporting.builders import BUILDERS
from reporting.builders.report import Builder
from reporting.models import DataFile, Link
from reporting.services.pack import pack
from reporting.services.upload import send_link
from simulator import Bureau
from tests.reporting.material import filing_json, history, ready, states
from xsd.kinds import Kind, version_folder


def refs(file: DataFile | None) -> list[str]:
    assert file is not None
    return [entry.request.ref for entry in file.entries.select_related("request")]


def reason(request: Request) -> str:
    request.refresh_from_db()
    assert (request.state, request.ready_at, request.vouched) == ("draft", None, False)
    return request.stalled_reason


@pytest.fixture
def new_rule(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A rule that came into force after the review, with another version of the program: no example named 甲."""

    def no_one_named_so(content: dict[str, Any], context: Any) -> Iterator[tuple[str, str]]:
        if "甲" in content["subject"]["name"]:
            yield "subject.name", "不能叫甲"

    operations = frozenset({Operation.NEW_FILING})
    rule = registry.Rule(1044, "不叫甲", Severity.BLOCK, operations, False, no_one_named_so)
    monkeypatch.setattr(registry, "RULES", [*registry.RULES, rule])
    monkeypatch.setattr(registry, "_version", lambda: "the next one")
    registry._usual.cache_clear()
    yield
    registry._usual.cache_clear()


@pytest.fixture
def issued_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bureau issued a schema of its own: names of subjects have ten characters at most."""
    folder = tmp_path / "issued"
    shutil.copytree(version_folder("V.3.0"), folder)
    (folder / Kind.UPLOAD.own_name).rename(folder / Kind.UPLOAD.issued_name)
    icp = folder / "upload_icp.xsd"
    declared = '<xs:element name="Dwmc" type="Text255">'
    text = icp.read_text(encoding="utf-8")
    assert declared in text
    narrow = (
        '<xs:element name="Dwmc">{}<xs:simpleType><xs:restriction base="xs:string"><xs:minLength value="1"/>'
        '<xs:maxLength value="10"/></xs:restriction></xs:simpleType></xs:element>'
    )
    before, _, after = text.partition(declared)
    annotation, _, rest = after.partition("</xs:element>")
    icp.write_text(before + narrow.format(annotation) + rest, encoding="utf-8")
    monkeypatch.setenv("ICP_XSD_DIR", str(folder))


def test_it_returns_what_a_rule_now_blocks(quiet_link: Link, request: pytest.FixtureRequest) -> None:
    first, second, third = ready(1, filing_json(2, subject__name="甲公司"), 3)
    request.getfixturevalue("new_rule")
    assert refs(pack(quiet_link)) == ["t-0001", "t-0003"]
    words = reason(second)
    assert "不能叫甲" in words
    assert "1044" in words
    assert history(second) == ["draft", "ready", "draft"]
    assert states(first, third) == ["packed", "packed"]
    assert second.revisions.count() == 2, "what was reviewed stays as it was; the draft is the next revision"


def test_it_returns_what_breaks_the_schema_that_a_bureau_issued(
    quiet_link: Link, issued_schema: None
) -> None:
    _, second, _ = ready(1, filing_json(2, subject__name="名称很长的示例有限公司"), 3)
    file = pack(quiet_link)
    assert refs(file) == ["t-0001", "t-0003"]
    assert list(file.entries.values_list("position", flat=True)) == [1, 2]  # type: ignore[union-attr]
    words = reason(second)
    assert "XSD" in words
    assert "10" in words
    assert "名称" in words


def test_it_takes_no_number_where_all_break_the_schema(quiet_link: Link, issued_schema: None) -> None:
    requests = ready(*(filing_json(n, subject__name="名称很长的示例有限公司") for n in (1, 2)))
    assert pack(quiet_link) is None
    assert (DataFile.objects.count(), Link.objects.get().next_sequence) == (0, 1)
    assert states(*requests) == ["draft", "draft"]
    assert all(reason(each) for each in requests)


def test_it_returns_what_lost_an_image(quiet_link: Link, attachment_root: Path) -> None:
    item = filing_json(2)
    del item["attachments"]
    first, _ = ready(1, item)
    (lost,) = references(first.revisions.get().content)
    (attachment_root / lost[:2] / lost).unlink()
    assert refs(pack(quiet_link)) == ["t-0002"]
    assert "附件" in reason(first)
    assert lost[-12:] in reason(first)


def test_it_returns_what_the_store_holds_damaged(quiet_link: Link, attachment_root: Path) -> None:
    """A schema takes any bytes as an image: only the hash tells that these are others."""
    item = filing_json(2)
    del item["attachments"]
    first, _ = ready(1, item)
    (damaged,) = references(first.revisions.get().content)
    path = attachment_root / damaged[:2] / damaged
    path.write_bytes(path.read_bytes()[:-2] + b"\0\0")
    assert refs(pack(quiet_link)) == ["t-0002"]
    assert f"附件 {damaged[:12]} 在存储里已损坏，请重新上传" in reason(first)


def test_it_returns_what_cannot_be_built_at_all(quiet_link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    """A frozen document of an older shape must not hold up every other one of the link."""
    _, second, _ = ready(1, 2, 3)
    sound = BUILDERS[Operation.NEW_FILING]

    def build(content: dict[str, Any], extras: Any) -> list[etree._Element]:
        if content["subject"]["name"] == "示例2号有限公司":
            raise KeyError("responsible")
        return sound.build(content, extras)

    monkeypatch.setitem(BUILDERS, Operation.NEW_FILING, Builder(Operation.NEW_FILING, "XZBA", build))
    assert refs(pack(quiet_link)) == ["t-0001", "t-0003"]
    assert "responsible" in reason(second)


def test_it_sends_the_correction_as_another_revision(link: Link, bureau: Bureau, issued_schema: None) -> None:
    (request,) = ready(filing_json(1, subject__name="名称很长的示例有限公司"))
    assert send_link(link) == []
    assert bureau.accepted(link.isp_id) == []
    import_requests([filing_json(1, subject__name="示例公司")], ready=True, correct=True)
    assert [row.refs for row in send_link(link)] == [["t-0001"]]
    entry = request.file_entries.get()
    assert entry.revision_number == 2
    assert history(request)[:4] == ["draft", "ready", "draft", "ready"]
    xml = envelope.unzip_one(DataFile.objects.get().zip_bytes or b"")[1]
    assert etree.fromstring(xml).findtext(".//Dwmc") == "示例公司"


def test_it_sends_what_was_frozen_and_not_what_is_being_corrected(link: Link, bureau: Bureau) -> None:
    """Returned, corrected as a draft: the file that went keeps the revision that went."""
    (request,) = ready(1)
    send_link(link)
    from_first = request.file_entries.get()
    Request.objects.filter(pk=request.pk).update(state="returned")
    request.refresh_from_db()
    start_correction(request, actor=COMMAND)
    import_requests([filing_json(1, subject__name="改后的公司")], ready=True, correct=True)
    send_link(link)
    numbers = list(request.file_entries.order_by("pk").values_list("file__sequence", "revision_number"))
    assert numbers == [(1, 1), (2, 2)]
    from_first.refresh_from_db()
    assert from_first.revision_number == 1
