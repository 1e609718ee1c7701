"""The methods of the interface tried by hand, by who looks after links: joint debugging with a bureau."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from filing.choices import AuditAction
from filing.roles import OPERATE, needs
from filing.services.audit import note
from filing.services.errors import NotAllowed
from reporting.choices import Method
from reporting.models import Link
from reporting.services.hand_calls import (
    CHANGES_AT_BUREAU,
    CONTENT,
    SECRET,
    call_by_hand,
    kept,
    parameters_of,
)
from reporting.services.raw_call import DEFAULTS, BadArgument

MOST_LISTED = 10

PURPOSES = {
    Method.PREVIOUS_UPLOAD: "查询管局最后受理的一份，只问不改",
    Method.FILING_STATUS: "查询一个域名或证件是否备案，只问不改",
    Method.DOWNLOAD: "取最早一份没有确认的下发文件，不确认就还留在管局",
    Method.VERIFY_PASSWORD: "校验备案密码；每个备案管局只许试几次",
    Method.UPLOAD: "上报一份文件：管局受理就占一个编号，而且不经过本系统的编号账",
    Method.ACKNOWLEDGE: "确认一份下发文件：确认后管局就删掉它，没有存下的再也取不回",
}

LABELS = {
    "hashAlgorithm": ("哈希算法", "0 是 MD5"),
    "beianInfo": ("文件内容", "压缩、加密后再转成 base64 的文本"),
    "beianInfoHash": ("文件哈希", "压缩包的 MD5，转成 base64"),
    "dataSequence": ("数据编号", "管局最后受理的编号加一"),
    "encryptAlgorithm": ("加密算法", "0 不加密，1 是 AES"),
    "compressionFormat": ("压缩格式", "0 是 zip"),
    "fileName": ("文件名", "isp_download 给的名字，逐字照填"),
    "queryConditionType": (
        "查什么",
        "0 域名，1 营业执照，2 身份证，3 事业单位代码，6 社团登记证，7 护照，9 机关代码",
    ),
    "queryCondition": ("域名或号码", "如 example.cn"),
    "baxh": ("备案号", "链路的参数里定了用主体的还是网站的"),
    "bamm": ("备案密码", "照链路的参数填原文或 32 位 MD5；不显示也不保存"),
}


@dataclass(frozen=True)
class Field:
    """One parameter that a person may give."""

    name: str
    label: str
    hint: str
    value: str
    kind: str
    usual: str


@sensitive_post_parameters(*SECRET, *CONTENT)
@require_http_methods(["GET", "POST"])
@needs(OPERATE)
def link_try(request: HttpRequest, isp_id: int) -> HttpResponse:
    """GET: a form for `method`. POST: call it; request and answer below the form. Asked by HTMX it answers with the part."""
    link = get_object_or_404(Link, isp_id=isp_id)
    wanted = request.POST.get("method") or request.GET.get("method", "")
    method = Method(wanted) if wanted in Method.values else Method.PREVIOUS_UPLOAD
    context: dict[str, Any] = {
        "link": link,
        "method": method,
        "purpose": PURPOSES[method],
        "changes": method in CHANGES_AT_BUREAU,
        "methods": [(each, PURPOSES[each], each in CHANGES_AT_BUREAU) for each in PURPOSES],
        "fields": [_field(name, request) for name in parameters_of(method)],
    }
    status = 200
    if request.method == "POST":
        status = _call(request, link, method, context)
    context["latest"] = link.hand_calls.all()[:MOST_LISTED]
    is_part = request.headers.get("HX-Target") == "tried"
    template = "reporting/parts/tried.html" if is_part else "reporting/link_try.html"
    # A part is put into the page by its status: what is wrong with what was typed is an answer like any other.
    answer = render(request, template, context, status=200 if is_part else status)
    answer["Cache-Control"] = "no-store"
    return answer


def _call(request: HttpRequest, link: Link, method: Method, context: dict[str, Any]) -> int:
    given = {name: request.POST.get(name, "").replace("\x00", "") for name in parameters_of(method)}
    given = {name: value if name in SECRET else value.strip() for name, value in given.items() if value}
    user = cast(User, request.user)
    facts: dict[str, Any] = {"method": method.value, "given": dict(kept(given))}
    try:
        called = call_by_hand(link, method, given, user=user, typed_name=request.POST.get("typed_name", ""))
    except (NotAllowed, BadArgument) as error:
        context["problem"] = str(error)
        return 422
    facts |= {"code": called.code, "trouble": called.trouble}
    note(AuditAction.LINK, user=user, about=("link", link.isp_id, link.name), facts=facts, http=request)
    context["called"] = called
    return 200


def _field(name: str, request: HttpRequest) -> Field:
    label, hint = LABELS[name]
    kind = "password" if name in SECRET else "area" if name in CONTENT else "text"
    value = "" if kind == "password" else request.POST.get(name, "")
    return Field(name, label, hint, value, kind, str(DEFAULTS.get(name, "")))
