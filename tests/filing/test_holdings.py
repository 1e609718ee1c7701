"""What acts on something filed: how it is found here, which ids it gets, and by which names the bureau answers."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from filing.choices import FiledState, Operation, RequestState
from filing.filed_data import AccessData, DomainData, RangeData, SubjectData
from filing.models import Access, Domain, Request, Subject, Website
from filing.services.errors import RecordInvalid
from filing.services.filed import record_filed
from tests import factories

O, S = Operation, RequestState  # noqa: E741
NUMBER = "京ICP备2026000001号"
RANGE = RangeData(3405803786, 3405803788, bureau_id=5001)  # 203.0.113.10 to .12

pytestmark = pytest.mark.django_db


def held(isp_id: int = factories.ISP_ID, **more: Any) -> Subject:
    """A filing that is held here: one website with two domains and one access of ours."""
    site = factories.filed_website(
        2001,
        DomainData("example.cn", 3001),
        DomainData("example.com", 3002),
        number=f"{NUMBER}-1",
        accesses=(AccessData(4001, provider_id=isp_id, ranges=(RANGE,)),),
    )
    data: SubjectData = factories.filed_subject(site, number=NUMBER, nature=4, **more)
    return record_filed(data, isp_id=isp_id, proof={})[0]


def without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_ids(each) for key, each in value.items() if key != "bureau_id"}
    return [without_ids(each) for each in value] if isinstance(value, list) else value


def asked(operation: str, content: dict[str, Any] | None = None, **more: Any) -> Request:
    """A draft with a password where one is needed."""
    made = factories.draft(content=content, operation=operation, isp_id=factories.ISP_ID, **more)
    Request.objects.filter(pk=made.pk).update(icp_password="Invented-1")
    return Request.objects.get(pk=made.pk)


def submitted(operation: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
    """The document as it is frozen. Raises: RecordInvalid."""
    request = asked(operation, content)
    factories.submit(request, user=factories.user("owner"))
    frozen: dict[str, Any] = request.revisions.get().content
    return frozen


def faults(operation: str, content: dict[str, Any] | None = None) -> dict[str, str]:
    with pytest.raises(RecordInvalid) as refused:
        submitted(operation, content)
    return {each.path: each.message for each in refused.value.problems}


def change() -> dict[str, Any]:
    """A change by numbers, domains and addresses alone."""
    content = without_ids(factories.document(O.CHANGE, factories.stored_image()))
    content["attachments"] = [factories.document(O.NEW_FILING, factories.stored_image())["attachments"][0]]
    found: dict[str, Any] = content
    return found


# --- the bureau's ids -----------------------------------------------------------------------------


def test_it_fills_in_the_bureaus_ids_of_a_change() -> None:
    held()
    content = change()
    content["websites"][0]["domains"].append({"name": "Example.COM"})
    content["websites"][0]["domains"].append({"name": "new.cn"})
    content["websites"][0]["accesses"][0]["ip_ranges"].append(
        {"start": "203.0.113.60", "end": "203.0.113.60"}
    )
    frozen = submitted(O.CHANGE, content)
    [site] = frozen["websites"]
    assert (frozen["subject"]["bureau_id"], site["bureau_id"]) == (1001, 2001)
    assert [each.get("bureau_id") for each in site["domains"]] == [3001, 3002, None]
    [access] = site["accesses"]
    assert access["bureau_id"] == 4001
    assert [each.get("bureau_id") for each in access["ip_ranges"]] == [5001, None]
    assert all("own_id" in each for each in site["domains"] + access["ip_ranges"])


def test_it_names_what_is_filed_by_the_number_that_the_bureau_knows() -> None:
    held()
    Domain.objects.filter(bureau_id=3001).update(own_id=77)
    assert submitted(O.CHANGE, change())["websites"][0]["domains"][0]["own_id"] == 77


def test_it_keeps_the_ids_that_the_document_gives() -> None:
    content = factories.document(O.CHANGE, factories.stored_image())
    frozen = submitted(O.CHANGE, content)
    assert frozen["subject"]["bureau_id"] == 1001
    assert frozen["websites"][0]["accesses"][0]["bureau_id"] == 4001


def test_it_says_which_part_of_a_change_is_not_held_here() -> None:
    assert set(faults(O.CHANGE, change())) == {"subject.bureau_id"}
    held()
    content = change()
    content["websites"].append(copy.deepcopy(content["websites"][0]) | {"number": f"{NUMBER}-9"})
    content["websites"][0]["accesses"].append(factories.access(("203.0.113.200", "203.0.113.200")))
    assert set(faults(O.CHANGE, content)) == {
        "websites[0].accesses[1].bureau_id",
        "websites[1].bureau_id",
    }


@pytest.mark.parametrize(
    ("operation", "number", "bureau_id"),
    [
        (O.CANCEL_SUBJECT, NUMBER, 1001),
        (O.CANCEL_SUBJECT, " 京icp备2026000001号 ", 1001),
        (O.CANCEL_WEBSITE, f"{NUMBER}-1", 2001),
        (O.CANCEL_WEBSITE, f"{NUMBER}－1", 2001),
        (O.CANCEL_ACCESS, f"{NUMBER}-1", 4001),
    ],
)
def test_it_fills_in_the_bureaus_id_of_a_cancellation(operation: str, number: str, bureau_id: int) -> None:
    content = {"number": number, "reason": 1}
    assert set(faults(operation, content)) == {"number"}
    Request.objects.all().delete()
    held()
    if operation == O.CANCEL_ACCESS:  # the only one cannot be cancelled
        Access.objects.create(
            website=Website.objects.get(), isp_id=factories.ISP_ID, bureau_id=4009, provider_id=9
        )
    assert submitted(operation, content)["bureau_id"] == bureau_id


def test_it_takes_our_own_access_where_a_website_has_several() -> None:
    subject = held()
    site = factories.filed_website(
        2001,
        number=f"{NUMBER}-1",
        accesses=(AccessData(4009, provider_id=9), AccessData(4001, provider_id=factories.ISP_ID)),
    )
    record_filed(factories.filed_subject(site, number=NUMBER), isp_id=factories.ISP_ID, proof={})
    assert Website.objects.get().subject == subject
    assert submitted(O.CANCEL_ACCESS, {"number": f"{NUMBER}-1", "reason": 1})["bureau_id"] == 4001


def test_it_looks_only_at_what_its_own_link_brought() -> None:
    held(isp_id=factories.OTHER_ISP_ID)
    assert set(faults(O.CANCEL_SUBJECT, {"number": NUMBER, "reason": 1})) == {"number"}


@pytest.mark.parametrize("operation", [O.NEW_ACCESS, O.CANCEL_SUBJECT])
def test_it_asks_for_the_filing_password_where_the_bureau_checks_it(operation: str) -> None:
    request = asked(operation)
    Request.objects.filter(pk=request.pk).update(icp_password="")
    with pytest.raises(RecordInvalid, match="icp_password"):
        factories.submit(Request.objects.get(pk=request.pk), user=factories.user("owner"))


# --- what the rules know of it --------------------------------------------------------------------


@pytest.mark.parametrize("operation", [O.NEW_WEBSITE, O.NEW_ACCESS, O.CHANGE, O.CANCEL_SUBJECT])
def test_it_asks_nothing_of_a_cancelled_subject(operation: str) -> None:
    held()
    Access.objects.update(provider_id=factories.OTHER_ISP_ID)
    content = factories.document(operation, factories.stored_image())
    if operation == O.NEW_WEBSITE:
        content["websites"][0] = factories.website("虚构新站", "example-new.cn")
    if operation == O.CANCEL_SUBJECT:
        content = {"number": NUMBER, "reason": 1}
    submitted(operation, copy.deepcopy(content))
    Request.objects.all().delete()
    Subject.objects.update(state=FiledState.CANCELLED)
    assert "1049" in "".join(faults(operation, content).values())


def test_it_knows_the_nature_of_the_subject_that_it_is_about() -> None:
    content = factories.document(O.NEW_WEBSITE, factories.stored_image())
    content["websites"][0] = factories.website("虚构新站", "example-new.cn")
    del content["websites"][0]["responsible"]["office_phone"]
    assert set(faults(O.NEW_WEBSITE, copy.deepcopy(content))) == {"websites[0].responsible.office_phone"}
    Request.objects.all().delete()
    held()
    Subject.objects.update(nature=5)
    assert submitted(O.NEW_WEBSITE, content)


def test_it_keeps_a_change_in_its_province() -> None:
    held(province=310000)
    assert "1046" in faults(O.CHANGE, change())["subject.address.province"]


@pytest.mark.parametrize(
    "operation", [O.NEW_WEBSITE, O.NEW_ACCESS, O.CANCEL_SUBJECT, O.CANCEL_WEBSITE, O.CANCEL_ACCESS]
)
def test_it_names_the_subject_in_lists(operation: str) -> None:
    held()
    assert asked(operation).subject_name == factories.NAME


# --- by which names the bureau answers ------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "results", "decisions"),
    [
        # Spec: protocol "What comes back, and to what it belongs".
        (O.NEW_WEBSITE, {"1001", NUMBER}, None),
        (O.NEW_ACCESS, {"2001", f"{NUMBER}-1"}, None),
        (O.CHANGE, {"1001", NUMBER}, {"1001"}),
        (O.CANCEL_SUBJECT, {"1001", NUMBER}, {"1001"}),
        (O.CANCEL_WEBSITE, {"2001", "1001"}, {"2001"}),
        (O.CANCEL_ACCESS, {"4001", "1001"}, {"4001"}),
        (O.SUBMIT_MATERIALS, {f"{NUMBER}-1"}, set()),
        (O.VERIFICATION_RESULT, {"1001"}, set()),
        (O.UNFILED_RESULT, {"unfiled.example.cn"}, set()),
    ],
)
def test_it_knows_the_names_by_which_the_bureau_answers(
    operation: str, results: set[str], decisions: set[str] | None
) -> None:
    held()
    request = asked(operation)
    content = request.revisions.get().content
    own = [str(site["own_id"]) for site in content.get("websites", []) if "own_id" in site]
    own += [str(content["access"]["own_id"])] if "access" in content else []
    assert set(request.decision_keys) == (set(own) if decisions is None else decisions)
    assert set(request.result_keys) == results | (set(own) if operation == O.NEW_ACCESS else set())


def test_it_knows_the_same_target_by_number_and_by_id() -> None:
    held()
    for first, second in [
        ({"subject_number": NUMBER}, {"subject_bureau_id": 1001}),
        ({"subject_bureau_id": 1001}, {"subject_number": NUMBER}),
    ]:
        rest = {"websites": [factories.website("虚构新站", "example.com")]}
        one = asked(O.NEW_WEBSITE, first | rest)
        with pytest.raises(RecordInvalid, match="1017"):
            asked(O.NEW_WEBSITE, second | rest)
        one.delete()
