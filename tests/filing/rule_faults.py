"""A fault for every rule: how a good document is spoiled, and where that must be told."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, NamedTuple

from filing.choices import Operation
from filing.rules import Context
from filing.services.attachments import ImageFacts
from tests import factories

O = Operation  # noqa: E741
HASH = "0" * 64
IMAGE = f"sha256:{HASH}"
SMALL = Context(images={HASH: ImageFacts(1, 75_000, 10, 10)})
NUMBER = "京ICP备2026000001号"
SITE = "websites[0]"
RANGES = f"{SITE}.accesses[0].ip_ranges"


PERSON = factories.responsible("虚构乙")


class Fault(NamedTuple):
    """How a rule fails: what is changed in a good document, and where the fault must be told."""

    operation: str
    change: Callable[[dict[str, Any]], Any]
    path: str
    context: Context = SMALL


def put(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        *way, last = path.replace("[", ".").replace("]", "").split(".")
        target: Any = document
        for step in way:
            target = target[int(step)] if step.isdigit() else target[step]
        if value is None:
            del target[last]
        else:
            target[int(last) if last.isdigit() else last] = value

    return change


def images(**facts: Any) -> Context:
    return Context(
        images={HASH: ImageFacts(**{"format": 1, "size_bytes": 1, "width": 9, "height": 9, **facts})}
    )


def ranges(*pairs: tuple[str, str]) -> Callable[[dict[str, Any]], None]:
    return put(RANGES, [{"start": start, "end": end} for start, end in pairs])


def twice(document: dict[str, Any]) -> None:
    """The same access again, told in another order."""
    first = document["websites"][0]["accesses"][0]
    first["methods"] = [2, 3]
    document["websites"][0]["accesses"].append(copy.deepcopy(first) | {"methods": [3, 2]})


def scan(document: dict[str, Any]) -> None:
    document["websites"][0]["pre_approvals"] = [{"type": 1, "number": "虚构字1号", "scans": [IMAGE]}]
    document["attachments"] = []


FAULTS: dict[str, list[Fault]] = {
    "unit_states_its_nature": [Fault(O.NEW_FILING, put("subject.nature", None), "subject.nature")],
    "unit_names_its_responsible_person": [
        Fault(O.NEW_FILING, put("subject.responsible.name", None), "subject.responsible.name")
    ],
    "unit_gives_its_office_phone": [
        Fault(O.CHANGE, put("subject.responsible.office_phone", None), "subject.responsible.office_phone")
    ],
    "unit_gives_its_websites_office_phone": [
        Fault(O.NEW_FILING, put(f"{SITE}.responsible.office_phone", None), f"{SITE}.responsible.office_phone"),
        Fault(O.NEW_WEBSITE, put(f"{SITE}.responsible.office_phone", None), f"{SITE}.responsible.office_phone"),
    ],
    "office_phones_are_digits": [
        Fault(O.NEW_FILING, put("subject.responsible.office_phone", "010-1234567a"), "subject.responsible.office_phone"),
        Fault(O.NEW_FILING, put(f"{SITE}.responsible.office_phone", "(010)1234567"), f"{SITE}.responsible.office_phone"),
    ],
    "mobiles_can_be_called": [
        Fault(O.NEW_FILING, put("subject.responsible.mobile", "12800000000"), "subject.responsible.mobile"),
        Fault(O.CHANGE, put(f"{SITE}.responsible.mobile", "13800000000,13900000000"), f"{SITE}.responsible.mobile"),
    ],
    "mail_addresses_are_such": [
        Fault(O.NEW_FILING, put("subject.responsible.email", "nobody.example.cn"), "subject.responsible.email")
    ],
    "people_state_type_and_number_of_their_paper": [
        Fault(
            O.NEW_FILING,
            put("subject.responsible.certificate_number", None),
            "subject.responsible.certificate_number",
        ),
        Fault(O.NEW_FILING, put(f"{SITE}.responsible.certificate_type", None), f"{SITE}.responsible.certificate_type"),
    ],
    "identity_numbers_check_out": [
        Fault(
            O.NEW_FILING,
            put("subject.responsible.certificate_number", "110105194912310020"),
            "subject.responsible.certificate_number",
        ),
        Fault(
            O.NEW_FILING,
            put("subject.certificate", {"type": 2, "number": "110105194913310020", "address": "虚构"}),
            "subject.certificate.number",
        ),
    ],
    "licence_numbers_have_their_length": [
        Fault(O.NEW_FILING, put("subject.certificate.number", number), "subject.certificate.number")
        for number in ("1101080000000", "91110108MA000000X", "91110108MA000000X45")
    ],
    "certificate_numbers_have_their_form": [
        Fault(O.NEW_FILING, put("subject.certificate.number", "91110108MA000000X5"), "subject.certificate.number"),
        Fault(
            O.CHANGE,
            put("subject.certificate", {"type": 4, "number": "12345678-9", "address": "虚构"}),
            "subject.certificate.number",
        ),
        Fault(
            O.NEW_WEBSITE,
            put(f"{SITE}.responsible", PERSON | {"certificate_type": 14, "certificate_number": "X1"}),
            f"{SITE}.responsible.certificate_number",
        ),
    ],
    "msn_accounts_are_mail_addresses": [
        Fault(O.NEW_FILING, put("subject.responsible.msn", "nobody"), "subject.responsible.msn")
    ],
    "qq_numbers_are_digits": [
        Fault(O.NEW_FILING, put(f"{SITE}.responsible.qq", "qq10001"), f"{SITE}.responsible.qq"),
        Fault(O.CHANGE, put("subject.responsible.qq", "01234567"), "subject.responsible.qq"),
    ],
    "phones_are_in_the_numbering_plan": [
        Fault(O.NEW_FILING, put("subject.responsible.mobile", "14000000000"), "subject.responsible.mobile"),
        Fault(O.NEW_FILING, put(f"{SITE}.responsible.office_phone", "010-1234567"), f"{SITE}.responsible.office_phone"),
    ],
    "a_province_is_a_province": [
        Fault(O.NEW_FILING, put("subject.address.province", 110108), "subject.address.province")
    ],
    "a_county_is_in_its_city": [
        Fault(
            O.NEW_FILING,
            put("subject.address", {"province": 130000, "city": 130100, "county": 130203}),
            "subject.address.county",
        )
    ],
    "regions_belong_together": [
        Fault(O.NEW_FILING, put("subject.address.city", 310100), "subject.address.city"),
        Fault(O.CHANGE, put("subject.address.county", 310108), "subject.address.county"),
    ],
    "addresses_are_in_order": [
        Fault(O.NEW_FILING, ranges(("203.0.113.2", "203.0.113.1")), f"{RANGES}[0].end"),
        Fault(O.NEW_ACCESS, put("access.ip_ranges[0].start", "203.0.113.13"), "access.ip_ranges[0].end"),
    ],
    "addresses_are_public": [
        Fault(O.NEW_FILING, ranges(pair), f"{RANGES}[0].start")
        for pair in (
            *((one, one) for one in ("10.0.0.1", "192.168.1.1", "127.0.0.1", "169.254.1.1", "224.0.0.1", "240.0.0.1")),
            ("9.255.255.255", "10.0.0.0"), ("11.0.0.0", "192.168.0.1"), ("100.64.0.1", "100.64.0.1"),
        )
    ],
    "addresses_are_not_examples": [
        Fault(O.NEW_FILING, ranges(pair), f"{RANGES}[0].start")
        for pair in (("203.0.113.9", "203.0.113.9"), ("192.0.1.255", "192.0.2.0"), ("198.51.100.255", "198.51.101.0"))
    ],
    "ranges_are_named_once": [
        Fault(O.NEW_FILING, ranges(("1.1.1.1", "1.1.1.9"), ("1.1.1.1", "1.1.1.9")), f"{RANGES}[1].start")
    ],
    "no_character_is_hidden": [
        Fault(O.NEW_FILING, put("subject.name", "虚构\u200b示例有限公司"), "subject.name"),
        Fault(O.CANCEL_WEBSITE, put("reason_remarks", "虚\ue000构"), "reason_remarks"),
    ],
    "ranges_do_not_overlap": [
        Fault(O.NEW_FILING, ranges(("1.1.1.1", "1.1.1.9"), ("1.1.1.9", "1.1.1.12")), f"{RANGES}[1].start"),
        Fault(O.NEW_FILING, ranges(("1.1.1.5", "1.1.1.5"), ("1.1.1.1", "1.1.1.9")), f"{RANGES}[0].start"),
    ],
    "a_website_has_each_access_once": [Fault(O.NEW_FILING, twice, f"{SITE}.accesses[1]")],
    "domains_are_registrable": [
        Fault(O.NEW_FILING, put(f"{SITE}.domains[0].name", name), f"{SITE}.domains[0].name")
        for name in ("www.example.cn", "com.cn", "example.nosuchsuffix", "203.0.113.1", "exa mple.cn", "例子.cn.")
    ],
    "domains_are_named_once": [
        Fault(O.NEW_FILING, put(f"{SITE}.domains", [{"name": "a.cn"}, {"name": "A.CN"}]), f"{SITE}.domains[1].name")
    ],
    "home_pages_are_host_names": [
        Fault(O.NEW_FILING, put(f"{SITE}.home_url", url), f"{SITE}.home_url")
        for url in ("http://www.example.cn", "www.example.cn，example.cn", "www.example.cn a", "www.example.cn/a")
    ],
    "home_pages_are_under_a_domain": [
        Fault(O.NEW_FILING, put(f"{SITE}.home_url", url), f"{SITE}.home_url")
        for url in ("www.other.cn", "notexample.cn", "example.cn.evil.com", "www.evil.com/example.cn")
    ],
    "images_are_small_enough": [
        Fault(O.NEW_FILING, put("attachments[0].purpose", 2), "attachments[0].content", images(size_bytes=75_001)),
        Fault(O.NEW_ACCESS, lambda document: None, "attachments[0].content", images(size_bytes=112_501)),
        Fault(O.NEW_FILING, scan, f"{SITE}.pre_approvals[0].scans[0]", images(size_bytes=75_001)),
    ],
    "a_record_fits_into_a_file": [
        Fault(O.SUBMIT_MATERIALS, lambda document: None, "attachments", images(size_bytes=37_000_000))
    ],
    "formats_tell_the_truth": [
        Fault(O.NEW_FILING, put("attachments[0].format", 2), "attachments[0].format"),
        Fault(O.NEW_FILING, lambda document: None, "attachments[0].format", images(format=2)),
    ],
    "attachments_have_an_owner": [
        Fault(O.NEW_FILING, put("attachments[0].owner_index", None), "attachments[0].owner_index"),
        Fault(O.NEW_FILING, put("attachments[0].owner_index", 1), "attachments[0].owner_index"),
        Fault(O.NEW_FILING, put("attachments[0].owner", "subject"), "attachments[0].owner_index"),
    ],
    "attachments_name_their_owner_once": [
        Fault(O.NEW_WEBSITE, put("attachments[0].owner_number", NUMBER), "attachments[0].owner_number"),
        Fault(O.NEW_WEBSITE, put("attachments[0].owner_index", 1), "attachments[0].owner_index"),
        Fault(O.CHANGE, put("attachments[0].owner_bureau_id", None), "attachments[0].owner_index"),
    ],
    "materials_have_one_owner": [
        Fault(O.SUBMIT_MATERIALS, put("attachments[0].owner_number", None), "attachments[0].owner_number"),
        Fault(
            O.SUBMIT_MATERIALS,
            lambda document: document["attachments"].append(
                document["attachments"][0] | {"owner_number": f"{NUMBER}-2"}
            ),
            "attachments[1].owner",
        ),
    ],
    "subject_numbers_are_a_subjects": [
        Fault(O.NEW_WEBSITE, put("subject_number", f"{NUMBER}-1"), "subject_number")
    ],
    "website_numbers_are_a_websites": [Fault(O.NEW_ACCESS, put("website_number", NUMBER), "website_number")],
    "rare_characters_are_told": [
        Fault(O.NEW_FILING, put("subject.investor", "方小㴥"), "subject.investor"),
        Fault(O.CANCEL_WEBSITE, put("reason_remarks", "𠮷"), "reason_remarks"),
    ],
    "numbers_have_the_usual_form": [
        Fault(O.NEW_WEBSITE, put("subject_number", "京备12345"), "subject_number"),
        Fault(O.NEW_ACCESS, put("website_number", "川ICP备12345678号-1"), "website_number"),
    ],
    "a_change_stays_in_its_province": [
        Fault(O.CHANGE, lambda document: None, "subject.address.province", Context(held_province=310000))
    ],
    "the_subject_is_not_cancelled": [
        Fault(O.NEW_WEBSITE, lambda document: None, "subject_number", Context(held_cancelled=True)),
        Fault(O.CHANGE, lambda document: None, "subject.number", Context(held_cancelled=True)),
    ],
    "reporters_phones_are_digits": [
        Fault(O.UNFILED_RESULT, put("reporter_phone", "010-1234567a"), "reporter_phone")
    ],
    "purposes_fit_their_owner": [
        Fault(O.NEW_FILING, put("attachments[0].purpose", 2), "attachments[0].owner"),
        Fault(
            O.SUBMIT_MATERIALS,
            put("attachments[0]", {"format": 1, "purpose": 4, "content": IMAGE, "owner": "subject", "owner_number": NUMBER}),
            "attachments[0].owner",
        ),
    ],
}  # fmt: skip
