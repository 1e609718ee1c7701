"""Filing numbers: subject and website numbers taken apart, tidied and derived from each other."""

from __future__ import annotations

import re
from dataclasses import dataclass

from filing.identifiers.text import half_width

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
