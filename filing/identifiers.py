"""Numbers and names that people type: filing numbers, domains, certificates, phones, mail, addresses.

Pure functions, no database. A `check_…` function returns None where the text is fine, else in Chinese what to
correct; nothing here decides whether that blocks a request.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from operator import mul
from urllib.parse import urlsplit

import idna
import stdnum.cn.ric
import tldextract


class UnreadableText(Exception):
    """A typed text is not what its field asks for; `reason_zh` tells the person what to correct."""

    def __init__(self, text: str, reason_zh: str) -> None:
        super().__init__(f"{text!r}: {reason_zh}")
        self.text = text
        self.reason_zh = reason_zh


class BadDomain(UnreadableText):
    """Not a domain that can be filed."""


class BadAddress(UnreadableText):
    """Not an IPv4 address that can be reported."""


def half_width(text: str) -> str:
    """Turn full-width letters, digits and signs into plain ones and trim; Chinese keyboards produce both."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()


# --- filing numbers -------------------------------------------------------------------------------

PROVINCE_OF_ABBREVIATION = dict(
    zip(
        "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝蜀黔滇藏陕陇青宁新",
        (
            *(110000, 120000, 130000, 140000, 150000, 210000, 220000, 230000, 310000, 320000, 330000),
            *(340000, 350000, 360000, 370000, 410000, 420000, 430000, 440000, 450000, 460000, 500000),
            *(510000, 520000, 530000, 540000, 610000, 620000, 630000, 640000, 650000),
        ),
        strict=True,
    )
)
"""The abbreviations as filing numbers are written; four differ from number plates."""

# Number-plate forms: read in old texts, never written.
_PLATE_FORMS = {"川": "蜀", "贵": "黔", "云": "滇", "甘": "陇"}
_ABBREVIATIONS = "".join((*PROVINCE_OF_ABBREVIATION, *_PLATE_FORMS))
_FILED = re.compile(
    rf"(?P<subject>[{_ABBREVIATIONS}](?P<body>ICP备[0-9]+号?|ICP证[0-9]+号?|B2-[0-9]{{8}}))"
    r"(?:-(?P<serial>[0-9]{1,6})(?P<service>[AXK]?))?"
)
_REGULAR_BODY = re.compile(r"ICP备(?:[0-9]{8}|20[0-9]{8})号|ICP证[0-9]{6,8}号|B2-[0-9]{8}")
_DASHES = str.maketrans("‐‑‒–—―−ー", "--------")


@dataclass(frozen=True)
class FilingNumber:
    """A filing number taken apart.

    `text` and `subject` keep the province as it was written, for the bureau knows the number in that form;
    compare numbers by `canonical`. `serial` is the website's, None in a subject number; `service` is A (app),
    X (mini program), K (quick app) or "". `is_regular` False: readable, but not as numbers are issued today.
    """

    text: str
    subject: str
    province: int
    serial: int | None
    service: str
    is_regular: bool

    @property
    def canonical(self) -> str:
        return _PLATE_FORMS.get(self.text[0], self.text[0]) + self.text[1:]

    @property
    def is_website(self) -> bool:
        return self.serial is not None


def parse_filing_number(text: str) -> FilingNumber | None:
    """Take a subject or website number apart; None where it cannot be read (older numbers may be irregular).

    Spec: V.3.0: abbreviation, ICP备, serial of the subject, "-", serial of the website; the commercial forms
    are seen in practice.
    """
    plain = tidy_filing_number(text)
    match = _FILED.fullmatch(plain)
    if match is None:
        return None
    first = plain[0]
    serial = match["serial"]
    return FilingNumber(
        text=plain,
        subject=match["subject"],
        province=PROVINCE_OF_ABBREVIATION[_PLATE_FORMS.get(first, first)],
        serial=int(serial) if serial else None,
        service=match["service"] or "",
        is_regular=first not in _PLATE_FORMS and _REGULAR_BODY.fullmatch(match["body"]) is not None,
    )


def tidy_filing_number(text: str) -> str:
    """Write a number without blanks, full-width signs, odd dashes or small letters."""
    return "".join(half_width(text).translate(_DASHES).split()).upper()


def subject_number_of(website_number: str) -> str:
    """Derive the subject's number, 京ICP备12345678号 of 京ICP备12345678号-1.

    What cannot be read comes back tidied.
    """
    number = parse_filing_number(website_number)
    return number.subject if number else tidy_filing_number(website_number)


def province_of_number(text: str) -> int | None:
    """Derive the province code from the abbreviation in front, also of otherwise irregular numbers."""
    first = tidy_filing_number(text)[:1]
    return PROVINCE_OF_ABBREVIATION.get(_PLATE_FORMS.get(first, first))


def check_filing_number(text: str, *, website: bool) -> str | None:
    """Check the form of a number. A warning at most: downloaded numbers are right whatever they look like."""
    number = parse_filing_number(text)
    example = "京ICP备12345678号-1" if website else "京ICP备12345678号"
    if number is None or not number.is_regular:
        return f"备案号格式不常见，请核对：应形如 {example}"
    if number.is_website != website:
        return _WRONG_KIND[website]
    return None


