"""Faults against the ministry's content rules."""

from __future__ import annotations

from typing import Any

from filing.choices import INDIVIDUAL_NATURE, Operation
from filing.rules import Context
from filing.rules.held import Setting, Settings
from tests.filing.rule_faults import SITE, Fault, put
from tests.invented import SUBJECT_CARD

O = Operation  # noqa: E741


def individual(**changes: Any) -> Any:
    """The filing of a person, spoiled by path."""

    def change(document: dict[str, Any]) -> None:
        document["subject"] |= {"name": "虚构甲", "nature": INDIVIDUAL_NATURE, "investor": "虚构甲"}
        document["subject"]["certificate"] = {
            "type": 2,
            "number": SUBJECT_CARD,
            "address": "北京市海淀区虚构路1号",
        }
        for path, value in changes.items():
            put(path.replace("__", ".").replace("site", SITE), value)(document)

    return change


def named(*names: str) -> list[Fault]:
    return [Fault(O.NEW_FILING, put(f"{SITE}.name", name), f"{SITE}.name") for name in names]


FAULTS: dict[str, list[Fault]] = {
    "subjects_bear_their_registered_name": [
        Fault(O.NEW_FILING, put("subject.name", name), "subject.name")
        for name in ("example.cn", "12345", "虚构", "虚构示例站", "！！！")
    ],
    "individuals_bear_their_own_name": [
        Fault(O.NEW_FILING, individual(subject__name=name), "subject.name") for name in ("虚构123", "甲", "虚构(甲)")
    ],
    "natures_agree_with_the_name": [
        Fault(O.NEW_FILING, put("subject.nature", 2), "subject.nature"),
        Fault(O.CHANGE, put("subject.name", "虚构市公安局"), "subject.nature"),
        Fault(O.NEW_FILING, put("subject.name", "虚构基金会"), "subject.nature"),
    ],
    "investors_agree_with_the_nature": [
        Fault(O.NEW_FILING, individual(subject__investor="虚构丁"), "subject.investor"),
        Fault(
            O.NEW_FILING,
            lambda document: document["subject"].update(name="虚构市公安局", nature=2, investor="张三丰"),
            "subject.investor",
        ),
    ],
    "people_bear_their_full_name": [
        Fault(O.NEW_FILING, put("subject.responsible.name", "虚构经理"), "subject.responsible.name"),
        Fault(O.NEW_WEBSITE, put(f"{SITE}.responsible.name", "虚构1"), f"{SITE}.responsible.name"),
    ],
    "addresses_lead_to_a_door": [
        Fault(O.NEW_FILING, put("subject.address.detail", detail), "subject.address.detail")
        for detail in ("海淀", "虚构路", None)
    ],
    "addresses_agree_with_the_region": [
        Fault(O.NEW_FILING, put("subject.address.detail", "河北省石家庄市虚构路1号"), "subject.address.detail")
    ],
    "certificates_show_a_whole_address": [
        Fault(O.NEW_FILING, put("subject.certificate.address", "北京"), "subject.certificate.address")
    ],
    "site_names_are_no_addresses": named("www.example.cn", "http://example.cn", "example.cn"),
    "site_names_are_more_than_letters": named("Example", "12345"),
    "site_names_have_no_signs": named("虚构★示例站", "虚构@示例站"),
    "site_names_are_long_enough": named("虚构"),
    "site_names_claim_no_office": named("中国虚构站", "虚构国家站"),
    "individuals_sites_are_no_groups": [
        Fault(O.NEW_FILING, individual(site__name="虚构工作室"), f"{SITE}.name"),
        Fault(O.NEW_WEBSITE, put(f"{SITE}.name", "虚构协会"), f"{SITE}.name", Context(held_nature=INDIVIDUAL_NATURE)),
    ],
    "individuals_sites_are_no_persons_or_places": [
        Fault(O.NEW_FILING, individual(site__name=name), f"{SITE}.name")
        for name in ("虚构甲", "虚构甲的网站", "北京", "河北网")
    ],
    "site_names_have_their_approval": named("虚构新闻站", "虚构医院", "虚构论坛"),
    "services_have_their_approval": [
        Fault(O.NEW_FILING, put(f"{SITE}.service_contents", [8, 5]), f"{SITE}.service_contents")
    ],
    "approvals_have_number_and_scan": [
        Fault(
            O.NEW_FILING,
            put(f"{SITE}.pre_approvals", [{"type": 1, "number": "无", "scans": ["sha256:" + "0" * 64]}]),
            f"{SITE}.pre_approvals[0].number",
        )
    ],
    "subjects_are_of_the_links_province": [
        Fault(
            O.NEW_FILING,
            put("subject.address.province", 130000),
            "subject.address.province",
            Context(province=110000, settings=Settings({"1045": Setting("block")})),
        )
    ],
}  # fmt: skip
