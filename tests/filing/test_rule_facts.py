"""What rules are answered from the database: right for each document, in as many queries for many as for one."""

from __future__ import annotations

from typing import Any

import pytest

from filing.blacklist_data import BlacklistedSubjectData, BlacklistedWebsiteData, ListAction
from filing.choices import FiledState, Operation, RequestState
from filing.filed_data import AccessData, DomainData, PersonData, RangeData
from filing.models import Request, Website
from filing.rules import Context, check
from filing.services import blacklist
from filing.services.codes import load_builtin_codes
from filing.services.contexts import contexts_of
from filing.services.filed import record_filed
from reporting.demo import papers
from tests import factories

O, S = Operation, RequestState  # noqa: E741
NUMBER = "京ICP备2026000001号"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tables(db: None) -> None:
    load_builtin_codes()


def held(**more: Any) -> Website:
    """A filing of ours: one website, one domain, two accesses, one of them another provider's."""
    ranges = (RangeData(3405803786, 3405803788, bureau_id=5001),)
    site = factories.filed_website(
        2001,
        DomainData("example.cn", 3001),
        number=f"{NUMBER}-1",
        home_url="www.example.cn",
        accesses=(
            AccessData(4001, provider_id=factories.ISP_ID, ranges=ranges),
            AccessData(4002, provider_id=factories.OTHER_ISP_ID),
        ),
    )
    facts = {"number": NUMBER} | more
    record_filed(factories.filed_subject(site, **facts), isp_id=factories.ISP_ID, proof={})
    return Website.objects.get()


def context(operation: str, content: dict[str, Any], **more: Any) -> Context:
    request = Request(operation=operation, isp_id=factories.ISP_ID, **more)
    return contexts_of([(request, content)])[0]


def codes(operation: str, content: dict[str, Any], **more: Any) -> set[int]:
    return {
        each.code
        for each in check(operation, content, context(operation, content, **more), only_blocking=True)
    }


def test_it_finds_what_is_filed_by_certificate_domain_and_id() -> None:
    held()
    facts = context(O.NEW_FILING, factories.new_filing(factories.website("甲", "Example.cn"))).held
    [subject] = facts.subjects_with(1, f" {factories.CREDIT_CODE.lower()}")
    assert (subject.number, subject.bureau_id) == (NUMBER, 1001)
    [site] = facts.websites_with("example.cn")
    assert (site.number, site.subject_name, site.home_url) == (
        f"{NUMBER}-1",
        factories.NAME,
        "www.example.cn",
    )
    assert facts.websites_with("other.cn") == facts.subjects_with(2, factories.CREDIT_CODE) == ()
    assert {1003, 1005} <= codes(O.NEW_FILING, factories.new_filing())


def test_it_forgets_what_was_cancelled() -> None:
    site = held()
    Website.objects.update(state=FiledState.CANCELLED)
    site.subject.state = FiledState.CANCELLED
    site.subject.save()
    assert codes(O.NEW_FILING, factories.new_filing()) == set()


def test_it_knows_a_website_with_all_that_is_under_it() -> None:
    held()
    content = factories.document(O.CHANGE, factories.stored_image())
    site = context(O.CHANGE, content).held.website(2001)
    assert site is not None
    assert (site.domain_ids, site.subject_bureau_id) == ({3001}, 1001)
    assert [(each.bureau_id, each.provider_id, each.ranges) for each in site.accesses] == [
        (4001, factories.ISP_ID, {5001}),
        (4002, factories.OTHER_ISP_ID, frozenset()),
    ]
    other = Request(operation=O.CHANGE, isp_id=factories.OTHER_ISP_ID)
    assert contexts_of([(other, content)])[0].held.website(2001) is None, (
        "another link's ids are another bureau's"
    )
    assert codes(O.CHANGE, content) == set()


def test_it_tells_whose_access_it_is_and_whether_it_is_the_only_one() -> None:
    held()
    own, theirs = {"bureau_id": 4001, "reason": 1}, {"bureau_id": 4002, "reason": 1}
    assert codes(O.CANCEL_ACCESS, own) == set()
    assert codes(O.CANCEL_ACCESS, theirs) == {1047}
    assert codes(O.NEW_ACCESS, {"website_number": f"{NUMBER}-1", "access": factories.access()}) == {1029}
    Website.objects.get().accesses.filter(bureau_id=4002).delete()
    assert codes(O.CANCEL_ACCESS, own) == {1025}


