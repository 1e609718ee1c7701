"""Phones and mail addresses, one or several joined with ";"."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

_LONGEST_LIST = 128
_OTHER_SEPARATORS = re.compile("[；，,、]")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_QQ = re.compile(r"[1-9][0-9]{4,11}")
_OFFICE_PHONE = re.compile(r"[0-9-]+")


def _each(text: str, what: str) -> tuple[list[str], str | None]:
    """Split a list joined with ";" and check what holds for all of them."""
    if len(text) > _LONGEST_LIST:
        return [], f"{what}合计不能超过 {_LONGEST_LIST} 个字符，现在是 {len(text)} 个"
    if _OTHER_SEPARATORS.search(text):
        return [], f"多个{what}之间用半角分号“;”分隔"
    parts = text.split(";")
    return parts, None if all(parts) else f"请填写{what}，分号前后不能为空"


def check_mobile(text: str) -> str | None:
    """Check one mobile number or several joined with ";".

    Spec: V.3.0 upload schema, Fzr_sjhm: 11 to 128 characters.
    """
    parts, wrong = _each(text, "手机号码")
    if wrong:
        return wrong
    bad = next((part for part in parts if not _MOBILE.fullmatch(part)), None)
    return None if bad is None else f"手机号码“{bad}”应为 11 位数字，以 13 至 19 开头"


def check_emails(text: str) -> str | None:
    """Check one mail address or several joined with ";".

    Spec: V.3.0 upload schema, Fzr_dzyj: 6 to 128 characters together, each with "@".
    """
    parts, wrong = _each(text, "电子邮箱")
    if wrong:
        return wrong
    bad = next((part for part in parts if not _is_email(part)), None)
    if bad is not None:
        return f"电子邮箱“{bad}”不完整：应形如 name@example.cn"
    return "电子邮箱至少 6 个字符" if len(text) < 6 else None


def check_office_phone(text: str) -> str | None:
    """Check one office phone or several joined with ";".

    Spec: V.3.0 upload schema, Fzr_dhhm: 11 to 128 characters, digits and "-".
    """
    parts, wrong = _each(text, "办公电话")
    if wrong:
        return wrong
    for part in parts:
        if not _OFFICE_PHONE.fullmatch(part):
            return f"办公电话“{part}”只能有数字和“-”，例如 010-12345678"
        if len(part) < 11 or not part.strip("-"):
            return f"办公电话“{part}”不足 11 位：请带区号，例如 010-12345678"
    return None


@lru_cache(maxsize=4096)
def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def check_qq(text: str) -> str | None:
    """Check one QQ number or several joined with ";".

    Spec: V.3.0 upload schema, Qq: 5 to 128 characters.
    """
    parts, wrong = _each(text, "QQ 号")
    if wrong:
        return wrong
    bad = next((part for part in parts if not _QQ.fullmatch(part)), None)
    return None if bad is None else f"QQ 号“{bad}”应为 5 至 12 位数字；没有就清空"


@lru_cache(maxsize=4096)
def unknown_phone(text: str) -> str | None:
    """The first of the numbers, joined with ";", that the numbering plan of mainland China does not know.

    For numbers that passed their form. New ranges are opened now and then: a warning at most.
    """
    for part in text.split(";"):
        try:
            number = phonenumbers.parse(part, "CN")
        except phonenumbers.NumberParseException:
            return part
        if not phonenumbers.is_valid_number(number):
            return part
    return None
