"""Blocks of an open form come, go and move without a script, and attachments stay with their website."""

from __future__ import annotations

import pytest

from filing.choices import Operation
from filing.forms import changes, translation
from filing.forms.typed import Typed
from tests import factories
from tests.filing.posting import pairs_of, query

OPERATION = Operation.NEW_FILING

pytestmark = pytest.mark.django_db


def form(*names: str) -> Typed:
    sites = [factories.website(name) for name in names]
    return translation.from_document(OPERATION, factories.new_filing(*sites, content="sha256:" + "a" * 64))


def after(typed: Typed, command: str) -> tuple[Typed, str]:
    posted = query(pairs_of(typed))
    found = translation.from_post(OPERATION, posted)
    return found, changes.change(OPERATION, found, posted, command)


def names(typed: Typed) -> list[str]:
    return [each["name"] for each in typed["websites"]]


def test_it_adds_a_website_with_an_access_of_its_own() -> None:
    typed, anchor = after(form("一站"), "add:websites")
    assert names(typed) == ["一站", ""]
    assert len(typed["websites"][1]["accesses"]) == 1
    assert anchor == "g-websites-1"


@pytest.mark.parametrize(
    ("command", "anchor"),
    [
        ("add:websites-0-accesses", "g-websites-0-accesses-1"),
        ("add:websites-0-pre_approvals", "g-websites-0-pre_approvals-0"),
        ("add:attachments", "g-attachments-1"),
    ],
)
def test_it_adds_a_block_to_each_list(command: str, anchor: str) -> None:
    assert after(form("一站"), command)[1] == anchor


@pytest.mark.parametrize(
    "command",
    [
        "add:subject",
        "add:websites-0-domains",
        "add:websites-9-accesses",
        "add:websites-../x-accesses",
        "remove:websites",
        "remove:websites-7",
        "raise:attachments-0",
        "copy:subject",
        "raise:websites-0",
        "drop:websites-0",
        "add:",
        ":",
    ],
)
def test_it_changes_nothing_for_a_command_that_it_does_not_know(command: str) -> None:
    before = form("一站", "二站")
    typed, anchor = after(before, command)
    assert (typed, anchor) == (translation.from_post(OPERATION, query(pairs_of(before))), "")


def test_it_keeps_the_last_website_and_the_last_access() -> None:
    assert names(after(form("一站"), "remove:websites-0")[0]) == ["一站"]
    typed, _anchor = after(form("一站"), "remove:websites-0-accesses-0")
    assert len(typed["websites"][0]["accesses"]) == 1


def test_it_lets_attachments_follow_their_website() -> None:
    typed = form("一站", "二站", "三站")
    typed["attachments"][0]["owner"] = "website-2"
    removed, _anchor = after(typed, "remove:websites-0")
    assert (names(removed), removed["attachments"][0]["owner"]) == (["二站", "三站"], "website-1")
    gone, _anchor = after(typed, "remove:websites-2")
    assert gone["attachments"][0]["owner"] == "website"
    raised, anchor = after(typed, "raise:websites-2")
    assert (names(raised), raised["attachments"][0]["owner"]) == (["一站", "三站", "二站"], "website-1")
    assert anchor == "g-websites-1"


def test_it_copies_the_responsible_person_and_not_the_reference_to_it() -> None:
    typed, _anchor = after(form("一站"), "copy:websites-0")
    assert typed["websites"][0]["responsible"] == typed["subject"]["responsible"]
    typed["websites"][0]["responsible"]["name"] = "别人"
    assert typed["subject"]["responsible"]["name"] == "虚构甲"


def test_it_finds_the_block_under_the_key_that_the_page_gave_it() -> None:
    pairs = [
        (name.replace("websites-1-", "websites-nab12-"), value)
        for name, value in pairs_of(form("一站", "二站"))
    ]
    posted = query(pairs)
    typed = translation.from_post(OPERATION, posted)
    changes.change(OPERATION, typed, posted, "remove:websites-nab12")
    assert names(typed) == ["一站"]