_WRONG_KIND = {
    True: "这是主体备案号，请填网站备案号（末尾带“-序号”）",
    False: "这是网站备案号，请去掉末尾的“-序号”",
}


# --- domains --------------------------------------------------------------------------------------

# The list that the package brings: no network, no cache folder, the same answer on every machine.
_suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
_IDEOGRAPHIC_STOPS = str.maketrans("。｡．", "...")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://")
_LABEL = r"(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NORMAL_HOST = re.compile(rf"(?:{_LABEL}\.)+(?=[a-z]){_LABEL}")
"""What comes out of `normalise_host` as it went in: most names, so that they are not taken apart again."""
_LONGEST_HOST = 253


def normalise_host(text: str) -> str:
    """Reduce what was typed or pasted to a host name in lower-case Unicode, without scheme, port and path.

    Raises: BadDomain.
    """
    if len(text) <= _LONGEST_HOST and _NORMAL_HOST.fullmatch(text):
        return text
    plain = half_width(text.translate(_IDEOGRAPHIC_STOPS)).lower()
    if not plain:
        raise BadDomain(text, "请填写域名")
    try:
        host = urlsplit(plain if _SCHEME.match(plain) else f"//{plain.lstrip('/')}").hostname or ""
    except ValueError:
        raise BadDomain(text, "不是域名：请只填域名，例如 example.cn") from None
    host = host.rstrip(".")
    if _is_ip(host):
        raise BadDomain(text, "这是 IP 地址，请填写域名")
    try:
        return idna.decode(idna.encode(host, uts46=True, std3_rules=True), uts46=True, std3_rules=True)
    except idna.IDNAError:
        raise BadDomain(text, "域名中有不允许的字符，或某一段为空、过长、以“-”开头或结尾") from None


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def normalise_domain(text: str) -> str:
    """Derive the registrable domain in lower-case Unicode: HTTP://Shop.Example.com.cn/a -> example.com.cn.

    Raises: BadDomain, also for a bare suffix and for a suffix that the public suffix list does not hold.
    """
    host = normalise_host(text)
    parts = _suffixes(host)
    if not parts.suffix:
        raise BadDomain(text, f"不认识的域名后缀“.{host.rpartition('.')[2]}”，请核对拼写")
    if not parts.domain:
        raise BadDomain(text, f"“{host}”只是域名后缀，请填写完整域名")
    return f"{parts.domain}.{parts.suffix}"


def ascii_domain(domain: str) -> str:
    """Write a normalised domain for DNS: 例子.中国 -> xn--fsqu00a.xn--fiqs8s."""
    return idna.encode(domain, uts46=True, std3_rules=True).decode("ascii")


def is_under(host: str, domain: str) -> bool:
    """Whether a normalised host is the normalised domain or lies below it."""
    return host == domain or host.endswith(f".{domain}")


# --- certificates ---------------------------------------------------------------------------------

_ID_CARD = re.compile(r"[0-9]{17}[0-9X]")
_CREDIT_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
"""GB 32100."""

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
    total = sum(map(mul, _CREDIT_WEIGHTS, map(_CREDIT_LETTERS.index, code[:17])))
    expected = _CREDIT_LETTERS[(31 - total) % 31]
    if code[-1] != expected:
        return f"核对最后一位：按前 17 位推算应为 {expected}，现在是 {code[-1]}；也可能是前面某一位录错"
    return None


# --- phones and mail ------------------------------------------------------------------------------

_LONGEST_LIST = 128
_OTHER_SEPARATORS = re.compile("[；，,、]")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
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
    bad = next((part for part in parts if not _EMAIL.fullmatch(part)), None)
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


# --- addresses ------------------------------------------------------------------------------------


def parse_ipv4(text: str) -> int:
    """Read a dotted quad as an unsigned 32-bit number.

    Raises: BadAddress, also for 0.0.0.0, which the interface does not take.
    """
    plain = half_width(text.translate(_IDEOGRAPHIC_STOPS))
    try:
        number = int(ipaddress.IPv4Address(plain))
    except ipaddress.AddressValueError:
        raise BadAddress(text, "IP 地址应为四段 0 至 255 的数字（不带前导零），例如 203.0.113.8") from None
    if number == 0:
        raise BadAddress(text, "IP 地址不能是 0.0.0.0")
    return number


def format_ipv4(number: int) -> str:
    """Write an unsigned 32-bit number as a dotted quad. Raises: BadAddress outside 0 … 4294967295."""
    try:
        return str(ipaddress.IPv4Address(number))
    except ipaddress.AddressValueError:
        raise BadAddress(str(number), "超出 IPv4 地址的范围") from None


def is_public_ipv4(number: int) -> bool:
    """Whether the address is of the public internet: not private, reserved or multicast (code 1006)."""
    address = ipaddress.IPv4Address(number)
    return address.is_global and not address.is_multicast
