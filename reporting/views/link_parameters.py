"""The communication parameters of a link, set by who looks after links. Secrets go in and never come out."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from filing.choices import AuditAction
from filing.roles import OPERATE, needs
from filing.services.audit import note
from reporting.forms import SECRETS, LinkForm
from reporting.models import Link
from reporting.services.links import BadLink, changes, set_link

GROUPS = (
    ("管局给的", ("isp_id", "province", "base_url", "user_name", "password")),
    ("加密", ("encrypts", "aes_key", "aes_iv")),
    ("本单位的", ("timeout_s", "registered_address")),
    ("校验备案密码", ("password_form", "password_number", "most_password_tries")),
)


@sensitive_post_parameters(*SECRETS)
@require_http_methods(["GET", "POST"])
@needs(OPERATE)
def link_new(request: HttpRequest) -> HttpResponse:
    """GET: an empty form. POST: a new link; a unit number that has one already is refused."""
    if request.method != "POST":
        return _show(request, LinkForm())
    form = LinkForm(request.POST)
    if form.is_valid() and Link.objects.filter(isp_id=form.cleaned_data["isp_id"]).exists():
        form.add_error("isp_id", "这个单位标识已经有链路了，请到那条链路去改")
    return _set(request, form)


@sensitive_post_parameters(*SECRETS)
@require_http_methods(["GET", "POST"])
@needs(OPERATE)
def link_parameters(request: HttpRequest, isp_id: int) -> HttpResponse:
    """GET: the parameters, secrets only as set or not. POST: changed."""
    link = get_object_or_404(Link, isp_id=isp_id)
    if request.method != "POST":
        return _show(request, LinkForm(link=link))
    return _set(request, LinkForm(request.POST, link=link))


def _set(request: HttpRequest, form: LinkForm) -> HttpResponse:
    if not form.is_valid():
        return _show(request, form)
    user = cast(User, request.user)
    try:
        with transaction.atomic():
            told = changes(form.link, form.parameters) if form.link else []
            link, created = set_link(form.parameters)
            facts = {"act": "made" if created else "changed"}
            facts |= {label: f"{old} → {new}" for label, old, new in told}
            note(
                AuditAction.LINK, user=user, about=("link", link.isp_id, link.name), facts=facts, http=request
            )
    except BadLink as error:
        form.add_error(None, str(error))
        return _show(request, form)
    if created:
        messages.success(request, "链路已建立。先逐项核对参数，再开始上报。")
    elif told:
        messages.success(
            request, f"已改：{'、'.join(label for label, _old, _new in told)}。链路马上用新参数再试。"
        )
    else:
        messages.info(request, "没有改动；链路马上再试一次。")
    return redirect("link_detail", link.isp_id)


def _show(request: HttpRequest, form: LinkForm) -> HttpResponse:
    groups = [(title, [form[name] for name in names if name in form.fields]) for title, names in GROUPS]
    context = {"form": form, "link": form.link, "groups": groups}
    return render(request, "reporting/link_parameters.html", context, status=422 if form.errors else 200)
