"""Malformed data: all of it is taken as far as it goes, all of it is told, and the same again changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from filing.models import Subject
from filing.services import codes
from reporting.choices import Oddity
from reporting.models import ImportDeviation, ImportKept, ImportRun, Link
from tests.reporting.handed import a_link, document, held, import_bytes, kinds, read_here, record
from tests.reporting.malformed import CASES

__all__ = ["read_here"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("read_here")]

TOLD_BY_ORDER = (Oddity.OLDER, Oddity.DOUBLED)
"""What is told of a record because of another that came before it."""


@pytest.fixture(autouse=True)
def link(db: None) -> Link:
    codes.load_builtin_codes()
    return a_link()


def _oddities(run: ImportRun) -> str:
    return "".join(run.sources.values_list("words", flat=True))


@pytest.mark.parametrize("name", CASES)
def test_it_takes_and_tells(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    run = import_bytes(tmp_path, case.data())
    assert run.stage == "finished", run.words
    assert Subject.objects.count() == case.subjects
    assert case.told <= kinds(run), list(ImportDeviation.objects.values_list("kind", "place", "words"))
    assert case.came(), held()


@pytest.mark.parametrize("name", CASES)
def test_it_changes_nothing_the_second_time(name: str, tmp_path: Path) -> None:
    data = CASES[name].data()
    import_bytes(tmp_path, data)
    before = (held(), list(Subject.objects.order_by("pk").values_list("pk", "bureau_id")))
    told = ImportDeviation.objects.exclude(kind__in=TOLD_BY_ORDER).count()
    import_bytes(tmp_path, data)
    assert (held(), list(Subject.objects.order_by("pk").values_list("pk", "bureau_id"))) == before
    assert ImportDeviation.objects.exclude(kind__in=TOLD_BY_ORDER).count() == told


def test_it_has_nothing_against_what_is_right(tmp_path: Path) -> None:
    run = import_bytes(tmp_path, document(record(1), record(2)))
    assert not ImportDeviation.objects.exclude(kind=Oddity.DOUBTFUL).exists()
    assert _oddities(run) == "" and not ImportKept.objects.exists()
    assert run.counts["new"] == 2 and run.counts["records"] == 2


def test_it_masks_what_is_personal(tmp_path: Path) -> None:
    case = CASES["an identity number that cannot be"]
    import_bytes(tmp_path, case.data())
    told = ImportDeviation.objects.filter(place="Zt_xx/Fzr/Fzr_zjhm").get()
    assert told.value == "110101********0015" and "19901301" not in told.words
