"""The golden downloads, one for each kind: they conform, each record is known, and applying them twice changes nothing."""

from __future__ import annotations

import pytest
from django.apps import apps

from reporting.models import Link
from reporting.readers.document import RECORD_PATHS, read_document
from reporting.services.apply import HANDLERS
from tests.reporting.downloads import SAMPLES, apply, apply_again, sample

NAMES = sorted(path.stem for path in SAMPLES.glob("*.xml"))

KINDS = {
    "addresses": [
        "IP.BAJG.source",
        "IP.BAJG.allocation",
        "IP.BAJG.announcement",
        "IP.BAJG.own",
        "IP.HCJG.outside",
        "IP.HCJG.conflict",
        "IP.HCJG.unreported",
    ],
    "blacklists": ["HMDLB.subject", "HMDLB.website", "FFJRHMD"],
    "cancelled": ["ZXSJ"] * 2,
    "checks": ["HCJG.subject", "HCJG.access", "HCJG.access", "HCJG.website", "HCJG.website", "HCJG.alive"],
    "codes": ["JCDM.Bbdwlb"]
    + [kind for path, kind in RECORD_PATHS.items() if path.startswith("JCDM/Jcdm_xx/")],
    "domains": ["YM.BAJG"],
    "notices": ["XGTZ"] * 2,
    "synchronised_addresses": ["SJTB.ip_source", "SJTB.ip_allocation", "SJTB.ip_announcement"],
    "synchronised_filings": ["SJTB.filing"],
    "task": ["HSRW"],
    "unfiled": ["WBAWZLB"] * 2,
}


@pytest.mark.parametrize("name", NAMES)
def test_it_knows_every_record_of_a_golden_download(name: str) -> None:
    document = read_document(sample(name))

    assert [record.kind for record in document.records] == KINDS[name]
    assert document.oddities == []
    assert set(KINDS[name]) <= HANDLERS.keys()


@pytest.mark.parametrize("name", NAMES)
def test_it_stores_a_golden_download_once(quiet_link: Link, name: str) -> None:
    items = apply(quiet_link, sample(name))
    stored = _rows()

    again = apply_again(items)

    assert _rows() == stored
    always = ("JCDM", "SJTB")
    assert not [item for item in again if item.outcome == "applied" and not item.kind.startswith(always)]


def test_it_has_a_golden_download_of_every_kind_but_the_results() -> None:
    # Results, decisions and filed data have their own tests; the rest of SJTB is like what is here.
    known = {kind for kinds in KINDS.values() for kind in kinds}
    assert set(RECORD_PATHS.values()) - known == {
        "BASJ",
        "BAJG.result",
        "BAJG.decision",
        "SJTB.ip_own",
        "SJTB.domain",
    }


def _rows() -> dict[str, list[dict[str, object]]]:
    """Everything that is stored of filing and verification."""
    models = [*apps.get_app_config("filing").get_models(), *apps.get_app_config("verification").get_models()]
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models}
