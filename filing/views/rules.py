"""The rules, what bureaus make of them, and which codes came back how often."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from filing.choices import Operation, RuleSetting, Severity
from filing.models import BureauRule
from filing.returned_codes import any_codes, came_back
from filing.roles import ADMINISTER, needs, needs_role
from filing.rules.registry import REVIEWED, RULES, Rule
from filing.services import codes
from filing.services.bureau_rules import UnknownRule, links_known, set_rule, take_back_rule

SPANS = {"7": "近 7 天", "30": "近 30 天", "90": "近 90 天", "365": "近一年"}
DEFAULT_SPAN = "30"
KINDS = {"all": "全部", "block": "必须改", "warn": "请留意", "off": "不检查"}


@require_GET
@needs_role
def code_list(request: HttpRequest) -> HttpResponse:
    """GET: codes that came back. `days`: a key of SPANS; `link`: a unit number; `good=1`: good news too."""
    days = request.GET.get("days", DEFAULT_SPAN)
    days = days if days in SPANS else DEFAULT_SPAN
    links = links_known()
    link = request.GET.get("link", "")
    isp_id = int(link) if link.isdigit() and int(link) in links else None
    now = timezone.now()
    rows = came_back(
        now - timedelta(days=int(days)), now, isp_id=isp_id, with_good=request.GET.get("good") == "1"
    )
    context: dict[str, Any] = {
        "rows": rows,
        "days": days,
        "spans": SPANS,
        "links": [(key, codes.name_of("region", province) or str(key)) for key, province in links.items()],
        "isp_id": isp_id,
        "with_good": request.GET.get("good") == "1",
        "any": bool(rows) or any_codes(),
        "most": max((each.times for each in rows), default=1),
    }
    return render(request, "filing/code_list.html", context)


@require_GET
@needs_role
def rule_list(request: HttpRequest) -> HttpResponse:
    """GET: every rule with its code, what it does, where it applies; `q` searches, `kind` is a key of KINDS."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    kind = request.GET.get("kind", "all")
    rows = [_told(each) for each in RULES if _matches(each, text, kind)]
    context: dict[str, Any] = {
        "rows": sorted(rows, key=lambda row: (row["code"], row["name"])),
        "text": text,
        "kind": kind if kind in KINDS else "all",
        "kinds": KINDS,
        "settings": [_setting(each) for each in BureauRule.objects.select_related("changed_by")],
        "may_set": request.user.has_perm(ADMINISTER),
        "provinces": codes.provinces(),
        "links": [
            (key, codes.name_of("region", province) or str(key)) for key, province in links_known().items()
        ],
        "choices": RuleSetting.choices,
    }
    return render(request, "filing/rule_list.html", context)


@require_POST
@needs(ADMINISTER)
def rule_set(request: HttpRequest) -> HttpResponse:
    """POST `rule`, `setting`, `place` ("", "province:110000", "link:110000000001"), `words`: administrators only.

    `remove`: the key of a setting that is taken back.
    """
    user = cast(User, request.user)
    if remove := request.POST.get("remove", ""):
        take_back_rule(int(remove) if remove.isdigit() else 0, user=user)
        messages.success(request, "已取消，恢复默认。受影响的草稿和备案稍后列在“规则影响”里。")
        return redirect("rule_list")
    kind, _colon, number = request.POST.get("place", "").partition(":")
    place = int(number) if number.isdigit() else None
    try:
        set_rule(
            request.POST.get("rule", ""),
            request.POST.get("setting", ""),
            isp_id=place if kind == "link" else None,
            province=place if kind == "province" else None,
            words=request.POST.get("words", "").strip(),
            user=user,
        )
    except UnknownRule as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "已生效。受影响的草稿和备案稍后列在“规则影响”里。")
    return redirect("rule_list")


def _severity(each: Rule) -> str:
    return each.severity or RuleSetting.OFF


def _matches(each: Rule, text: str, kind: str) -> bool:
    if kind in KINDS and kind != "all" and _severity(each) != kind:
        return False
    return (
        not text
        or text in (str(each.code), each.name)
        or text in each.title
        or text in each.explained.message
    )


def _told(each: Rule) -> dict[str, Any]:
    severity = _severity(each)
    operations = [Operation(name).label for name in Operation.values if name in each.operations]
    return {
        "code": each.code,
        "is_content": each.code == REVIEWED,
        "name": each.name,
        "title": each.title,
        "severity": severity,
        "severity_words": RuleSetting(severity).label,
        "state": {Severity.BLOCK: "bad", Severity.WARN: "attention"}.get(Severity(severity), "withdrawn")
        if severity != RuleSetting.OFF
        else "withdrawn",
        "operations": operations,
        "message": each.explained.message,
        "remedy": each.explained.remedy,
    }


def _setting(row: BureauRule) -> dict[str, Any]:
    titles = [each.title for each in RULES if row.rule in (each.name, str(each.code))]
    if row.isp_id is not None:
        place = f"链路 {row.isp_id}"
    elif row.province is not None:
        place = codes.name_of("region", row.province) or str(row.province)
    else:
        place = "所有管局"
    return {"row": row, "title": "、".join(titles[:2]) + ("等" if len(titles) > 2 else ""), "place": place}
