"""Filing passwords are checked with the bureau over a socket, within its few tries, and are in no answer and no row."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from filing.models import Request
from filing.services.intake import import_requests
from reporting.choices import PasswordTried
from reporting.models import Link, PasswordTry
from reporting.services.password_check import check_password
from simulator import Bureau
from tests import factories

PASSWORD, WRONG = "Demo-12345", "Wrong-54321"
pytestmark = pytest.mark.django_db
P = PasswordTried


def about(bureau: Bureau, number: str = "", ref: str = "p-1") -> Request:
    number = number or bureau.add_neighbours(1)[0].websites[0].number
    item = {"ref": ref, "operation": "new_access", "website_number": number, "access": factories.access()}
    [row] = import_requests([item])
    assert not row.problems
    return Request.objects.get(ref=ref)


def test_it_asks_the_bureau_and_counts_only_what_was_wrong(link: Link, bureau: Bureau) -> None:
    request = about(bureau)
    verdicts = [check_password(request, text) for text in (PASSWORD, WRONG, PASSWORD)]
    assert [(each.outcome, each.left) for each in verdicts] == [(P.RIGHT, 5), (P.WRONG, 4), (P.RIGHT, 4)]
    assert set(PasswordTry.objects.values_list("number", flat=True)) == {
        request.result_keys[1].rpartition("-")[0]
    }


def test_it_stops_before_the_bureau_does(link: Link, bureau: Bureau) -> None:
    link.most_password_tries = 3
    link.save()
    request = about(bureau)
    assert [check_password(request, WRONG).left for _ in range(3)] == [2, 1, 0]
    calls = len(bureau.journal)
    verdict = check_password(request, PASSWORD)
    assert (verdict.outcome, verdict.left, len(bureau.journal)) == (P.USED_UP, 0, calls)
    assert check_password(about(bureau, ref="p-2"), PASSWORD).is_right, "another filing has its own tries"


def test_it_asks_no_more_where_the_bureau_says_so(link: Link, bureau: Bureau) -> None:
    bureau.set_options({"password_tries": 1})
    request = about(bureau)
    assert check_password(request, WRONG).outcome == P.WRONG
    verdict = check_password(request, WRONG)
    assert (verdict.outcome, PasswordTry.objects.first().code) == (P.USED_UP, 22)  # type: ignore[union-attr]
    calls = len(bureau.journal)
    assert check_password(request, PASSWORD).outcome == P.USED_UP
    assert len(bureau.journal) == calls


def test_it_counts_a_try_whose_answer_was_lost(link: Link, bureau: Bureau) -> None:
    request = about(bureau)
    bureau.faults.add("lost_answer", method="isp_verifybamm")
    verdict = check_password(request, PASSWORD)
    assert (verdict.outcome, verdict.left) == (P.ASKED, 4)
    bureau.faults.add("code", method="isp_verifybamm", code=901)
    assert (check_password(request, PASSWORD).outcome, check_password(request, PASSWORD).left) == (
        P.REFUSED,
        4,
    )


@pytest.mark.parametrize(("form", "told"), [("hashed", "md5"), ("plain", "plain")])
@pytest.mark.parametrize("number", ["subject", "website"])
def test_it_asks_in_the_form_of_the_link(
    link: Link, bureau: Bureau, form: str, told: str, number: str
) -> None:
    bureau.set_options({"bamm_form": told, "bamm_number": number})
    Link.objects.update(password_form=form, password_number=number)
    assert check_password(about(bureau), PASSWORD).is_right


def test_it_answers_the_form_without_the_password(link: Link, bureau: Bureau, client: Client) -> None:
    request = about(bureau)
    address = f"/requests/{request.ref}/password-check/"
    assert client.post(address, {"icp_password": PASSWORD}).status_code == 302, "nobody is signed in"
    client.force_login(factories.user("reviewer", "review_request"))
    assert client.post(address, {"icp_password": PASSWORD}).status_code == 403
    client.force_login(factories.user("owner", "enter_request"))
    texts = [client.post(address, {"icp_password": each}).content.decode() for each in (PASSWORD, WRONG, "")]
    assert ["密码正确" in text for text in texts] == [True, False, False]
    assert "还可校验 4 次" in texts[1] and "先填备案密码" in texts[2]
    assert not any(each in text for text in texts for each in (PASSWORD, WRONG))
    assert client.get(address).status_code == 405


def test_it_says_what_is_missing(db: Any, client: Client) -> None:
    [row] = import_requests([{"ref": "p-3", "operation": "cancel_subject", "bureau_id": 7, "reason": 1}])
    request = Request.objects.get(ref=row.ref)
    assert (check_password(request, "").outcome, "先填" in check_password(request, "").words) == (None, True)
    assert "链路" in check_password(request, PASSWORD).words
    assert not PasswordTry.objects.exists()
