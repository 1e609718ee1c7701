"""Packing by the thousand: a fixed number of queries, large files in pieces, and the same bytes as ever."""

from __future__ import annotations

import hashlib
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from filing.documents.shape import bad_character
from filing.models import Subject
from filing.services.filed import record_filed
from reporting import envelope
from reporting.builders import assemble, serialise, write_document
from reporting.builders.report import ReportRecord
from reporting.models import DataFile, Link
from reporting.services import pack as packing
from reporting.services.pack import pack
from tests.factories import filed_subject
from tests.reporting.material import ISP_ID, filing_json, picture_text, ready, states, website_json
from xsd import parse

NAME = "B1N1Tabcdefgh.xml"


@pytest.mark.django_db
@pytest.mark.parametrize("many", [2, 30])
def test_it_asks_the_database_as_often_for_many_as_for_two(
    many: int, quiet_link: Link, django_assert_num_queries: Any
) -> None:
    colours = ["red", "green", "blue", "white"]
    items = [filing_json(n) for n in range(1, many + 1)]
    for n, item in enumerate(items):
        item["attachments"][0]["content"] = picture_text(colours[n % 4])
    ready(*items)
    # Requests, contents, images, settings of bureaus; what rules look up: owners and domains that are filed, both
    # blacklists. Then in one transaction: link, file, entries; locks, states, history of the requests; two savepoints
    # and their ends.
    with django_assert_num_queries(18):
        file = pack(quiet_link)
    assert file is not None
    assert file.record_count == many


@pytest.mark.django_db
def test_it_stores_large_files_as_small_ones(quiet_link: Link, monkeypatch: Any) -> None:
    monkeypatch.setattr(packing, "LARGE_BYTES", 100)
    requests = ready(1, 2)
    file = pack(quiet_link)
    assert file is not None
    kept = DataFile.objects.get(pk=file.pk)
    assert kept.zip_bytes == file.zip_bytes and kept.zip_bytes
    assert kept.sha256 == hashlib.sha256(kept.zip_bytes).hexdigest()
    assert kept.zip_md5 == envelope.md5_base64(kept.zip_bytes)
    name, xml = envelope.unzip_one(kept.zip_bytes)
    assert (name, len(xml), hashlib.sha256(xml).hexdigest()) == (kept.name, kept.xml_bytes, kept.xml_sha256)
    assert states(*requests) == ["packed", "packed"]


@pytest.mark.django_db
def test_it_takes_large_bytes_back_with_everything_else(quiet_link: Link, monkeypatch: Any) -> None:
    monkeypatch.setattr(packing, "LARGE_BYTES", 100)
    (request,) = ready(1)
    monkeypatch.setattr(packing, "mark_packed", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        pack(quiet_link)
    assert (DataFile.objects.count(), states(request)) == (0, ["ready"])


@pytest.mark.django_db
def test_it_zips_again_where_the_number_was_taken_meanwhile(quiet_link: Link, monkeypatch: Any) -> None:
    """The number stands in the name of the file: a person took it up from the bureau while this one was zipped."""
    (request,) = ready(1)
    zip_written = envelope.zip_written

    def number_moves(*args: Any) -> Any:
        monkeypatch.setattr(envelope, "zip_written", zip_written)
        Link.objects.update(next_sequence=40)
        return zip_written(*args)

    monkeypatch.setattr(envelope, "zip_written", number_moves)
    file = pack(quiet_link)
    assert file is not None
    assert file.sequence == 40
    assert "N40T" in file.name
    assert envelope.unzip_one(file.zip_bytes or b"")[0] == file.name
    assert states(request) == ["packed"]


@pytest.mark.django_db
def test_it_looks_at_the_filed_subject_of_each(quiet_link: Link) -> None:
    """One whose subject was cancelled meanwhile goes back, its neighbour with another subject goes on."""
    for bureau_id in (11, 12):
        record_filed(filed_subject(bureau_id=bureau_id, websites=()), isp_id=ISP_ID, proof={})
    sites = [
        {"ref": f"w-{n}", "operation": "new_website", "subject_bureau_id": n, "websites": [website_json(n)]}
        for n in (11, 12)
    ]
    gone, stays = ready(*sites)
    Subject.objects.filter(bureau_id=11).update(state="cancelled")
    file = pack(quiet_link)
    assert file is not None
    assert [entry.request.ref for entry in file.entries.all()] == ["w-12"]
    gone.refresh_from_db()
    assert (gone.state, "1049" in gone.stalled_reason) == ("draft", True)
    assert states(stays) == ["packed"]


# --- what is validated is what is sent ------------------------------------------------------------------


SIGNS = st.text(
    st.sampled_from("汉字龘𠮷é·—€ａＢ<&>\"' \n\t\rü\u2028ﷺ😀")
    | st.characters(min_codepoint=32, codec="utf-8"),
    min_size=1,
    max_size=40,
)


def allowed(text: str) -> bool:
    """Whether a document may hold it, or it is a blank that no text of ours has and the writer bears all the same."""
    return bad_character(text.replace("\t", "").replace("\r", ""), lines=True) is None


def test_every_sign_that_a_document_may_hold_goes_out_as_it_was_reviewed() -> None:
    signs = [
        sign for sign in map(chr, range(0x20, sys.maxunicode + 1)) if bad_character(sign, lines=True) is None
    ]
    assert len(signs) > 1_000_000
    element = etree.Element("Baxx")
    etree.SubElement(element, "Dwmc").text = "".join(signs)
    [node] = parse(serialise(assemble([ReportRecord("XZBA", (element,), 0)], isp_id=1))).iter("Dwmc")
    assert node.text == "".join(signs)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.filter_too_much])
@given(texts=st.lists(SIGNS.filter(allowed), min_size=1, max_size=6), repeat=st.integers(1, 900))
def test_it_reads_back_as_the_tree_that_was_validated(texts: list[str], repeat: int) -> None:
    """Rare signs, and texts long enough to cross every buffer of the writer at any place."""
    element = etree.Element("Baxx")
    for text in texts:
        etree.SubElement(element, "Dwmc").text = text * repeat
    root = assemble([ReportRecord("XZBA", (element,), 0)], isp_id=1)
    xml = serialise(root)
    assert [node.text for node in parse(xml).iter("Dwmc")] == [text * repeat for text in texts]
    zipped = envelope.zip_written(NAME, lambda out: write_document(root, out))
    assert envelope.unzip_one(zipped.zip_bytes) == (NAME, xml)
    assert zipped.zip_bytes == envelope.zip_one(NAME, xml)
    assert (zipped.xml_bytes, zipped.xml_sha256) == (len(xml), hashlib.sha256(xml).hexdigest())
