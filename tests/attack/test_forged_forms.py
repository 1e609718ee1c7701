"""Forms that no page of ours sent: from elsewhere, with fields changed or added, twice, at once."""

from __future__ import annotations

from typing import Any

import pytest

from tests import access
from tests.access_table import TABLE
from tests.attack.house import House
from tests.threads import at_once

MASS = {
    **dict.fromkeys(("state", "new_state", "request-state"), "approved"),
    **dict.fromkeys(
        ("created_by", "created_by_id", "submitted_by", "owner", "user", "user_id", "actor"), "1"
    ),
    **dict.fromkeys(("ref", "pk", "id"), "R-19990101-0001"),
    **dict.fromkeys(("role", "groups", "is_superuser", "is_staff", "user_permissions"), "1"),
    **dict.fromkeys(
        ("edits", "revision_number", "frozen_at", "is_frozen", "decided_at", "bureau_words"), "7"
    ),
    **{"subject-own_id": "1", "subject-bureau_id": "1", "operation": "cancel_subject", "icp_password": "x"},
}
FORGED: dict[str, dict[str, Any]] = {
    "no token": {"X-CSRFToken": None},
    "a made-up token": {"X-CSRFToken": "a" * 64},
    "a token of another browser": {"X-CSRFToken": "b" * 32},
    "a foreign origin": {"Origin": "https://evil.example"},
    "no origin at all that can be named": {"Origin": "null"},
    "our name as a part of another": {"Origin": "https://127.0.0.1.evil.example"},
    "our host by http": {"Origin": "http://127.0.0.1"},
    "a foreign referer": {"Origin": None, "Referer": "https://evil.example/"},
    "neither origin nor referer": {"Origin": None, "Referer": None},
}


@pytest.mark.parametrize("name", FORGED)
def test_a_form_from_elsewhere_is_refused_and_recorded(name: str, house: House) -> None:
    mate, ref = house.as_("mate"), house.facts["mine"]
    before = len(house.refused("mate"))
    answer = mate.act(f"/requests/{ref}/withdraw/", {"reason": name}, headers=FORGED[name])
    assert answer.status_code == 403
    assert house.state(ref) == "draft"
    assert len(house.refused("mate")) == before + 1


def test_every_act_wants_a_token(house: House) -> None:
    """Each address that takes a POST, as the one who may do all: none is left out of the protection."""
    from_elsewhere = {"Origin": "https://evil.example", "X-CSRFToken": house.as_("root").token()}
    open_ones = []
    for name, address in access.addresses().items():
        if TABLE[name][1] != access.NO:
            answer = house.as_("root").ask("POST", address, data={"x": "y"}, headers=from_elsewhere)
            if answer.status_code != 403:
                open_ones.append((name, answer.status_code))
    assert open_ones == []


def test_fields_that_are_nobodys_to_fill_in_change_nothing(house: House) -> None:
    mate = house.as_("mate")
    answer = mate.act("/requests/new/", {"subject-name": "多填的虚构有限公司", "do": "save"} | MASS)
    assert answer.status_code == 302
    ref = answer.headers["Location"].split("/")[2]
    row = "SELECT state, created_by_id, operation, isp_id, revision_number FROM filing_request WHERE ref = %s"
    facts = house.rows(row, ref)
    assert facts == [("draft", house.facts["people"]["mate"], "new_filing", *facts[0][3:])]
    assert ref.startswith("R-2") and ref != MASS["ref"]
    assert not house.rows("SELECT 1 FROM filing_request WHERE ref = %s", MASS["ref"])
    mate.act(f"/requests/{ref}/edit/", {"subject-name": "再多填", "do": "save", "revision": "1"} | MASS)
    assert house.rows(row, ref)[0][:3] == facts[0][:3]


@pytest.mark.parametrize(
    "do", ["approve", "ready", "move:approved", "submit:1", "delete", "__class__", "add:../x"]
)
def test_a_button_that_is_not_there_does_nothing(do: str, house: House) -> None:
    mate, ref = house.as_("mate"), house.facts["mine"]
    answer = mate.act(f"/requests/{ref}/edit/", {"do": do, "revision": "1", "edits": "0"})
    assert answer.status_code < 500
    assert house.state(ref) == "draft"


