"""What a frozen document passed is not asked again, unless the rules, or what they look up, are others by now."""

from __future__ import annotations

import pytest

from filing.choices import Operation, RequestState
from filing.rules import Context, check, registry
from filing.rules.held import Setting, Settings
from filing.services.bureau_rules import set_rule
from filing.services.revisions import current_checked
from tests import factories

IMAGE = "sha256:" + "0" * 64


def test_it_asks_only_what_may_have_changed(builtin_tables: None) -> None:
    content = factories.new_filing(content=IMAGE)
    content["subject"]["responsible"]["mobile"] = "1"
    every = check(Operation.NEW_FILING, content, Context(), only_blocking=True)
    later = check(Operation.NEW_FILING, content, Context(), only_blocking=True, only_looking_up=True)
    assert [each.code for each in every] == [1011]
    assert later == []


def test_it_names_the_rules_by_their_content_and_their_settings() -> None:
    blocked = Settings({"1006": Setting("block")})
    assert registry.version() == registry.version(Settings())
    assert registry.version(blocked) == registry.version(Settings({"1006": Setting("block")}))
    assert (
        len(
            {
                registry.version(),
                registry.version(blocked),
                registry.version(Settings({"1006": Setting("off")})),
            }
        )
        == 3
    )


@pytest.mark.django_db
def test_it_writes_down_what_was_passed_when_it_is_frozen() -> None:
    draft, ready = factories.draft(), factories.request_in(RequestState.READY)
    found = current_checked([draft, ready])
    assert (found[draft.pk][1], found[ready.pk][1]) == ("", registry.version())


@pytest.mark.django_db
def test_it_writes_down_the_settings_of_bureaus_too() -> None:
    set_rule("addresses_are_public", "warn")
    ready = factories.request_in(RequestState.READY)
    settings = Settings({"addresses_are_public": Setting("warn")})
    assert current_checked([ready])[ready.pk][1] == registry.version(settings) != registry.version()
