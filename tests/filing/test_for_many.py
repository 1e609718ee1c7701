"""What is looked up for many documents at once is what is looked up for each, in as many queries as for one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filing.choices import FiledState, Operation, RequestState, Severity
from filing.identifiers import BadDomain, domains, normalise_host
from filing.models import Request, Subject
from filing.rules import Context, check
from filing.services.attachments import facts_of, references
from filing.services.contexts import contexts_of
from filing.services.filed import record_filed
from filing.services.holdings import find_subject, find_website, subject_held, subjects_held
from filing.services.revisions import current_contents
from tests import factories

MINE, OTHER = factories.ISP_ID, factories.OTHER_ISP_ID


@pytest.fixture
def filed(db: None) -> None:
    """Three subjects of our link, and one of another whose id and numbers are the same as the first's."""
    for n, isp_id in ((1, MINE), (2, MINE), (3, MINE), (1, OTHER)):
        number = f"京ICP备{n:08d}号"
        site = factories.filed_website(20 + n, domains=(), accesses=(), number=f"{number}-1")
        data = factories.filed_subject(site, bureau_id=10 + n, number=number, name=f"虚构{n}号")
        record_filed(data, isp_id=isp_id, proof={})


DOCUMENTS: list[dict[str, Any]] = [
    {"subject": {"bureau_id": 11}},
    {"subject": {"number": "京ICP备00000002号"}},
    {"subject_number": " 京icp备00000003号 "},
    {"subject_bureau_id": 13, "subject_number": "京ICP备00000001号"},
    {"website_bureau_id": 22},
    {"website_number": "京ICP备00000001号-1"},
    {"website_number": "京ICP备00000099号-1"},
    {"subject": {"name": "甲"}, "websites": []},
    {},
]


ABOUT_FILED = [(Operation.CHANGE, document) for document in DOCUMENTS]
ASKED = [
    *ABOUT_FILED,
    (Operation.CANCEL_SUBJECT, {"bureau_id": 12}),
    (Operation.CANCEL_WEBSITE, {"number": "京ICP备00000003号-1"}),
    (Operation.CANCEL_ACCESS, {"bureau_id": 31}),
]


@pytest.mark.parametrize("isp_id", [MINE, OTHER, None])
def test_it_finds_the_subject_of_each_as_of_one(filed: None, isp_id: int | None) -> None:
    each = [subject_held(operation, isp_id, document) for operation, document in ASKED]
    assert subjects_held([(operation, isp_id, document) for operation, document in ASKED]) == each
    by_hand: list[Subject | None] = [
        find_subject(isp_id, bureau_id=11),
        find_subject(isp_id, number="京ICP备00000002号"),
        find_subject(isp_id, number="京ICP备00000003号"),
        find_subject(isp_id, bureau_id=13),
    ]
    by_hand += [
        found.subject if found else None
        for found in (
            find_website(isp_id, bureau_id=22),
            find_website(isp_id, number="京ICP备00000001号-1"),
            find_website(isp_id, number="京ICP备00000099号-1"),
        )
    ]
    assert each[: len(DOCUMENTS)] == [*by_hand, None, None]
    assert any(each)


def test_it_needs_three_queries_for_the_subjects_of_all(filed: None, django_assert_num_queries: Any) -> None:
    asked: list[tuple[str, int | None, dict[str, Any]]] = [
        (operation, isp_id, each) for operation, each in ASKED for isp_id in (MINE, OTHER, None)
    ]
    with django_assert_num_queries(3):
        found = subjects_held(asked)
    assert found == [subject_held(*each) for each in asked]


def test_it_gives_the_rules_what_each_document_is_about(filed: None, django_assert_num_queries: Any) -> None:
    Subject.objects.filter(isp_id=MINE, bureau_id=12).update(state=FiledState.CANCELLED, nature=5)
    red, blue = factories.stored_image(colour="red"), factories.stored_image(colour="blue")
    contents: list[dict[str, Any]] = [
        {"subject_bureau_id": 12, "attachments": [{"content": red}]},
        {"subject": {"name": "甲"}, "attachments": [{"content": red}, {"content": blue}]},
        {"websites": [{"pre_approvals": [{"scans": [blue, "sha256:" + "0" * 64]}]}]},
    ]
    documents = [(Request(operation=Operation.NEW_WEBSITE, isp_id=MINE), content) for content in contents]
    # Images, subjects, settings of bureaus: what rules ask beside them is asked when they ask.
    with django_assert_num_queries(3):
        found = contexts_of(documents)
    assert [each.images for each in found] == [facts_of(content) for content in contents]
    assert [len(each.images) for each in found] == [1, 2, 1]
    assert [(each.held_nature, each.held_cancelled) for each in found] == [
        (5, True),
        (None, False),
        (None, False),
    ]


@pytest.mark.django_db
def test_it_reads_the_revision_that_each_request_stands_at(django_assert_num_queries: Any) -> None:
    first, second = factories.request_in(RequestState.READY), factories.draft()
    first.revisions.create(number=2, content={"later": True})
    with django_assert_num_queries(1):
        found = current_contents([first, second])
    assert found == {each.pk: each.revisions.get(number=1).content for each in (first, second)}


def test_it_finds_references_wherever_they_stand() -> None:
    deep: Any = "sha256:" + "a" * 64
    for n in range(2000):
        deep = [deep] if n % 2 else {"x": deep}
    assert references(deep) == {"a" * 64}
    assert references(["sha256", 5, None, {"sha256:key": 1}]) == set()


def test_it_asks_only_rules_that_block_where_nobody_reads_warnings(builtin_tables: None) -> None:
    content = factories.new_filing(content="sha256:" + "0" * 64)
    content["subject"]["certificate"]["number"] = "91110108MA000000X5"  # warned of
    content["subject"]["responsible"]["mobile"] = "1"  # blocked
    every = check(Operation.NEW_FILING, content, Context())
    blocking = check(Operation.NEW_FILING, content, Context(), only_blocking=True)
    assert {each.severity for each in every} == {Severity.BLOCK, Severity.WARN}
    assert blocking == [each for each in every if each.severity == Severity.BLOCK] != []


# --- hosts that need no taking apart ---------------------------------------------------------------


def taken_apart(text: str, monkeypatch: pytest.MonkeyPatch) -> str | None:
    monkeypatch.setattr(domains, "_NORMAL_HOST", domains.re.compile("(?!)"))
    try:
        return normalise_host(text)
    except BadDomain:
        return None


@given(
    labels=st.lists(st.text("abxnz019-", max_size=66), min_size=1, max_size=5),
    after=st.sampled_from(["", ".", ".cn", ".xn--fiqs8s", ":80"]),
)
def test_it_takes_only_such_hosts_as_they_are_that_come_out_so(labels: list[str], after: str) -> None:
    text = ".".join(labels) + after
    try:
        quick = normalise_host(text)
    except BadDomain:
        quick = None
    with pytest.MonkeyPatch.context() as monkeypatch:
        assert quick == taken_apart(text, monkeypatch)


@pytest.mark.parametrize(
    "text",
    ["a.cn", "a-b.cn", "ab--c.cn", "a.b-", "-a.cn", "1.2.3.4", "a.1", "x" * 63 + ".cn", "x" * 64 + ".cn"],
)
def test_it_takes_these_as_ever(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        quick = normalise_host(text)
    except BadDomain:
        quick = None
    assert quick == taken_apart(text, monkeypatch)