def test_it_reads_the_blacklists() -> None:
    more: dict[str, Any] = {"isp_id": 1, "at": factories.AT, "proof": {"download": 1, "position": 1}}
    blacklist.keep_subject(BlacklistedSubjectData(ListAction.ADD, 1, factories.CREDIT_CODE), **more)
    blacklist.keep_website(BlacklistedWebsiteData(ListAction.ADD, ("EXAMPLE.cn",)), **more)
    assert codes(O.NEW_FILING, factories.new_filing()) == {1064, 1065}


def test_it_sees_requests_from_the_moment_they_are_packed() -> None:
    first = factories.request_in(S.READY, isp_id=factories.ISP_ID)
    content = factories.new_filing()
    facts = context(O.NEW_FILING, content).held
    assert (
        list(facts.asked_for_domain("example.cn")),
        list(facts.asked_for_owner(1, factories.CREDIT_CODE)),
    ) == ([], [])
    factories.bring_to(first, S.AWAITING_BUREAU)
    facts = context(O.NEW_FILING, content).held
    assert [each.ref for each in facts.asked_for_domain("example.cn")] == [first.ref]
    assert [each.ref for each in facts.asked_for_owner(1, factories.CREDIT_CODE)] == [first.ref]
    own = contexts_of([(first, content)])[0].held
    assert list(own.asked_for_domain("example.cn")) == [], "nothing stands in its own way"


def test_it_holds_back_what_the_bureau_would_refuse_beside_an_open_cancellation() -> None:
    held()
    content = {"number": NUMBER, "reason": 1}
    gone = factories.draft(content=content, operation=O.CANCEL_SUBJECT, isp_id=factories.ISP_ID)
    Request.objects.filter(pk=gone.pk).update(icp_password="Invented-1")
    gone.refresh_from_db()
    factories.bring_to(gone, S.AWAITING_BUREAU)
    site = {"subject_number": NUMBER, "websites": [factories.website("虚构新站", "new-site.cn")]}
    assert codes(O.NEW_WEBSITE, site) == {1042}
    assert codes(O.CANCEL_WEBSITE, {"bureau_id": 2001, "reason": 1}) == {1042}
    assert 1017 in codes(O.CHANGE, factories.document(O.CHANGE, factories.stored_image()))
    factories.bring_to(gone, S.REJECTED)
    assert codes(O.NEW_WEBSITE, site) == set()


def test_it_notices_what_was_filed_of_a_correction() -> None:
    request = factories.request_in(S.AWAITING_BUREAU, isp_id=factories.ISP_ID)
    content = request.revisions.get().content
    record_filed(factories.answer(request), isp_id=factories.ISP_ID, proof={})
    own = {key: value for key, value in content.items() if key == "websites"} | {
        "subject_number": "京ICP备1号"
    }
    assert {1037, 1038, 1040} <= codes(O.NEW_WEBSITE, own, revision_number=2)
    assert not {1037, 1038, 1040} & codes(O.NEW_WEBSITE, own, revision_number=1)


def test_it_counts_the_subjects_of_a_mobile_number() -> None:
    for n in range(5):
        data = factories.filed_subject(
            bureau_id=n + 1,
            responsible=PersonData(mobile="13900000000"),
            certificate_number=papers.credit_code(110108, n),
            websites=(),
        )
        record_filed(data, isp_id=factories.ISP_ID, proof={})
    content = factories.new_filing()
    content["subject"]["responsible"]["mobile"] = "13900000000"
    assert context(O.NEW_FILING, content).held.subjects_called_at("13900000000") == 5


@pytest.mark.parametrize("many", [2, 40])
def test_it_asks_the_database_as_often_for_many_as_for_two(many: int, django_assert_num_queries: Any) -> None:
    held()
    change = factories.document(O.CHANGE, factories.stored_image())
    documents = []
    for n in range(many):
        filing = factories.new_filing(
            factories.website(f"虚构{n}站", f"a{n}.cn"), content=factories.stored_image()
        )
        filing["subject"]["certificate"]["number"] = papers.credit_code(110108, n)
        documents.append(
            (Request(operation=O.NEW_FILING, isp_id=factories.ISP_ID, revision_number=2), filing)
        )
        documents.append((Request(operation=O.CHANGE, isp_id=factories.ISP_ID), change))
        documents.append((Request(operation=O.UNFILED_RESULT), factories.document(O.UNFILED_RESULT)))
    check(O.CHANGE, change, contexts_of(documents[:2])[1])  # reads the code tables
    # Three for images, records, settings; then each question of `FactsForMany` once, a website with four more.
    with django_assert_num_queries(19):
        for (request, content), each in zip(documents, contexts_of(documents), strict=True):
            check(request.operation, content, each)
