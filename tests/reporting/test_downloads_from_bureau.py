"""Every message that the simulator sends of its own accord, over the wire: downloaded, acknowledged, stored, applied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from filing.code_tables import CodeTable
from filing.models import Access, BlacklistedSubject, BlacklistedWebsite, IllegalAccess, Subject, Website
from filing.services import codes
from filing.services.blacklist import blacklisted_domains, is_subject_blacklisted
from reporting.models import Difference, Download, DownloadItem, Link
from reporting.services.download import poll_link
from reporting.services.upload import send_link
from simulator import Bureau, Running
from simulator.ready_made import KINDS
from simulator.sending import send
from tests.reporting.material import ENCRYPTING_UNIT, ISP_ID, filing_json, make_link, ready, states
from verification.choices import CheckKind
from verification.models import CheckResult, Notice, UnfiledWebsite, VerificationTask

Say = Callable[..., list[DownloadItem]]


@pytest.fixture
def link(db: None, start_bureau: Callable[..., Running]) -> Link:
    """A link whose downloads come encrypted."""
    running = start_bureau(units=[ENCRYPTING_UNIT], decide={"mode": "manual"})
    made = make_link(running.url, ENCRYPTING_UNIT)
    made.running = running  # type: ignore[attr-defined]
    return made


@pytest.fixture
def bureau(link: Link) -> Bureau:
    found: Running = link.running  # type: ignore[attr-defined]
    return found.bureau


@pytest.fixture
def say(link: Link, bureau: Bureau) -> Say:
    """Let the bureau send a message, and poll it; the items of that file."""

    def speak(**doc: Any) -> list[DownloadItem]:
        name = send(bureau, doc)
        (row,) = poll_link(link)
        assert (row.file, row.outcome) == (name, "stored")
        download = Download.objects.get(bureau_name=name)
        assert download.acknowledged_at and download.applied_at
        return list(download.items.order_by("position"))

    return speak


@pytest.fixture
def filed(link: Link, bureau: Bureau) -> Subject:
    """A filing of ours that the bureau approved; its decision and filed data are applied."""
    (request,) = ready(filing_json(1))
    send_link(link)
    bureau.decide()
    poll_link(link)
    assert states(request) == ["approved"]
    return Subject.objects.get()


def test_it_takes_a_notice(filed: Subject, say: Say) -> None:
    (item,) = say(kind="notice", number=filed.number, words="请整改主体信息")

    notice = Notice.objects.get()
    assert (item.outcome, notice.words, notice.bureau_id) == ("applied", "请整改主体信息", filed.bureau_id)


def test_it_takes_a_verification_task_of_a_filing_that_it_knows(filed: Subject, say: Say) -> None:
    (item,) = say(kind="verification_task")

    task = VerificationTask.objects.get()
    website, access = Website.objects.get(), Access.objects.get()
    assert (item.outcome, task.subject_bureau_id) == ("applied", filed.bureau_id)
    assert task.content["subject"]["certificate"]["number"] == filed.certificate_number
    assert [each["bureau_id"] for each in task.content["websites"]] == [website.bureau_id]
    assert task.content["websites"][0]["accesses"][0] == {
        "bureau_id": access.bureau_id,
        "server_locations": [2],
        "methods": [3],
        "ip_ranges": [
            {"start": "203.0.113.10", "end": "203.0.113.12", "bureau_id": access.ranges.get().bureau_id}
        ],
        "filed_by": 1,
        "filed_by_id": ISP_ID,
    }


def test_it_takes_blacklists_and_what_is_taken_off_them(link: Link, say: Say) -> None:
    subject = {"name": "虚构公司", "type": 1, "number": "91110108MA000000X4"}
    website = {"name": "虚构站", "domains": ["bad.example.cn"]}
    say(kind="blacklist", subject=subject)
    say(kind="blacklist", website=website)
    assert is_subject_blacklisted(1, "91110108MA000000X4")
    assert blacklisted_domains(["bad.example.cn"]) == {"bad.example.cn"}

    say(kind="blacklist", subject=subject, action=2)
    say(kind="blacklist", website=website, action=2)

    assert not is_subject_blacklisted(1, "91110108MA000000X4")
    assert not blacklisted_domains(["bad.example.cn"])
    assert (BlacklistedSubject.objects.count(), BlacklistedWebsite.objects.count()) == (1, 1)


def test_it_takes_unfiled_websites(link: Link, say: Say) -> None:
    items = say(kind="unfiled", domains=["a.example.cn", "b.example.cn"])

    assert [item.outcome for item in items] == ["applied"] * 2
    rows = UnfiledWebsite.objects.order_by("domain")
    assert [(row.domain, row.provider_id, row.detections) for row in rows] == [
        ("a.example.cn", ISP_ID, 3),
        ("b.example.cn", ISP_ID, 3),
    ]


def test_it_takes_illegal_accesses(link: Link, say: Say) -> None:
    (item,) = say(kind="illegal_access", domain="a.example.cn")

    assert item.outcome == "applied"
    assert IllegalAccess.objects.get().provider_id == ISP_ID


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        ("subject", CheckKind.SUBJECT),
        ("over_reported", CheckKind.OVER_REPORTED),
        ("under_reported", CheckKind.UNDER_REPORTED),
        ("empty", CheckKind.EMPTY_SHELL),
        ("alive", CheckKind.UNREACHABLE),
    ],
)
def test_it_takes_check_results(filed: Subject, say: Say, what: str, kind: CheckKind) -> None:
    (item,) = say(kind="check", what=what)

    row = CheckResult.objects.get()
    website = Website.objects.get()
    assert (item.outcome, row.kind) == ("applied", kind)
    named = row.subject_bureau_id == filed.bureau_id or row.website_number == website.number
    assert named


def test_it_takes_filed_data_that_changed_elsewhere(filed: Subject, say: Say) -> None:
    (item,) = say(kind="filed", set={"Dwmc": "改名有限公司"}, foreign_ids=True)

    filed.refresh_from_db()
    assert (item.outcome, filed.name, Subject.objects.count()) == ("applied", "改名有限公司", 1)


def test_it_takes_a_cancellation_made_elsewhere(filed: Subject, say: Say) -> None:
    ready({"ref": "c-1", "operation": "cancel_website", "number": Website.objects.get().number, "reason": 1})

    (item,) = say(kind="cancelled")

    filed.refresh_from_db()
    assert (item.outcome, filed.state, Website.objects.get().state) == ("applied", "cancelled", "cancelled")
    assert item.request is not None and states(item.request) == ["draft"]


def test_it_ends_its_own_cancellation_of_a_website(filed: Subject, link: Link, bureau: Bureau) -> None:
    (request,) = ready(
        {"ref": "c-1", "operation": "cancel_website", "number": Website.objects.get().number, "reason": 1}
    )
    send_link(link)
    bureau.decide()

    poll_link(link)

    assert states(request) == ["approved"]
    assert Website.objects.get().state == "cancelled"
    assert not DownloadItem.objects.exclude(outcome__in=["applied", "noted"]).exists()


def test_it_takes_results_and_decisions_that_fit_nothing_to_the_inbox(link: Link, say: Say) -> None:
    (result,) = say(kind="result", codes=[[1015, "无效身份证号码"]], operation=1, bs="4711")
    (decision,) = say(kind="decision", approve=True, operation=1, id=4711)

    assert [result.outcome, decision.outcome] == ["unmatched"] * 2


def test_it_takes_base_codes_to_the_forms(link: Link, say: Say) -> None:
    items = say(kind="codes")

    assert {item.outcome for item in items} == {"applied"}
    assert codes.was_downloaded(CodeTable.NATURE)
    assert codes.name_of(CodeTable.REPORTING_UNIT, ISP_ID) == f"示例报备单位{ISP_ID}"
    assert codes.certificate_types_for(4)


def test_it_takes_some_base_codes_alone(link: Link, say: Say) -> None:
    (item,) = say(kind="codes", tables=["Zxly"])

    assert item.kind == "JCDM.Zxly_dms"
    assert codes.choices_for(CodeTable.CANCEL_REASON)


def test_it_compares_a_synchronisation_and_takes_it_over(filed: Subject, say: Say) -> None:
    Subject.objects.filter(pk=filed.pk).update(investor="另一个投资人")
    (item,) = say(kind="sync")

    assert (item.kind, item.outcome) == ("SJTB.filing", "applied")
    assert item.summary == f"{filed.name} {filed.number}"
    difference = Difference.objects.get(reconciliation__download=item.download)
    assert (difference.side, difference.subject) == ("both", filed)
    assert [(each["label"], each["ours"]) for each in difference.fields] == [
        ("投资人或主管单位", "另一个投资人")
    ]
    assert Subject.objects.get(pk=filed.pk).investor == filed.investor


def test_it_takes_the_codes_of_a_synchronisation(link: Link, say: Say) -> None:
    assert {item.outcome for item in say(kind="sync", what="codes")} == {"applied"}
    assert codes.was_downloaded(CodeTable.NATURE)


@pytest.mark.parametrize(
    ("doc", "kinds"),
    [
        (
            {"xml": "<IP><HCJG><Jgxx><Wb><Qsip>1</Qsip><Zzip>2</Zzip></Wb></Jgxx></HCJG></IP>"},
            ["IP.HCJG.unreported"],
        ),
        ({"xml": "<ZXSJ><Zxxx><Zxlb>2</Zxlb><Jlid>5</Jlid></Zxxx></ZXSJ>", "validate": False}, ["ZXSJ"]),
        ({"xml": "<FOO><A/></FOO>", "validate": False}, ["ICP.FOO"]),
        ({"raw": "5LiN5pivIFhNTA=="}, ["document"]),
    ],
)
def test_it_keeps_whatever_comes(link: Link, say: Say, doc: dict[str, Any], kinds: list[str]) -> None:
    assert [item.kind for item in say(**doc)] == kinds


def test_it_has_heard_every_kind_that_the_simulator_can_send() -> None:
    # A new kind there needs a test here.
    assert set(KINDS) == {
        "notice",
        "verification_task",
        "blacklist",
        "unfiled",
        "illegal_access",
        "check",
        "filed",
        "cancelled",
        "result",
        "decision",
        "codes",
        "sync",
    }
