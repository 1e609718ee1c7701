"""Whose drafts are seen, found and changed by whom: teams, and the way round them that there must not be."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from filing import returned, selectors
from filing.choices import AuditAction, RequestState
from filing.models import AuditEntry, Request, Team
from filing.services import attachments
from filing.services.known import Asked, look_up
from filing.services.revisions import current_revision
from filing.visibility import may_work_on, seen_among, seen_by
from tests import factories

pytestmark = pytest.mark.django_db

S = RequestState
BOTH = ("enter_request", "review_request")


class Teams:
    """Two of a team, one of another, one of none, and a draft of the first."""

    def __init__(self) -> None:
        self.owner, self.mate = factories.user("owner", *BOTH), factories.user("mate", *BOTH)
        self.other, self.free = factories.user("other", *BOTH), factories.user("free", *BOTH)
        self.auditor = factories.user("auditor", "audit_everything")
        self.admin = factories.user("admin", *BOTH, "administer")
        Team.objects.create(name="一队").members.set([self.owner, self.mate])
        Team.objects.create(name="二队").members.set([self.other])
        self.draft = factories.draft(self.owner)


def again(user: User) -> User:
    """As the next request has it: what is remembered of teams is not."""
    return User.objects.get(pk=user.pk)


def seen(user: User) -> set[str]:
    return set(Request.objects.filter(seen_by(again(user))).values_list("ref", flat=True))


def test_it_shows_a_draft_to_its_team_to_administrators_and_to_auditors_only() -> None:
    made = Teams()
    shared, theirs = factories.draft(made.free), factories.draft(made.other)
    imported = factories.draft()
    everybodys = {shared.ref, imported.ref}
    assert seen(made.owner) == seen(made.mate) == everybodys | {made.draft.ref}
    assert seen(made.other) == everybodys | {theirs.ref}
    assert seen(made.free) == everybodys
    assert seen(made.auditor) == seen(made.admin) == everybodys | {made.draft.ref, theirs.ref}
    for user in (made.owner, made.other, made.free, made.auditor):
        rows = list(Request.objects.all())
        keys = seen_among(again(user), rows)
        assert {row.ref for row in rows if row.pk in keys} == seen(user)


def test_it_shares_everything_where_there_are_no_teams() -> None:
    people = factories.people()
    draft = factories.draft(people.owner)
    assert seen(people.colleague) == {draft.ref}
    assert may_work_on(people.colleague, draft)


@pytest.mark.parametrize(
    ("state", "is_seen"),
    [(S.DRAFT, False), (S.REVIEW_RETURNED, False), (S.IN_REVIEW, True), (S.READY, True), (S.RETURNED, True)],
)
def test_it_hides_only_what_is_not_handed_in(state: str, is_seen: bool) -> None:
    owner, reviewer = factories.user("owner", *BOTH), factories.user("reviewer", *BOTH)
    other = factories.user("other", *BOTH)
    Team.objects.create(name="一队").members.set([owner])
    group = factories.People(owner, reviewer, factories.user("stranger"))
    filing = factories.request_in(state, group)
    assert (filing.ref in seen(other)) is is_seen
    assert not may_work_on(again(other), filing)
    assert may_work_on(again(owner), filing)


def test_it_shows_a_reviewer_what_they_sent_back() -> None:
    owner, reviewer = factories.user("owner", *BOTH), factories.user("reviewer", *BOTH)
    Team.objects.create(name="一队").members.set([owner])
    filing = factories.request_in(S.REVIEW_RETURNED, factories.People(owner, reviewer, reviewer))
    assert filing.ref in seen(reviewer)
    assert not may_work_on(again(reviewer), filing)


def test_it_follows_people_into_their_new_team() -> None:
    made = Teams()
    Team.objects.get(name="二队").members.add(made.owner)
    assert made.draft.ref in seen(made.other)
    Team.objects.all().delete()
    assert made.draft.ref in seen(made.free)


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("request_detail", "get"),
        ("draft_edit", "get"),
        ("draft_edit", "post"),
        ("request_submit", "post"),
        ("request_withdraw", "post"),
        ("request_correct", "post"),
        ("request_review", "get"),
        ("request_review", "post"),
        ("request_readers", "post"),
        ("request_xml", "get"),
        ("request_freshness", "get"),
        ("request_diagnosis", "get"),
        ("request_materials", "get"),
        ("request_verification", "get"),
        ("verification_summary", "get"),
        ("verification_form", "get"),
        ("verification_record", "post"),
        ("verification_overrule", "post"),
        ("material_keep", "post"),
        ("password_check", "post"),
    ],
)
def test_it_is_not_found_by_a_forced_address(client: Client, name: str, method: str) -> None:
    made = Teams()
    client.force_login(made.other)
    answer = getattr(client, method)(reverse(name, args=[made.draft.ref]))
    assert answer.status_code in (404, 405), answer.status_code
    made.draft.refresh_from_db()
    assert (made.draft.state, current_revision(made.draft).edits) == (S.DRAFT, 0)
    if answer.status_code == 404:
        row = AuditEntry.objects.get(action=AuditAction.REFUSED, user_id=made.other.pk)
        assert row.key == made.draft.ref


def test_it_is_not_saved_by_a_form_of_another_team(client: Client) -> None:
    made = Teams()
    client.force_login(made.other)
    answer = client.post(f"{reverse('draft_keep')}?ref={made.draft.ref}", {"subject-name": "改掉"})
    assert answer.status_code == 404
    assert current_revision(made.draft).edits == 0
    client.force_login(made.mate)
    assert client.get(reverse("draft_edit", args=[made.draft.ref])).status_code == 200


def test_it_is_in_no_list_and_no_search(client: Client) -> None:
    made = Teams()
    for user, is_there in ((made.mate, True), (made.other, False), (made.auditor, True)):
        client.force_login(user)
        for query in ({"tab": "all"}, {"q": made.draft.ref, "tab": "all"}, {"q": "example.cn", "tab": "all"}):
            page = client.get(reverse("request_list"), query).content.decode()
            links = page.count(f'href="{reverse("request_detail", args=[made.draft.ref])}"')
            assert bool(links) is is_there, (user, query)


def test_it_does_not_open_another_teams_draft_by_its_exact_number(client: Client) -> None:
    made = Teams()
    client.force_login(made.other)
    answer = client.get(reverse("request_list"), {"q": made.draft.ref}, follow=True)
    assert made.draft.subject_name not in answer.content.decode()


def test_it_hides_what_another_team_corrects(client: Client) -> None:
    owner, reviewer = factories.user("owner", *BOTH), factories.user("reviewer", *BOTH)
    other = factories.user("other", *BOTH)
    Team.objects.create(name="一队").members.set([owner])
    filing = factories.request_in(S.RETURNED, factories.People(owner, reviewer, reviewer))
    wanted = returned.Wanted()
    assert [each.ref for each in returned.came_back(wanted, again(owner))] == [filing.ref]
    assert list(returned.came_back(wanted, again(other))) == []
    assert returned.counts(wanted, again(other))["all"] == 0
    assert not Request.objects.filter(selectors.needs_person(again(other))).exists()
    client.force_login(other)
    assert client.get(reverse("request_detail", args=[filing.ref])).status_code == 200
    assert client.post(reverse("request_correct", args=[filing.ref])).status_code == 403
    filing.refresh_from_db()
    assert filing.state == S.RETURNED


def test_it_shows_images_of_a_draft_to_its_team_only(client: Client, attachment_root: Any) -> None:
    made = Teams()
    content = current_revision(factories.draft(made.owner)).content
    sha256 = content["attachments"][0]["content"].removeprefix(attachments.REFERENCE)
    for user, status in ((made.mate, 200), (made.other, 404), (made.free, 404), (made.auditor, 200)):
        client.force_login(user)
        assert client.get(reverse("attachment_view", args=[sha256])).status_code == status, user


def test_it_is_not_found_by_looking_up_its_owner() -> None:
    made = Teams()
    content = current_revision(made.draft).content
    asked = Asked.of(
        name=content["subject"]["name"],
        certificate=content["subject"]["certificate"]["number"],
        domains=[],
        number="",
        but="",
    )
    assert [each.ref for each in look_up(asked, user=again(made.mate)).owners] == [made.draft.ref]
    assert look_up(asked, user=again(made.other)).owners == []
