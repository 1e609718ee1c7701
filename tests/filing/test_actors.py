from __future__ import annotations

import pytest

from filing.actors import BUREAU, COMMAND, LINK, person
from filing.choices import ActorKind, RequestState
from filing.states import move
from tests import factories


@pytest.mark.django_db
def test_it_names_a_person_by_full_name_else_by_account() -> None:
    user = factories.user("owner")
    assert person(user).name == user.username
    user.last_name, user.first_name = "虚构", "甲"
    assert (person(user).name, person(user).kind, person(user).user_id) == (
        "甲 虚构",
        ActorKind.PERSON,
        user.pk,
    )


@pytest.mark.django_db
def test_it_fits_the_longest_name_into_the_history() -> None:
    user = factories.user("owner")
    user.first_name, user.last_name = "a" * 150, "b" * 150
    user.save()
    request = factories.draft(user)
    move(request, RequestState.WITHDRAWN, actor=person(user))
    assert {event.actor_name for event in request.events.all()} == {"a" * 150}


@pytest.mark.django_db
def test_it_keeps_the_name_in_the_history_when_the_account_is_gone() -> None:
    user = factories.user("owner")
    request = factories.draft(user)
    user.delete()
    event = request.events.get()
    assert (event.actor_user, event.actor_name, event.actor_kind) == (None, user.username, "person")
    request.refresh_from_db()
    assert request.created_by is None


def test_it_tells_apart_who_is_no_person() -> None:
    assert [each.kind for each in (COMMAND, LINK, BUREAU)] == [
        ActorKind.COMMAND,
        ActorKind.LINK,
        ActorKind.BUREAU,
    ]
    assert {each.user_id for each in (COMMAND, LINK, BUREAU)} == {None}
