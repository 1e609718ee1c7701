"""Rules about certificates' numbers. Spec: result codes 1008, 1015. Their forms are data (`certificate_forms.tsv`)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from filing.choices import Severity
from filing.identifiers import check_form, check_id_card, tidy_certificate_number
from filing.rules.registry import SUBJECTS, WEBSITES, Context, Document, Fault, people, rule
from filing.rules.words import certificate_forms

ID_CARD, BUSINESS_LICENCE = 2, 1
_LICENCE = re.compile(r"[0-9A-Z]{15}|[0-9A-Z]{18}")


def _numbers(content: Document) -> Iterator[tuple[str, int, str]]:
    """Each certificate: place of its number, its type, its number."""
    certificate = content.get("subject", {}).get("certificate", {})
    if certificate.get("type") and certificate.get("number"):
        yield "subject.certificate.number", certificate["type"], certificate["number"]
    for path, person in people(content):
        if person.get("certificate_type") and person.get("certificate_number"):
            yield f"{path}.certificate_number", person["certificate_type"], person["certificate_number"]


@rule(1015, "身份证号码校验无误", *WEBSITES)
def identity_numbers_check_out(content: Document, context: Context) -> Iterator[Fault]:
    for path, kind, number in _numbers(content):
        if kind == ID_CARD and (wrong := check_id_card(number)):
            yield path, wrong


@rule(1008, "营业执照号码是 15 或 18 位", *SUBJECTS)
def licence_numbers_have_their_length(content: Document, context: Context) -> Iterator[Fault]:
    for path, kind, number in _numbers(content):
        if kind == BUSINESS_LICENCE and not _LICENCE.fullmatch(tidy_certificate_number(number)):
            yield path, "营业执照号码应为 18 位统一社会信用代码，或 15 位注册号"


@rule(1008, "证件号码符合这种证件的编法", *WEBSITES, severity=Severity.WARN)
def certificate_numbers_have_their_form(content: Document, context: Context) -> Iterator[Fault]:
    """Only told: registrars have given out numbers that break their own standard."""
    for path, kind, number in _numbers(content):
        form = certificate_forms().get(kind)
        if form and form != "id_card" and (wrong := check_form(form, number)):
            yield path, wrong
