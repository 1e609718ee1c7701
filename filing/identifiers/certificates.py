"""Numbers of identity papers and of registered units."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import stdnum.cn.ric
import stdnum.cn.uscc
import stdnum.iso7064.mod_11_10

from filing.identifiers.numbers import PROVINCE_OF_ABBREVIATION
from filing.identifiers.text import half_width

_ID_CARD = re.compile(r"[0-9]{17}[0-9X]")
_CREDIT_CODE = re.compile(r"[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}")


def tidy_certificate_number(text: str) -> str:
    """Write a certificate number without blanks and full-width signs, letters large."""
    return "".join(half_width(text).split()).upper()


def check_id_card(text: str, *, today: date | None = None) -> str | None:
    """Check a resident's ID card number: length, signs, check digit, province, date of birth.

    The county is not looked up: numbers keep counties that were abolished long ago, which no list holds
    completely.
    """
    number = tidy_certificate_number(text)
    if len(number) != 18:
        return f"居民身份证号码应为 18 位，现在是 {len(number)} 位"
    if not _ID_CARD.fullmatch(number):
        return "居民身份证号码只能是数字，最后一位可以是 X"
    expected = stdnum.cn.ric.calc_check_digit(number)
    if number[-1] != expected:
        return f"核对最后一位：按前 17 位推算应为 {expected}，现在是 {number[-1]}；也可能是前面某一位录错"
    if int(number[:2]) * 10000 not in _BIRTH_PROVINCES:
        return f"核对前两位：没有以 {number[:2]} 开头的身份证号码"
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        born = None
    if born is None or born.year < 1900 or born > (today or date.today()):
        return f"核对第 7 至 14 位的出生日期：{number[6:14]} 不是可能的日期"
    return None


# Beside the provinces: 71, 81, 82 for Taiwan, Hong Kong, Macao; 83 for residents from Taiwan.
_BIRTH_PROVINCES = frozenset({*PROVINCE_OF_ABBREVIATION.values(), 710000, 810000, 820000, 830000})


def check_credit_code(text: str) -> str | None:
    """Check a unified social credit code: length, signs, check digit.

    Own form check: `stdnum.cn.uscc.validate` refuses a letter in front, which some registrars give out
    (A, N, Y …).
    """
    code = tidy_certificate_number(text)
    if len(code) != 18:
        return f"统一社会信用代码应为 18 位，现在是 {len(code)} 位"
    if wrong := sorted(set(code) & set("IOSVZ")):
        return f"统一社会信用代码不含字母 I、O、S、V、Z，现有 {'、'.join(wrong)}：核对是否为数字 1、0、5、2"
    if not _CREDIT_CODE.fullmatch(code):
        return "统一社会信用代码只含数字和大写字母，第 3 至 8 位是数字"
    expected = stdnum.cn.uscc.calc_check_digit(code)
    if code[-1] != expected:
        return f"核对最后一位：按前 17 位推算应为 {expected}，现在是 {code[-1]}；也可能是前面某一位录错"
    return None


_ORGANISATION = re.compile(r"[0-9A-Z]{8}-?[0-9X]")
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def _check_organisation_code(text: str) -> str | None:
    """GB 11714, which no library of ours holds: eight signs and a check digit by eleven."""
    if not _ORGANISATION.fullmatch(text):
        return "组织机构代码应为 8 位数字或字母加 1 位校验码，如 12345678-8"
    total = sum(int(sign, 36) * weight for sign, weight in zip(text, _ORGANISATION_WEIGHTS, strict=False))
    expected = "0123456789X0"[11 - total % 11] if total % 11 else "0"
    if text[-1] != expected:
        return f"核对最后一位：按前 8 位推算应为 {expected}，现在是 {text[-1]}；也可能是前面某一位录错"
    return None


def _check_licence(text: str) -> str | None:
    """A business licence: the credit code, or the registration number of 15 digits that some still show."""
    if len(text) != 15:
        return check_credit_code(text)
    if not text.isdigit():
        return "15 位的营业执照注册号只含数字"
    valid = stdnum.iso7064.mod_11_10.is_valid(text)
    return None if valid else "营业执照注册号的校验位对不上：核对 15 位号码，或改填统一社会信用代码"


def _check_code_of_unit(text: str) -> str | None:
    """Papers that stand today for the credit code and may still show the organisation code."""
    return _check_organisation_code(text) if len(text) in (9, 10) else check_credit_code(text)


def _by_pattern(pattern: str, words: str) -> Callable[[str], str | None]:
    form = re.compile(pattern)
    return lambda text: None if form.fullmatch(text) else words


_FORMS: dict[str, Callable[[str], str | None]] = {
    "id_card": check_id_card,
    "licence": _check_licence,
    "credit_code": check_credit_code,
    "organisation_code": _check_code_of_unit,
    "passport": _by_pattern(r"[A-Z0-9]{5,17}", "护照号码应为 5 至 17 位字母或数字，如 E12345678"),
    "hk_macao_permit": _by_pattern(r"[HM][0-9]{8}(?:[0-9]{2})?", "通行证号码应为 H 或 M 加 8 位数字"),
    "taiwan_permit": _by_pattern(r"[0-9]{8}(?:[0-9]{2})?(?:\([A-Z]\))?", "通行证号码应为 8 位数字"),
    "residence_card": check_id_card,
    "foreign_card": _by_pattern(
        r"[A-Z]{3}[0-9]{12}|9[0-9]{16}[0-9X]", "永久居留证号码应为 3 个字母加 12 位数字，或以 9 开头的 18 位"
    ),
}
"""The forms that `data/certificate_forms.tsv` names."""


def check_form(form: str, text: str) -> str | None:
    """Check a certificate's number against the form that its type has. An unknown form says nothing."""
    check = _FORMS.get(form)
    return check(tidy_certificate_number(text)) if check else None
