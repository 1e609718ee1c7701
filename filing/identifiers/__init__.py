"""Numbers and names that people type: filing numbers, domains, certificates, phones, mail, addresses.

Pure functions, no database. A `check_…` function returns None where the text is fine, else in Chinese what to
correct; nothing here decides whether that blocks a request. Well-kept libraries do what they can: python-stdnum, idna,
tldextract (with the list it brings), phonenumbers, Django's mail check.
"""

from __future__ import annotations

from filing.identifiers.addresses import AddressUse, format_ipv4, is_public_ipv4, parse_ipv4, uses_of_range
from filing.identifiers.certificates import (
    check_credit_code,
    check_form,
    check_id_card,
    tidy_certificate_number,
)
from filing.identifiers.contacts import (
    check_emails,
    check_mobile,
    check_office_phone,
    check_qq,
    unknown_phone,
)
from filing.identifiers.domains import ascii_domain, is_under, normalise_domain, normalise_host
from filing.identifiers.initials import MOST_INITIALS, initials_of
from filing.identifiers.numbers import (
    PROVINCE_OF_ABBREVIATION,
    FilingNumber,
    check_filing_number,
    parse_filing_number,
    province_of_number,
    subject_number_of,
    tidy_filing_number,
)
from filing.identifiers.text import BadAddress, BadDomain, UnreadableText, half_width

__all__ = [
    "MOST_INITIALS",
    "PROVINCE_OF_ABBREVIATION",
    "AddressUse",
    "BadAddress",
    "BadDomain",
    "FilingNumber",
    "UnreadableText",
    "ascii_domain",
    "check_credit_code",
    "check_emails",
    "check_filing_number",
    "check_form",
    "check_id_card",
    "check_mobile",
    "check_office_phone",
    "check_qq",
    "format_ipv4",
    "half_width",
    "initials_of",
    "is_public_ipv4",
    "is_under",
    "normalise_domain",
    "normalise_host",
    "parse_filing_number",
    "parse_ipv4",
    "province_of_number",
    "subject_number_of",
    "tidy_certificate_number",
    "tidy_filing_number",
    "unknown_phone",
    "uses_of_range",
]
