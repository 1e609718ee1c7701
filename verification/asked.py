"""What people typed into the forms of campaigns and visits, read: values, or what is wrong in Chinese by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils import timezone

MOST_NAME, MOST_WORDS = 80, 2000


@dataclass
class CampaignAsked:
    """A campaign as it was typed. `values` are columns of `Campaign`."""

    values: dict[str, Any]
    wrong: dict[str, str] = field(default_factory=dict)


@dataclass
class CommitmentAsked:
    """A contract's commitment as it was typed; without a contract nothing was."""

    values: dict[str, Any]
    wrong: dict[str, str] = field(default_factory=dict)

    @property
    def is_there(self) -> bool:
        return any(self.values.values())


def read_campaign(posted: QueryDict) -> CampaignAsked:
    """Read the form of a new campaign."""
    due_on, filed_before = _day(posted, "due_on"), _day(posted, "filed_before")
    asked = CampaignAsked(
        {
            "name": _text(posted, "name", MOST_NAME),
            "words": _text(posted, "words", MOST_WORDS),
            "due_on": due_on,
            "provinces": _codes(posted, "provinces"),
            "natures": _codes(posted, "natures"),
            "filed_before": filed_before,
            "never_verified": posted.get("never_verified") == "1",
        }
    )
    if not asked.values["name"]:
        asked.wrong["name"] = "给这次核验起个名字，如“2026 年主体核验”"
    if due_on is None:
        asked.wrong["due_on"] = "填截止日期"
    elif due_on < timezone.localdate():
        asked.wrong["due_on"] = "截止日期不能早于今天"
    if posted.get("filed_before") and filed_before is None:
        asked.wrong["filed_before"] = "日期写成 2026-01-01 这样"
    return asked


def read_commitment(posted: QueryDict) -> CommitmentAsked:
    """Read what was typed of a contract beside the outcome."""
    signed_on, valid_until = _day(posted, "signed_on"), _day(posted, "valid_until")
    asked = CommitmentAsked(
        {
            "contract": _text(posted, "contract", MOST_NAME),
            "signed_on": signed_on,
            "valid_until": valid_until,
            "words": _text(posted, "commitment", MOST_WORDS),
        }
    )
    if not asked.is_there:
        return asked
    if not asked.values["contract"]:
        asked.wrong["contract"] = "填合同编号"
    if signed_on is None:
        asked.wrong["signed_on"] = "填签订日期"
    elif valid_until is not None and valid_until < signed_on:
        asked.wrong["valid_until"] = "有效期不能早于签订日期"
    return asked


def _text(posted: Mapping[str, Any], name: str, most: int) -> str:
    return str(posted.get(name, "")).replace("\x00", "").strip()[:most]


def _day(posted: Mapping[str, Any], name: str) -> date | None:
    try:
        return date.fromisoformat(str(posted.get(name, "")).strip())
    except ValueError:
        return None


def _codes(posted: QueryDict, name: str) -> list[int]:
    return sorted({int(each) for each in posted.getlist(name) if each.isascii() and each.isdecimal()})[:100]
