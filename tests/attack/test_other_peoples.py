"""What belongs to somebody else: drafts and images of another team, sessions, alerts, forms, files of exports."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.attack.house import PASSWORD, House
from tests.invented import SITE_CARD, SUBJECT_CARD

PARTS = (
    *("", "edit/", "submit/", "correct/", "withdraw/", "xml/", "xml/?raw=1", "xml/images/1/", "freshness/"),
    *("diagnosis/", "password-check/", "materials/", "verification/", "verification/summary/"),
    *("verification/record/", "verification/papers/", "verification/papers/1/send/"),
)
HIDDEN = "别队的虚构客户"


@pytest.mark.parametrize("part", PARTS)
def test_a_draft_of_another_team_is_not_there(part: str, house: House) -> None:
    """By its number in the address, by GET and by POST: as if there were none, and the attempt is recorded."""
    staff, ref = house.as_("staff"), house.facts["theirs"]
    before = house.rows("SELECT content::text FROM filing_revision WHERE request_id = "
                        "(SELECT id FROM filing_request WHERE ref = %s)", ref)  # fmt: skip
    for answer in (
        staff.look(f"/requests/{ref}/{part}"),
        staff.act(f"/requests/{ref}/{part}", {"reason": "x"}),
    ):
        assert answer.status_code in (404, 405)
        assert HIDDEN not in answer.text
    assert house.state(ref) == "draft"
    after = house.rows("SELECT content::text FROM filing_revision WHERE request_id = "
                       "(SELECT id FROM filing_request WHERE ref = %s)", ref)  # fmt: skip
    assert after == before
    assert any("别的团队" in str(each.get("why")) for each in house.refused("staff"))


def test_a_draft_of_another_team_is_in_no_list_search_count_and_export(house: House) -> None:
    staff, other = house.as_("staff"), house.as_("other")
    ref = house.facts["theirs"]
    for path in (
        *("/", "/home/live/", "/home/count/", "/requests/?tab=all", f"/requests/?tab=all&q={HIDDEN}"),
        *(f"/search/?q={HIDDEN}", f"/search/?q={ref}", "/returned/", "/alerts/latest/"),
    ):
        answer = staff.look(path)
        assert answer.status_code in (200, 204), path
        assert f"/requests/{ref}/" not in answer.text, path
        assert "别队的虚构客户有限公司" not in answer.text, path
    assert _names(staff.look("/requests/export/?tab=all")) & {"别队的虚构客户有限公司"} == set()
    assert _names(other.look("/requests/export/?tab=all")) & {"别队的虚构客户有限公司"}


def _names(answer: Any) -> set[Any]:
    assert answer.status_code == 200, answer.text[:200]
    sheet = load_workbook(BytesIO(answer.content), read_only=True).active
    assert sheet is not None
    return {cell for row in sheet.iter_rows(values_only=True) for cell in row}


def test_an_image_of_another_team_is_not_shown_by_its_hash(house: House) -> None:
    sha256 = house.facts["their_image"]
    assert house.as_("other").look(f"/attachments/{sha256}/").headers["Content-Type"].startswith("image/")
    staff, mine = house.as_("staff"), house.facts["mine"]
    assert staff.look(f"/attachments/{sha256}/").status_code == 404
    assert staff.look(f"/attachments/{sha256.upper()}/").status_code == 404
    assert staff.look(f"/requests/{mine}/verification/images/{sha256}/").status_code == 404
    assert house.visitor().look(f"/attachments/{sha256}/").status_code == 302
    # Nor is it taken for another purpose, turned, or put into a draft of one's own.
    for more in ({}, {"turn": "90"}):
        answer = staff.act(
            "/attachments/",
            {"field": "attachments-0-content", "purpose": "1", "content": f"attachment:{sha256}", **more},
            headers={"Accept": "application/json"},
        )
        assert answer.status_code == 404
    assert [each for each in house.refused("staff") if each.get("why") == "别人的图片"]


def test_an_image_of_another_team_is_not_taken_into_a_draft_of_ones_own(house: House) -> None:
    """The hash is known from somewhere: a draft that names it would show it."""
    staff, sha256 = house.sign_in("staff"), house.facts["their_image"]
    prefix = "attachments-0-"
    staff.act(
        f"/requests/{house.facts['mine']}/edit/",
        {"subject-name": "甲队虚构有限公司", f"{prefix}content": f"attachment:{sha256}", f"{prefix}purpose": "1",
         f"{prefix}format": "1", "do": "save", "revision": "1", "edits": "1"},
    )  # fmt: skip
    assert staff.look(f"/attachments/{sha256}/").status_code == 404


def test_a_form_of_another_is_not_found_by_its_token(house: House) -> None:
    """`once` names an open form: with that of another person nothing of theirs is saved over or shown."""
    mate, other = house.as_("mate"), house.as_("other")
    form = {
        "once": "token-of-an-open-form-1",
        "turn": "1",
        "do": "save",
        "subject-name": "令牌的虚构有限公司",
    }
    first = other.act("/requests/new/", form)
    answer = mate.act("/requests/new/", form | {"turn": "2", "subject-name": "改了名的虚构有限公司"})
    assert first.status_code == answer.status_code == 302
    assert first.headers["Location"] != answer.headers["Location"]
    kept = mate.act("/drafts/keep/?operation=new_filing", form | {"turn": "9", "subject-name": "又改了名"})
    assert kept.status_code in (200, 409)
    ref = first.headers["Location"].split("/")[2]
    [(name,)] = house.rows("SELECT subject_name FROM filing_request WHERE ref = %s", ref)
    assert name == "令牌的虚构有限公司"
    refused = mate.act(f"/drafts/keep/?ref={ref}", form | {"turn": "99", "revision": "1", "edits": "1"})
    assert refused.status_code == 404


def test_a_session_of_another_is_not_ended(house: House) -> None:
    other = house.as_("other")
    names = house.rows("SELECT session_key FROM accounts_signinsession WHERE user_id = %s",
                       house.facts["people"]["other"])  # fmt: skip
    for name in [each[0] for each in names] + ["", "all", "1", "others; --"]:
        house.as_("mate").act("/account/sessions/end/", {"session": name})
    assert other.look("/account/").status_code == 200
    page = house.as_("mate").look("/account/").text
    assert not any(each[0] in page for each in names), "a key of a session lets its reader in"


def test_an_alert_of_another_is_neither_opened_nor_marked_as_seen(house: House) -> None:
    mate = house.facts["people"]["mate"]
    [(key,)] = house.rows("SELECT min(id) FROM filing_alert WHERE user_id <> %s", mate)
    if key is None:
        pytest.skip("nobody else was told of anything")
    before = house.rows("SELECT * FROM filing_alert WHERE id = %s", key)
    assert house.as_("mate").look(f"/alerts/{key}/").status_code == 404
    assert house.rows("SELECT * FROM filing_alert WHERE id = %s", key) == before


def test_evidence_and_the_record_are_for_their_roles(house: House) -> None:
    ref = house.facts["sent"]
    for who in ("mate", "nobody"):
        for path in (f"/requests/{ref}/evidence/", "/audit/", "/audit/export/", "/links/export/"):
            assert house.as_(who).look(path).status_code == 403
    auditor = house.as_("auditor")
    assert auditor.look("/audit/").status_code == 200
    for path in (f"/requests/{ref}/evidence/", f"/requests/{ref}/withdraw/", "/rules/set/", "/requests/new/"):
        assert auditor.act(path, {"reason": "x"}).status_code == 403
    [(count,)] = house.rows("SELECT count(*) FROM filing_auditentry WHERE user_id = %s AND action = 'refused'",
                            house.facts["people"]["auditor"])  # fmt: skip
    assert count >= 4


def test_a_batch_of_another_team_is_not_there(house: House) -> None:
    [(key,)] = house.rows("SELECT min(id) FROM filing_batch")
    [(owner,)] = house.rows("SELECT created_by_id FROM filing_batch WHERE id = %s", key)
    house.rows(
        "UPDATE filing_batch SET created_by_id = %s WHERE id = %s", house.facts["people"]["other"], key
    )
    try:
        staff = house.as_("staff")
        assert house.as_("other").look(f"/batches/{key}/").status_code == 200
        assert f"/batches/{key}/" not in staff.look("/batches/").text
        for part in ("", "live/", "answer/"):
            assert staff.look(f"/batches/{key}/{part}").status_code == 404
        for act in ("withdraw", "submit", "resume", "pause"):
            assert staff.act(f"/batches/{key}/act/", {"act": act, "what": "all"}).status_code == 404
        assert house.as_("reviewer").look("/review/several/", params={"batch": key}).status_code == 404
        assert [each for each in house.refused("staff") if each.get("why") == "别的团队的批次"]
    finally:
        house.rows("UPDATE filing_batch SET created_by_id = %s WHERE id = %s", owner, key)


def test_a_draft_of_another_team_is_not_named_to_who_decides_several(house: House) -> None:
    """Keys are counted up: with one that is nobody's to review nothing is decided, and no name is told."""
    reviewer = house.as_("reviewer")
    [(key,)] = house.rows("SELECT id FROM filing_request WHERE ref = %s", house.facts["theirs"])
    for data in ({"decision": "approve"}, {"decision": "return", "opinion": "x"}, {}):
        answer = reviewer.act("/review/several/", {**data, "chosen": f"{key}.1", "key": str(key)})
        shown = answer.text
        if answer.status_code == 302:
            shown += reviewer.look(answer.headers["Location"]).text
        assert HIDDEN not in shown and house.facts["theirs"] not in shown
    assert house.state(house.facts["theirs"]) == "draft"


SECRETS_OF_LINKS = ("demo-password", "argon2$", "-----BEGIN")


@pytest.mark.parametrize("who", ["root", "auditor"])
def test_no_page_shows_a_secret_even_to_who_sees_all(who: str, house: House) -> None:
    visitor = house.as_(who)
    hidden = [*SECRETS_OF_LINKS, *house.secrets.values(), *house.sessions().values(), PASSWORD]
    for pages in house.facts["pages"].values():
        for path in pages:
            text = visitor.look(path).text
            assert [each for each in hidden if each in text] == [], path


def test_lists_hold_no_whole_identity_number(house: House) -> None:
    for name in ("home", "request_list", "search", "filed_list", "returned_list", "audit_list", "visit_list",
                 "review_queue", "work_list", "campaign_list", "inbox", "blacklist", "cleanup_list"):  # fmt: skip
        for path in house.facts["pages"][name]:
            text = house.as_("root").look(path).text
            assert [each for each in (SUBJECT_CARD, SITE_CARD) if each in text] == [], path