def test_nobody_makes_themselves_an_administrator(house: House) -> None:
    """By the form of one's account, of another's, or of a new one."""
    rows = "SELECT id, is_superuser, is_active, password FROM auth_user ORDER BY id"
    groups = "SELECT user_id, group_id FROM auth_user_groups ORDER BY 1, 2"
    before = house.rows(rows), house.rows(groups)
    mate = house.facts["people"]["mate"]
    more = {"username": "mate", "is_superuser": "on", "is_active": "on", "groups": ["1", "2", "3", "4", "5"]}
    for path in (
        f"/people/auth/user/{mate}/change/",
        "/people/auth/user/add/",
        f"/people/auth/user/{mate}/password/",
    ):
        for who in ("mate", "auditor", "operator", "nobody"):
            answer = house.as_(who).act(path, {**more, "password1": "x" * 20, "password2": "x" * 20})
            assert answer.status_code in (302, 403)
    # Who is administrator by group alone makes nobody a superuser, themselves least of all.
    manager = house.facts["people"]["manager"]
    house.as_("manager").act(f"/people/auth/user/{manager}/change/", more | {"username": "manager"})
    house.as_("manager").act(
        f"/people/auth/user/{house.facts['people']['root']}/password/",
        {"password1": "Nobody-Knows.77x", "password2": "Nobody-Knows.77x", "usable_password": "true"},
    )
    after = house.rows(rows)
    assert [each[:2] for each in after] == [each[:2] for each in before[0]]
    root = house.facts["people"]["root"]
    assert [each for each in after if each[0] == root] == [each for each in before[0] if each[0] == root]


def test_nobody_reviews_their_own_by_a_second_tab_or_by_hand(house: House) -> None:
    both, ref = house.as_("both"), house.facts["own"]
    for data in (
        {"decision": "approve", "revision": "1"},
        {"decision": "approve", "revision": "1", "user": "7"},
    ):
        assert both.act(f"/requests/{ref}/review/", data).status_code == 422
    assert house.sign_in("both").act(f"/requests/{ref}/review/", data).status_code == 422
    [(key,)] = house.rows("SELECT id FROM filing_request WHERE ref = %s", ref)
    assert both.act("/review/several/", {"decision": "approve", "chosen": f"{key}.1"}).status_code == 302
    assert house.state(ref) == "in_review"
    assert any("自己" in str(each.get("why")) for each in house.refused("both"))


def test_a_decision_counts_once_however_often_and_at_once_it_is_sent(house: House) -> None:
    """Two reviewers at the same moment, one of them twice; then the same form again."""
    ref = house.facts["waiting"]
    path, data = f"/requests/{ref}/review/", {"decision": "approve", "revision": "1"}
    who = [house.as_("reviewer"), house.as_("second"), house.sign_in("reviewer")]
    for each in who:
        each.token()
    answers = at_once(*(lambda each=each: each.act(path, data) for each in who))
    assert all(each.status_code < 500 for each in answers)
    assert house.state(ref) == "ready"
    decided = (
        "SELECT count(*) FROM filing_requestevent e JOIN filing_request r ON r.id = e.request_id "
        "WHERE r.ref = %s AND e.old_state = 'in_review' AND e.new_state = 'ready'"
    )
    assert house.rows(decided, ref) == [(1,)]
    replay = who[0].act(path, data | {"decision": "return", "opinion": "重放"})
    assert replay.status_code == 302 and house.state(ref) == "ready"
    assert house.rows(decided, ref) == [(1,)]


def test_an_old_page_approves_no_newer_content(house: House) -> None:
    ref = house.facts["own"]
    for revision in ("0", "2", "99", "", "1 OR 1=1"):
        answer = house.as_("reviewer").act(
            f"/requests/{ref}/review/", {"decision": "approve", "revision": revision}
        )
        assert answer.status_code == 409
    assert house.state(ref) == "in_review"
