"""The communication parameters of a link as a form: secrets go in and never come out."""

from __future__ import annotations

import dataclasses
from typing import Any

from django import forms

from filing.services.codes import provinces
from reporting.choices import NumberForm, PasswordForm
from reporting.models import Link
from reporting.services.links import (
    LONGEST_TIMEOUT_S,
    LONGEST_URL,
    LONGEST_USER_NAME,
    LinkParameters,
    identity_changes,
    parameters_of,
)

MOST_TRIES = 20
SECRETS = ("password", "aes_key", "aes_iv")


def _secret(label: str, most: int) -> forms.CharField:
    field = forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "form-control w-name"})
    return forms.CharField(label=label, max_length=most, required=False, strip=False, widget=field)


def _text(**attrs: str) -> forms.TextInput:
    return forms.TextInput(
        attrs={"class": "form-control", "autocomplete": "off", "spellcheck": "false"} | attrs
    )


def _short(**attrs: str) -> forms.TextInput:
    return _text(**{"class": "form-control w-phone"} | attrs)


class LinkForm(forms.Form):
    """Shape: `parameters` after `is_valid()`. A secret that is left empty stays as it is."""

    isp_id = forms.IntegerField(
        label="报备单位标识", min_value=1, max_value=2**63 - 1, widget=_short(inputmode="numeric")
    )
    province = forms.TypedChoiceField(
        label="管局所在省", coerce=int, widget=forms.Select(attrs={"class": "form-select w-name"})
    )
    base_url = forms.CharField(label="接口地址", max_length=LONGEST_URL, widget=_text(inputmode="url"))
    user_name = forms.CharField(label="用户名", max_length=LONGEST_USER_NAME, widget=_text())
    password = _secret("口令", 128)
    encrypts = forms.BooleanField(
        label="上报时加密", required=False, widget=forms.CheckboxInput(attrs={"class": "form-check-input"})
    )
    aes_key = _secret("AES 密钥", 32)
    aes_iv = _secret("AES 偏移量", 16)
    timeout_s = forms.IntegerField(
        label="等待应答（秒）",
        min_value=1,
        max_value=LONGEST_TIMEOUT_S,
        initial=60,
        widget=_short(inputmode="numeric"),
    )
    registered_address = forms.GenericIPAddressField(
        label="在管局登记的上报地址", protocol="IPv4", required=False, widget=_short(inputmode="decimal")
    )
    password_form = forms.ChoiceField(
        label="校验备案密码时送",
        choices=PasswordForm.choices,
        initial=PasswordForm.HASHED,
        widget=forms.Select(attrs={"class": "form-select w-name"}),
    )
    password_number = forms.ChoiceField(
        label="校验备案密码时用",
        choices=NumberForm.choices,
        initial=NumberForm.SUBJECT,
        widget=forms.Select(attrs={"class": "form-select w-name"}),
    )
    most_password_tries = forms.IntegerField(
        label="每个备案最多校验几次密码",
        min_value=1,
        max_value=MOST_TRIES,
        initial=5,
        widget=_short(inputmode="numeric"),
    )
    confirmed = forms.CharField(
        label="键入单位标识确认", required=False, max_length=20, widget=_short(inputmode="numeric")
    )

    HINTS = {  # a constant of the form
        "isp_id": "管局分给本单位的号码，不是单位名称",
        "base_url": "只写到主机和端口，如 https://bureau.example.cn:8443；去掉 /ISPWebService… 和 ?wsdl",
        "user_name": "凭它和单位标识、口令认证，不是单位名称",
        "aes_key": "16、24 或 32 个字符，照管局给的原样填，不是十六进制",
        "aes_iv": "16 个字符",
        "timeout_s": "过了还没有应答就当作结果不明，先查后发",
        "registered_address": "出现代码 13 时拿它核对本机的出口地址",
        "most_password_tries": "管局只许试几次，用完就不再问",
        "confirmed": "改省、接口地址或用户名等于换了一条链路：编号会重新核对。改它们时在这里键入单位标识",
    }

    def __init__(self, *args: Any, link: Link | None = None, **kwargs: Any) -> None:
        self.link = link
        if link is not None:
            shown = {
                name: getattr(link, name) for name in self.base_fields if name not in (*SECRETS, "confirmed")
            }
            kwargs.setdefault("initial", shown)
        super().__init__(*args, **kwargs)
        self.fields["province"].choices = [("", "请选择"), *provinces()]  # type: ignore[attr-defined]
        if link is not None:
            del self.fields["isp_id"]
        else:
            del self.fields["confirmed"]
        for name, field in self.fields.items():
            field.help_text = self._hint(name)
            # What is wrong and what helps are told with the control itself.
            field.widget.attrs["aria-describedby"] = f"hint-{name} wrong-{name}"

    def _hint(self, name: str) -> str:
        hint = self.HINTS.get(name, "")
        if name in SECRETS and self.link is not None:
            state = "已设置；不改就留空" if getattr(self.link, name) else "还没有设置"
            return f"{state}。{hint}" if hint else f"{state}。"
        return hint

    @property
    def parameters(self) -> LinkParameters:
        """What to set: what was typed, and of what was left empty what is there."""
        typed = {name: value for name, value in self.cleaned_data.items() if name != "confirmed"}
        typed["registered_address"] = typed["registered_address"] or None
        if self.link is None:
            return LinkParameters(**typed)
        for name in SECRETS:
            if not typed[name]:
                del typed[name]
        return dataclasses.replace(parameters_of(self.link), **typed)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.link is None or self.errors:
            return cleaned
        changed = identity_changes(self.link, self.parameters)
        if changed and self.cleaned_data["confirmed"].strip() != str(self.link.isp_id):
            names = "、".join(label for label, _old, _new in changed)
            self.add_error(
                "confirmed", f"您改了{names}：键入 {self.link.isp_id} 确认；口令、密钥也要改的，请再填一次"
            )
        return cleaned
