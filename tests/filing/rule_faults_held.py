"""Faults that only what is filed, asked or listed here shows; and codes that no table holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from filing.choices import Operation
from filing.code_tables import CodeTable
from filing.rules import Context
from filing.rules.held import About, Held, HeldAccess, HeldSubject, HeldWebsite, Look, OpenRequest
from filing.rules.words import rows
from tests.factories import AT, CREDIT_CODE, ISP_ID, OTHER_ISP_ID
from tests.filing.rule_faults import IMAGE, NUMBER, SITE, Fault, put

O = Operation  # noqa: E741


WAY = f"{SITE}.accesses[0]"
DOMAIN = f"{SITE}.domains[0]"


@dataclass
class Given(Held):
    """Answers that a test gives."""

    subjects: dict[tuple[int, str], list[HeldSubject]] = field(default_factory=dict)
    by_domain: dict[str, list[HeldWebsite]] = field(default_factory=dict)
    by_name: dict[str, list[HeldWebsite]] = field(default_factory=dict)
    by_id: dict[int, HeldWebsite] = field(default_factory=dict)
    mobiles: dict[str, int] = field(default_factory=dict)
    listed: set[Any] = field(default_factory=set)
    asked: dict[Any, list[OpenRequest]] = field(default_factory=dict)
    open: dict[int, list[OpenRequest]] = field(default_factory=dict)
    own_ids: dict[str, set[int]] = field(default_factory=dict)
    not_unfiled: set[str] = field(default_factory=set)
    led: list[Look] = field(default_factory=list)
    elsewhere: set[int] = field(default_factory=set)

    def subjects_with(self, certificate_type: int, number: str) -> Sequence[HeldSubject]:
        return self.subjects.get((certificate_type, number), ())

    def websites_with(self, domain: str) -> Sequence[HeldWebsite]:
        return self.by_domain.get(domain, ())

    def websites_named(self, name: str) -> Sequence[HeldWebsite]:
        return self.by_name.get(name, ())

    def website(self, bureau_id: int) -> HeldWebsite | None:
        return self.by_id.get(bureau_id)

    def subjects_called_at(self, mobile: str) -> int:
        return self.mobiles.get(mobile, 0)

    def is_subject_listed(self, certificate_type: int, number: str) -> bool:
        return (certificate_type, number) in self.listed

    def is_domain_listed(self, name: str) -> bool:
        return name in self.listed

    def asked_for_domain(self, name: str) -> Sequence[OpenRequest]:
        return self.asked.get(name, ())

    def asked_for_owner(self, certificate_type: int, number: str) -> Sequence[OpenRequest]:
        return self.asked.get((certificate_type, number), ())

    def open_on_subject(self, bureau_id: int) -> Sequence[OpenRequest]:
        return self.open.get(bureau_id, ())

    def is_in_process_elsewhere(self, bureau_id: int) -> bool:
        return bureau_id in self.elsewhere

    def filed_own_ids(self, kind: str) -> frozenset[int]:
        return frozenset(self.own_ids.get(kind, ()))

    def looks(self) -> Sequence[Look]:
        return self.led

    def is_unfiled(self, domain: str) -> bool:
        return domain not in self.not_unfiled

    def answered(self, domain: str) -> Sequence[OpenRequest]:
        return self.asked.get(domain, ())


def site(**more: Any) -> HeldWebsite:
    facts: dict[str, Any] = {
        "isp_id": ISP_ID, "bureau_id": 9001, "number": "京ICP备2026000009号-1", "name": "虚构示例站",
        "subject_name": "别家", "subject_bureau_id": 1001,
    }  # fmt: skip
    return HeldWebsite(**facts | more)


def mine(**more: Any) -> HeldWebsite:
    """The website of the change of these tests, as it is filed."""
    access = HeldAccess(4001, ISP_ID, ISP_ID, frozenset({5001}))
    facts: dict[str, Any] = {
        "bureau_id": 2001, "number": f"{NUMBER}-1", "domain_ids": frozenset({3001}), "accesses": (access,),
    }  # fmt: skip
    return site(**facts | more)


def untouched(document: dict[str, Any]) -> None:
    pass


def knowing(about: About | None = None, *, corrects: bool = False, **answers: Any) -> Context:
    return Context(
        isp_id=ISP_ID,
        corrects=corrects,
        about=about or About(found=True, subject_id=1001),
        held=Given(**answers),
    )


def _own_id(path: str) -> Callable[[dict[str, Any]], None]:
    """A number that is ours already: the reading of JSON takes none, so it is set behind it."""
    return put(f"{path}.own_id", 77)


OTHER = OpenRequest("R-other", O.NEW_FILING, "own-subject:7")
FOREIGN = (HeldAccess(4009, OTHER_ISP_ID, ISP_ID),)

FAULTS: dict[str, list[Fault]] = {
    "the_owner_has_no_filing_yet": [
        Fault(O.NEW_FILING, untouched, "subject.certificate.number",
              knowing(subjects={(1, CREDIT_CODE): [HeldSubject(ISP_ID, 1001, NUMBER, "虚构")]})),
        Fault(O.CHANGE, untouched, "subject.certificate.number",
              knowing(subjects={(1, CREDIT_CODE): [HeldSubject(ISP_ID, 1002, "京ICP备2026000002号", "虚构")]})),
    ],
    "the_owner_asks_once": [
        Fault(O.NEW_FILING, untouched, "subject.certificate.number",
              knowing(asked={(1, CREDIT_CODE): [OTHER]}))
    ],
    "domains_have_no_filing_yet": [
        Fault(O.NEW_FILING, untouched, f"{DOMAIN}.name", knowing(by_domain={"example.cn": [site()]})),
        Fault(O.CHANGE, put(f"{DOMAIN}.name", "Other.cn"), f"{DOMAIN}.name",
              knowing(by_domain={"other.cn": [site()]})),
    ],
    "domains_are_asked_once": [
        Fault(O.NEW_WEBSITE, untouched, f"{DOMAIN}.name", knowing(asked={"example.com": [OTHER]}))
    ],
    "home_pages_have_no_filing_yet": [
        Fault(O.NEW_FILING, untouched, f"{SITE}.home_url",
              knowing(by_domain={"example.cn": [site(home_url="WWW.example.cn")]}))
    ],
    "site_names_are_free": [
        Fault(O.NEW_FILING, untouched, f"{SITE}.name", knowing(by_name={"虚构示例站": [site()]}))
    ],
    "domains_are_not_listed": [
        Fault(O.NEW_FILING, untouched, f"{DOMAIN}.name", knowing(listed={"example.cn"}))
    ],
    "the_subject_is_not_listed": [
        Fault(O.NEW_FILING, untouched, "subject.certificate.number", knowing(listed={(1, CREDIT_CODE)})),
        Fault(O.NEW_ACCESS, untouched, "website_number",
              knowing(About(certificate=(1, "X")), listed={(1, "X")})),
    ],
    "mobiles_are_ones_own": [
        Fault(O.CHANGE, put("subject.responsible.mobile", "13900000000;13800000001"), "subject.responsible.mobile",
              knowing(mobiles={"13800000001": 5}))
    ],
    "websites_are_not_filed_already": [
        Fault(O.NEW_WEBSITE, _own_id(SITE), f"{SITE}.name", knowing(corrects=True, own_ids={"website": {77}}))
    ],
    "accesses_are_not_filed_already": [
        Fault(O.NEW_ACCESS, _own_id("access"), "access.methods",
              knowing(corrects=True, own_ids={"access": {77}}))
    ],
    "ranges_are_not_filed_already": [
        Fault(O.NEW_FILING, _own_id(f"{WAY}.ip_ranges[0]"), f"{WAY}.ip_ranges[0].start",
              knowing(corrects=True, own_ids={"range": {77}}))
    ],
    "records_are_held_here": [
        Fault(O.CHANGE, untouched, "subject.number", knowing(About(found=False))),
        Fault(O.CANCEL_ACCESS, untouched, "bureau_id", knowing(About(found=False))),
    ],
    "materials_subject_is_held_here": [
        Fault(O.SUBMIT_MATERIALS, put("attachments[0].owner", "subject"), "attachments[0].owner_number",
              knowing(About(found=False)))
    ],
    "materials_website_is_held_here": [
        Fault(O.SUBMIT_MATERIALS, untouched, "attachments[0].owner_number", knowing(About(found=False)))
    ],
    "numbers_stand_for_one_record": [
        Fault(O.NEW_ACCESS, untouched, "website_number", knowing(About(found=True, several=True)))
    ],
    "the_website_is_not_cancelled": [
        Fault(O.NEW_ACCESS, untouched, "website_number", knowing(About(website_cancelled=True))),
        Fault(O.CANCEL_WEBSITE, untouched, "bureau_id", knowing(About(website_cancelled=True))),
    ],
    "changed_websites_are_not_cancelled": [
        Fault(O.CHANGE, untouched, f"{SITE}.number", knowing(by_id={2001: mine(cancelled=True)}))
    ],
    "changed_websites_are_the_subjects": [
        Fault(O.CHANGE, untouched, f"{SITE}.number", knowing(by_id={2001: mine(subject_bureau_id=1009)})),
        Fault(O.CHANGE, untouched, f"{SITE}.number", knowing(by_id={2001: mine(number=f"{NUMBER}-2")})),
    ],
    "changed_websites_are_held_here": [Fault(O.CHANGE, untouched, f"{SITE}.number", knowing())],
    "changed_domains_are_the_websites": [
        Fault(O.CHANGE, put(f"{DOMAIN}.bureau_id", 3009), f"{DOMAIN}.name", knowing(by_id={2001: mine()}))
    ],
    "changed_accesses_are_the_websites": [
        Fault(O.CHANGE, put(f"{WAY}.bureau_id", 4009), f"{WAY}.bureau_id", knowing(by_id={2001: mine()}))
    ],
    "changed_ranges_are_the_accesses": [
        Fault(O.CHANGE, put(f"{WAY}.ip_ranges[0].bureau_id", 5009), f"{WAY}.ip_ranges[0].start",
              knowing(by_id={2001: mine()}))
    ],
    "another_access_stays": [
        Fault(O.CANCEL_ACCESS, untouched, "bureau_id",
              knowing(About(found=True, website_id=2001, access_id=4001), by_id={2001: mine()}))
    ],
    "nothing_is_in_process_elsewhere": [
        Fault(O.CHANGE, untouched, "subject.number", knowing(elsewhere={1001})),
        Fault(O.NEW_WEBSITE, untouched, "subject_number", knowing(elsewhere={1001})),
        Fault(O.NEW_ACCESS, untouched, "website_number", knowing(elsewhere={1001})),
        Fault(O.CANCEL_SUBJECT, untouched, "bureau_id", knowing(elsewhere={1001})),
        Fault(O.CANCEL_WEBSITE, untouched, "bureau_id", knowing(elsewhere={1001})),
        Fault(O.CANCEL_ACCESS, untouched, "bureau_id", knowing(elsewhere={1001})),
    ],
    "a_provider_connects_a_website_once": [
        Fault(O.NEW_ACCESS, untouched, "website_number",
              knowing(About(found=True, website_id=2001), by_id={2001: mine()}))
    ],
    "the_access_is_ones_own": [
        Fault(O.CANCEL_ACCESS, untouched, "bureau_id",
              knowing(About(found=True, access_provider=OTHER_ISP_ID)))
    ],
    "the_filing_is_connected_here": [
        Fault(O.CHANGE, untouched, f"{SITE}.number", knowing(by_id={2001: mine(accesses=FOREIGN)})),
        Fault(O.CANCEL_WEBSITE, untouched, "bureau_id",
              knowing(About(found=True, website_id=2001), by_id={2001: mine(accesses=FOREIGN)})),
    ],
    "domains_lead_to_the_addresses": [
        Fault(O.NEW_FILING, untouched, f"{DOMAIN}.name", knowing(led=[Look("example.cn", points, (1,), AT)]))
        for points in ("elsewhere", "nowhere")
    ],
    "an_unfiled_website_was_listed": [
        Fault(O.UNFILED_RESULT, untouched, "domain", knowing(not_unfiled={"unfiled.example.cn"}))
    ],
    "an_unfiled_website_is_answered_once": [
        Fault(O.UNFILED_RESULT, untouched, "domain", knowing(asked={"unfiled.example.cn": [OTHER]}))
    ],
}  # fmt: skip

NAMED_BY = {
    O.CHANGE: "subject.number", O.NEW_WEBSITE: "subject_number", O.NEW_ACCESS: "website_number",
}  # fmt: skip
for row in rows("in_the_way"):
    operation = O(row["operation"])
    target = {"subject": "subject:1001", "website": "website:2001", "access": "access:4001"}[row["scope"]]
    about = About(found=True, subject_id=1001, website_id=2001, access_id=4001)
    open_request = OpenRequest("R-open", row["open"], target)
    FAULTS.setdefault(f"nothing_stands_in_the_way_of_{operation}_{row['code']}", []).append(
        Fault(
            operation,
            untouched,
            NAMED_BY.get(operation, "bureau_id"),
            knowing(about, open={1001: [open_request]}),
        )
    )

UNKNOWN = 60
CODED: dict[CodeTable, tuple[Operation, str]] = {
    CodeTable.NATURE: (O.NEW_FILING, "subject.nature"),
    CodeTable.CERTIFICATE_TYPE: (O.CHANGE, "subject.certificate.type"),
    CodeTable.PERSON_CERTIFICATE_TYPE: (O.NEW_WEBSITE, f"{SITE}.responsible.certificate_type"),
    CodeTable.REGION: (O.NEW_FILING, "subject.address.county"),
    CodeTable.CANCEL_REASON: (O.CANCEL_WEBSITE, "reason"),
    CodeTable.PRE_APPROVAL_TYPE: (O.NEW_FILING, f"{SITE}.pre_approvals[0].type"),
    CodeTable.SERVICE_CONTENT: (O.NEW_WEBSITE, f"{SITE}.service_contents"),
    CodeTable.ACCESS_METHOD: (O.NEW_ACCESS, "access.methods"),
    CodeTable.SERVER_LOCATION: (O.NEW_FILING, f"{WAY}.server_locations"),
    CodeTable.ATTACHMENT_FORMAT: (O.SUBMIT_MATERIALS, "attachments[0].format"),
    CodeTable.ATTACHMENT_PURPOSE: (O.NEW_ACCESS, "attachments[0].purpose"),
    CodeTable.LANGUAGE: (O.CHANGE, f"{SITE}.languages"),
    CodeTable.UNFILED_HANDLING: (O.UNFILED_RESULT, "result"),
}
"""Where each table's code stands; the fault is one that it does not hold."""


def coded(table: CodeTable) -> Callable[[dict[str, Any]], None]:
    _operation, path = CODED[table]

    def change(document: dict[str, Any]) -> None:
        if table == CodeTable.PRE_APPROVAL_TYPE:
            document["websites"][0]["pre_approvals"] = [
                {"type": UNKNOWN, "number": "虚构1号", "scans": [IMAGE]}
            ]
        elif path.endswith(("contents", "methods", "locations", "languages")):
            put(path, [UNKNOWN])(document)
        else:
            put(path, 110999 if table == CodeTable.REGION else UNKNOWN)(document)

    return change


for table, (operation, path) in CODED.items():
    for ending in ("valid", "familiar"):
        FAULTS[f"{table}_codes_are_{ending}"] = [Fault(operation, coded(table), path)]
for name in ("certificates_fit_the_nature", "certificates_seem_to_fit_the_nature"):
    FAULTS[name] = [Fault(O.NEW_FILING, put("subject.certificate.type", 13), "subject.certificate.type")]

OF_DOWNLOADED_TABLES = frozenset(
    {f"{table}_codes_are_valid" for table in CODED} | {"certificates_fit_the_nature"}
)
