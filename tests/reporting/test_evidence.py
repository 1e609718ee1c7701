"""The evidence bundle: opened with the standard library alone, it tells the whole story of a filing."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from filing.actors import person
from filing.choices import AuditAction
from filing.models import Request
from filing.services import drafts, review
from reporting.models import DataFile, Link
from reporting.services.download import poll_link
from reporting.services.evidence_bundle import EvidenceBundle
from reporting.services.upload import send_link
from simulator import Bureau
from tests import factories
from tests.filing import samples
from tests.record import noted
from tests.reporting.commands import run
from tests.reporting.material import ISP_ID, ready

pytestmark = pytest.mark.django_db

MOBILE = "13800138000"


class Reader(HTMLParser):
    """A page as somebody without the system reads it: its text, and everything that it would load from elsewhere."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.loads: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("script", "iframe", "link"):
            self.loads.append(tag)
        if (source := given.get("src") or "") and not source.startswith("data:"):
            self.loads.append(source)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


class Opened:
    """The bundle in the hands of somebody who has nothing but a ZIP program."""

    def __init__(self, data: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.testzip() is None
            found = {name: archive.read(name) for name in archive.namelist()}
        (self.folder,) = {name.split("/", 1)[0] for name in found}
        self.files = {name.split("/", 1)[1]: content for name, content in found.items()}
        self.page = Reader(self.files["index.html"].decode())
        self.story: dict[str, Any] = json.loads(self.files["request.json"])

    def under(self, folder: str) -> list[bytes]:
        return [data for name, data in sorted(self.files.items()) if name.startswith(f"{folder}/")]


def bundle(filing: Request, **options: Any) -> Opened:
    filing.refresh_from_db()
    return Opened(b"".join(EvidenceBundle(filing, made_by="测试员", **options)))


@pytest.fixture
def people() -> tuple[User, User]:
    return samples.a_person("staff", "填报"), samples.a_person("reviewer", "审核")


@pytest.fixture
def told(link: Link, bureau: Bureau, people: tuple[User, User], settings: Any) -> Request:
    """A filing that was returned, corrected by a person, approved by another, and filed; in a file with a second one."""
    settings.ICP_WAIT_FACTOR = 0
    bureau.set_mode("manual")
    filing, _other = ready(1, 2)
    send_link(link)
    bureau.decide(approve=False, words="网站名称不规范")
    poll_link(link)
    filing.refresh_from_db()
    assert filing.state in ("returned", "rejected")
    staff, reviewer = people
    revision = drafts.start_correction(filing, actor=person(staff))
    changed = revision.content | {"subject": revision.content["subject"] | {"name": "示例改后有限公司"}}
    drafts.save_draft(filing, changed, actor=person(staff))
    factories.submit(filing, user=staff)
    review.approve(filing, user=reviewer)
    send_link(link)
    bureau.decide()
    poll_link(link)
    filing.refresh_from_db()
    assert filing.state == "approved"
    return filing


def test_it_tells_the_whole_story_without_the_system(told: Request, bureau: Bureau) -> None:
    opened = bundle(told, reveal=True, reason="管局来电核对")
    text = opened.page.text
    assert opened.page.loads == [], "nothing is asked of anybody"
    for words in (
        told.ref,
        "示例改后有限公司",
        "网站名称不规范",
        "管局审核通过",
        "管局来电核对",
        "测试员",
        MOBILE,
    ):
        assert words in text, words
    first, second = opened.story["revisions"]
    assert first["approved_by"] == ["命令行"]
    assert (second["entered_by"], second["approved_by"]) == (["staff"], ["reviewer"])
    (renamed,) = second["changed"]
    assert (renamed["old"], renamed["new"]) == (["示例1号有限公司"], ["示例改后有限公司"])
    moves = [each["to"] for each in opened.story["events"] if each["to"] != each["from"]]
    assert moves[0] == "draft" and moves[-1] == "approved" and moves.count("awaiting_bureau") == 2
    assert [row["outcome"] for row in opened.story["sent"]] == ["rejected", "approved"]
    assert all(row["calls"][0]["code"] == 0 and row["proofs"] for row in opened.story["sent"])
    assert opened.story["numbers"]["subject"] and opened.story["numbers"]["subject"] in text
    assert opened.story["ledger"] == {"next_sequence": 3, "gaps": [], "before_this_installation": []}
    assert opened.story["diagnosis"]["next_step"] == "已通过，不再等待"


def test_its_records_are_those_that_the_bureau_received_and_sent(told: Request, bureau: Bureau) -> None:
    opened = bundle(told, reveal=True, reason="留档")
    sent = [ElementTree.fromstring(data) for data in opened.under("sent")]
    names = [each.findtext(".//Ztxx/Dwmc") or each.findtext(".//Dwmc") for each in sent]
    assert names == ["示例1号有限公司", "示例改后有限公司"]
    assert all("示例2号有限公司".encode() not in data for data in opened.files.values()), "nobody else's"
    assert all(len(each.findtext(".//Fjnr") or "") > 100 for each in sent), "with the images, as sent"
    assert b"data:image/jpeg;base64," in opened.files["index.html"]
    came = [ElementTree.fromstring(data) for data in opened.under("received")]
    assert "网站名称不规范" in [each.findtext("Shyj") for each in came]
    theirs = {
        hashlib.sha256(bureau.downloads.zip_bytes(each)).hexdigest() for each in bureau.downloads.all(ISP_ID)
    }
    assert {row["sha256"] for row in opened.story["received"]} <= theirs
    files = {file.sequence: file.sha256 for file in DataFile.objects.all()}
    assert {row["sequence"]: row["sha256"] for row in opened.story["sent"]} == files
    assert all(each["is_same"] for row in opened.story["sent"] for each in row["hashes"])


def test_every_file_of_it_has_its_sum(told: Request) -> None:
    opened = bundle(told)
    lines = opened.files["SHA256SUMS"].decode().splitlines()
    sums = {path: sha256 for sha256, path in (line.split("  ", 1) for line in lines)}
    assert sums == {
        name: hashlib.sha256(data).hexdigest() for name, data in opened.files.items() if name != "SHA256SUMS"
    }
    for name in opened.files:
        if name.startswith(("sent/", "received/")):
            assert sums[name] in opened.page.text


def test_it_masks_people_unless_they_are_revealed(told: Request) -> None:
    opened = bundle(told)
    whole = b"".join(opened.files.values())
    assert MOBILE.encode() not in whole and b"13900139000" not in whole
    assert b"138****8000" in whole
    assert b"data:image" not in whole and "图片，base64".encode() in whole
    assert "已遮盖" in opened.page.text


def test_it_never_holds_the_digest_of_a_password(link: Link, bureau: Bureau) -> None:
    (filing,) = ready(1)
    send_link(link)
    poll_link(link)
    opened = bundle(filing, reveal=True, reason="留档")
    for data in opened.under("sent"):
        assert all("不显示" in (each.text or "") for each in ElementTree.fromstring(data).iter("ICPmm"))


def test_it_says_where_the_kept_bytes_are_gone_or_differ(told: Request) -> None:
    DataFile.objects.filter(sequence=1).update(zip_bytes=None)
    DataFile.objects.filter(sequence=2).update(xml_sha256="0" * 64)
    opened = bundle(told)
    first, second = opened.story["sent"]
    assert "已过保存期" in first["trouble"] and first["trouble"] in opened.page.text
    assert [each["what"] for each in second["hashes"] if not each["is_same"]] == ["xml_sha256"]
    assert "xml_sha256 与账上不符" in opened.page.text


def test_it_tells_of_a_request_that_never_left(db: None) -> None:
    (filing,) = ready(7)
    opened = bundle(filing)
    assert "还没有上报过" in opened.page.text
    assert opened.under("sent") == [] and opened.story["ledger"] is None


@pytest.mark.parametrize(("role", "status"), [("审核", 200), ("链路", 200), ("填报", 403), (None, 403)])
def test_it_is_for_reviewers_and_link_operators(
    client: Client, told: Request, role: str | None, status: int
) -> None:
    client.force_login(samples.a_person("asking", *filter(None, [role])))
    address = reverse("request_evidence", args=[told.ref])
    assert client.get(address).status_code == status
    assert client.post(address, {"reveal": "0"}).status_code == status


def test_it_is_a_file_that_no_cache_keeps_and_is_recorded(
    client: Client, told: Request, people: tuple[User, User]
) -> None:
    client.force_login(people[1])
    address = reverse("request_evidence", args=[told.ref])
    answer = client.post(address, {"reveal": "1", "reason": "管局来电核对"})
    assert answer["Cache-Control"] == "private, no-store" and answer.streaming
    opened = Opened(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    assert answer["Content-Disposition"] == f'attachment; filename="{opened.folder}.zip"'
    assert opened.story["made"]["by"] == "reviewer" and opened.story["made"]["reason"] == "管局来电核对"
    [row] = noted(AuditAction.EXPORT)
    assert (row.key, row.facts["unmasked"], row.facts["reason"]) == (told.ref, True, "管局来电核对")


def test_it_shows_everything_for_a_reason_only(
    client: Client, told: Request, people: tuple[User, User]
) -> None:
    client.force_login(people[1])
    answer = client.post(reverse("request_evidence", args=[told.ref]), {"reveal": "1", "reason": "  "})
    assert answer.status_code == 422
    assert "完整的证据包须写明用途" in answer.content.decode()


def test_the_command_writes_it(told: Request, tmp_path: Path) -> None:
    place = tmp_path / "proof.zip"
    done = run("evidence", "--ref", told.ref, "-o", str(place), "--json")
    assert json.loads(done.out)["file"] == str(place)
    assert place.stat().st_mode & 0o777 == 0o600
    assert Opened(place.read_bytes()).story["request"]["ref"] == told.ref
    assert run("evidence", "--ref", "none-such", "-o", str(place)).code == 1
    assert run("evidence", "--ref", told.ref, "-o", str(place), "--reveal").code == 2
