"""What bureaus make of the rules: off, a warning, a refusal, in words of their own.

The closest setting holds: that of the link, of the link's province, of the subject's (to whose bureau a request is
forwarded), of all. Which province a link reports to is told by `reporting`, which knows links: `tell_provinces`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from filing.actors import COMMAND
from filing.choices import AuditAction, RuleSetting
from filing.models import BureauRule
from filing.rules.held import Setting, Settings
from filing.rules.registry import RULES
from filing.services.audit import note
from filing.services.codes import province_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Provinces = Mapping[int | None, int]
"""The province of each link by its unit number; under None that of the default link."""

_source: list[Callable[[], Provinces]] = []


def tell_provinces(source: Callable[[], Provinces]) -> None:
    """Say where the provinces of links are to be had. Called once, when the app that knows links is ready."""
    _source[:] = [source]


@dataclass(frozen=True)
class Going:
    """Where a request goes: its link, and the subject's province, where known."""

    isp_id: int | None
    province: int | None


class UnknownRule(Exception):
    """No rule has this name or code. The text is Chinese."""


def settings_for(going: Sequence[Going]) -> list[tuple[Settings, int | None]]:
    """The settings for each request, and the province of its link where it matters. Two queries at most."""
    rows = list(BureauRule.objects.all())
    if not rows:
        return [(Settings(), None)] * len(going)
    provinces = _source[0]() if _source else {}
    known: dict[Going, tuple[Settings, int | None]] = {}
    for each in going:
        if each not in known:
            link = provinces.get(each.isp_id)
            known[each] = (_merged(rows, each, link), link)
    return [known[each] for each in going]


def _merged(rows: Sequence[BureauRule], going: Going, link_province: int | None) -> Settings:
    """Later ones hold over earlier ones."""
    subject_province = province_of(going.province) if going.province else None
    merged: dict[str, Setting] = {}
    for fits in (
        lambda row: row.isp_id is None and row.province is None,
        lambda row: row.province is not None and row.province == subject_province,
        lambda row: row.province is not None and row.province == link_province,
        lambda row: row.isp_id is not None and row.isp_id == going.isp_id,
    ):
        merged |= {row.rule: Setting(row.setting, row.words) for row in rows if fits(row)}
    return Settings(merged)


@transaction.atomic
def set_rule(
    rule: str,
    setting: str,
    *,
    isp_id: int | None = None,
    province: int | None = None,
    words: str = "",
    user: User | None = None,
) -> BureauRule:
    """Say what a bureau makes of a rule (its name, or a code). The same place again replaces it.

    Raises: UnknownRule.
    """
    if rule not in {each.name for each in RULES} | {str(each.code) for each in RULES}:
        raise UnknownRule(f"没有“{rule[:40]}”这条规则")
    if setting not in RuleSetting.values:
        raise UnknownRule(f"不认识的处理“{setting[:20]}”")
    values: dict[str, Any] = {"setting": setting, "words": words[:255], "changed_by": user}
    old = BureauRule.objects.filter(rule=rule, isp_id=isp_id, province=province).first()
    before = _facts(old) if old else None
    row, _created = BureauRule.objects.update_or_create(
        rule=rule, isp_id=isp_id, province=province, defaults=values
    )
    note(AuditAction.SETTING, user=user or COMMAND, about=row, facts=_facts(row) | {"before": before})
    return row


@transaction.atomic
def take_back_rule(key: int, *, user: User) -> None:
    """Let the rule be again what it is everywhere. Nothing where that was done already."""
    row = BureauRule.objects.select_for_update().filter(pk=key).first()
    if row is not None:
        note(AuditAction.SETTING, user=user, about=row, facts=_facts(row) | {"what": "取消设置"})
        row.delete()


def _facts(row: BureauRule) -> dict[str, Any]:
    return {
        "rule": row.rule,
        "setting": row.setting,
        "isp_id": row.isp_id,
        "province": row.province,
        "words": row.words,
    }


def links_known() -> dict[int, int]:
    """The province of each link by its unit number, the default one too."""
    provinces = _source[0]() if _source else {}
    return {isp_id: province for isp_id, province in provinces.items() if isp_id is not None}
