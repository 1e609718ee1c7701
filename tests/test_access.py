"""Every address as every role and as none, by GET and by POST: let in where the table says so, and nowhere else."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command, get_commands
from django.db import transaction
from django.test import Client

from filing.choices import AuditAction
from filing.models import AuditEntry
from tests import access
from tests.access import NO, NOBODY, ROLES, VISITOR
from tests.access_table import TABLE
from tests.record import noted

pytestmark = pytest.mark.django_db

OWN = {"alert_read_all", "alert_settings", "alert_mail_test"}
"""What one was told, and how one is told: each person's own."""
OURS = ("filing", "reporting", "verification", "upkeep", "accounts")


def test_the_table_knows_every_address_and_no_other() -> None:
    known = set(access.addresses())
    assert known - set(TABLE) == set(), "say in tests/access_table.py who may open it, and who may post to it"
    assert set(TABLE) - known == set()


def test_auditors_change_nothing() -> None:
    """Whatever the table says of single addresses: an auditor posts where everybody does, for themselves alone."""
    posts = {name for name, (_get, post) in TABLE.items() if access.may(post, "A") and post != NO}
    assert {name for name in posts if TABLE[name][1] not in (access.OPEN, access.SELF)} == OWN


@pytest.mark.timeout(600)
@pytest.mark.parametrize("letter", [VISITOR, NOBODY, *ROLES])
def test_it_lets_in_whom_the_table_names(letter: str, attachment_root: object) -> None:
    user = access.people()[letter]
    client = Client()
    if user is not None:
        client.force_login(user)
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    wrong = []
    for name, address in access.addresses().items():
        for method, rule in zip(("get", "post"), TABLE[name], strict=True):
            with transaction.atomic():
                let_in = access.lets_in(cookies, method, address)
                transaction.set_rollback(True)
            if (rule == NO and let_in) or (
                rule != NO and bool(let_in is not False) is not access.may(rule, letter)
            ):
                wrong.append(f"{method.upper()} {address} ({name}): {'let in' if let_in else 'refused'}")
    assert wrong == []


def test_what_is_refused_to_somebody_signed_in_is_recorded(client: Client) -> None:
    user = access.people()["A"]
    assert user is not None
    client.force_login(user)
    addresses = access.addresses()
    for name in ("rule_set", "link_pause", "request_withdraw", "draft_new"):
        assert client.post(addresses[name]).status_code == 403
    assert [row.facts["path"] for row in noted(AuditAction.REFUSED)] == [
        addresses[name] for name in ("rule_set", "link_pause", "request_withdraw", "draft_new")
    ]


# --- commands: which account of the operating system may run them is its business ------------------


READS_NO_DATA = {"validate_xml": "it checks a file against the schemas and opens no database"}


def our_commands() -> list[str]:
    return sorted(name for name, app in get_commands().items() if app in OURS)


@pytest.mark.parametrize("name", our_commands())
def test_a_command_refuses_nonsense(name: str) -> None:
    before = AuditEntry.objects.count()
    with pytest.raises((CommandError, SystemExit, TypeError)) as refused:
        call_command(name, "--no-such-option", stdout=StringIO(), stderr=StringIO())
    assert getattr(refused.value, "code", 2) != 0
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("name", our_commands())
def test_a_command_notes_itself(name: str, monkeypatch: Any) -> None:
    """Whatever it does: how it is run is noted by what they share, with what it was told."""
    command: Any = __import__(
        f"{get_commands()[name]}.management.commands.{name}", fromlist=["Command"]
    ).Command
    if name in READS_NO_DATA:
        return
    monkeypatch.setattr(command, "handle", lambda *_args, **_options: None)
    monkeypatch.setattr(command, "requires_system_checks", [])
    monkeypatch.setattr(command, "requires_migrations_checks", False)
    made = command(stdout=StringIO(), stderr=StringIO())
    options = {
        "no_color": True,
        "force_color": False,
        "skip_checks": True,
        "verbosity": 1,
        "stdout": StringIO(),
    }
    made.execute(**options)
    [row] = noted(AuditAction.COMMAND)
    assert (row.key, row.facts["ended"], row.user_id) == (name, "完成", None)
    assert row.user_name.startswith("命令行（")
