"""Owners who were here before: what is filed of them and what was asked for them, found while a request is being typed.

Personal data: what is shown is masked, who was shown what is written down, one may take over only what one was shown,
and only so much in a while.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q
from django.utils import timezone

from filing.choices import FiledState, LookupKind, Operation, RequestState
from filing.identifiers import tidy_certificate_number, tidy_filing_number
from filing.masking import mask
from filing.models import Domain, Lookup, Request, Revision, Subject
from filing.services.filed_document import filed_document
from filing.visibility import seen_by

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Document = dict[str, Any]

MOST_OWNERS = 3
MOST_DOMAINS = 60
"""Domains that are looked up at once; a form with more is looked through by the rules."""
MOST_SHOWN_DOMAINS = 3
SPAN = timedelta(minutes=10)
MOST_IN_SPAN = {LookupKind.SHOWN: 90, LookupKind.TAKEN: 20}
"""A filing needs three or four look-ups: nobody who enters filings comes near this."""
SHOWN_LASTS = timedelta(hours=12)


class TooMany(Exception):
    """This person looked up more than entering filings needs."""


class NotShown(Exception):
    """What somebody wants to take over was not shown to them, or is there no more."""


@dataclass(frozen=True)
class Asked:
    """What was typed so far of an owner. `number`: that of a subject that the request names; `but`: the request itself."""

    name: str = ""
    certificate: str = ""
    domains: tuple[str, ...] = ()
    number: str = ""
    but: str = ""

    @classmethod
    def of(
        cls, *, name: str, certificate: str, domains: Iterable[str] = (), number: str = "", but: str = ""
    ) -> Asked:
        """Tidied, as records are stored: without U+0000, which the database refuses to look for."""
        name, certificate, number, but, *names = (
            each.replace("\x00", "").strip() for each in (name, certificate, number, but, *domains)
        )
        return cls(
            name[:255],
            tidy_certificate_number(certificate[:255]),
            tuple(dict.fromkeys(each.lower() for each in names if each))[:MOST_DOMAINS],
            tidy_filing_number(number[:128]),
            but[:64],
        )

    def is_same(self, *, name: str, certificate: str, number: str = "") -> bool:
        """Whether an owner may be the one who is being typed: nothing that is known of both differs."""
        if self.number and number:
            return self.number == number
        if self.certificate and certificate:
            return self.certificate == tidy_certificate_number(certificate)
        return not self.name or self.name == name


@dataclass(frozen=True)
class Owner:
    """One owner who was here before. `key` names the source; `subject` is set where it is filed; numbers are masked."""

    key: str
    name: str
    certificate: str
    person: str
    mobile: str
    at: datetime
    number: str = ""
    subject: int | None = None
    ref: str = ""
    state: str = ""
    domains: tuple[str, ...] = ()
    domain_count: int = 0


@dataclass(frozen=True)
class Foreign:
    """A domain that is filed here under somebody else."""

    domain: str
    name: str
    number: str
    subject: int


@dataclass
class Found:
    owners: list[Owner] = field(default_factory=list)
    foreign: list[Foreign] = field(default_factory=list)


def look_up(asked: Asked, *, user: User) -> Found:
    """Find who was here before, and write down that this person was shown it. At most seven queries.

    Raises: TooMany.
    """
    _bound(user, LookupKind.SHOWN)
    found = Found()
    held = _filed_domains(asked)
    found.foreign = [
        Foreign(each.name, subject.name, subject.number, subject.pk)
        for each in held
        if (subject := each.website.subject)
        and not asked.is_same(
            name=subject.name, certificate=subject.certificate_number, number=subject.number
        )
    ]
    found.owners = _filed_owners(asked, held)
    if len(found.owners) < MOST_OWNERS:
        known = {(each.name, each.certificate) for each in found.owners}
        earlier = [each for each in _asked_owners(asked, user) if (each.name, each.certificate) not in known]
        found.owners += earlier[: MOST_OWNERS - len(found.owners)]
    keys = [each.key for each in found.owners] + [f"foreign:{each.subject}" for each in found.foreign]
    Lookup.objects.bulk_create(
        [Lookup(user=user, kind=LookupKind.SHOWN, found=key) for key in dict.fromkeys(keys or [""])]
    )
    return found


def take_over(key: str, *, user: User) -> Document:
    """What is known of an owner who was shown to this person: the subject of a document. Written down.

    Raises: TooMany, NotShown.
    """
    _bound(user, LookupKind.TAKEN)
    since = timezone.now() - SHOWN_LASTS
    shown = Lookup.objects.filter(user=user, kind=LookupKind.SHOWN, found=key, at__gte=since)
    if not key or not shown.exists():
        raise NotShown
    document = _document(key)
    Lookup.objects.create(user=user, kind=LookupKind.TAKEN, found=key)
    return document


def _bound(user: User, kind: LookupKind) -> None:
    since = timezone.now() - SPAN
    if Lookup.objects.filter(user=user, kind=kind, at__gte=since).count() >= MOST_IN_SPAN[kind]:
        raise TooMany


def _document(key: str) -> Document:
    kind, _, pk = key.partition(":")
    if kind == "subject":
        subject = Subject.objects.filter(pk=int(pk), state=FiledState.FILED).first()
        found = filed_document(subject).get("subject") if subject else None
    else:
        revision = Revision.objects.filter(pk=int(pk)).only("content").first()
        found = revision.content.get("subject") if revision else None
    if not found:
        raise NotShown
    return dict(found)


# --- what is filed ----------------------------------------------------------------------------------


def _filed_domains(asked: Asked) -> list[Domain]:
    if not asked.domains:
        return []
    filed = Q(website__state=FiledState.FILED, website__subject__state=FiledState.FILED)
    rows = Domain.objects.filter(filed, name__in=asked.domains).select_related("website__subject")
    return list(rows.order_by("name", "pk")[:MOST_DOMAINS])


def _filed_owners(asked: Asked, held: list[Domain]) -> list[Owner]:
    condition = Q(pk__in=[each.website.subject_id for each in held])
    if asked.certificate:
        condition |= Q(certificate_number__in=(asked.certificate, asked.certificate.lower()))
    if asked.name:
        condition |= Q(name=asked.name)
    rows = Subject.objects.filter(condition, state=FiledState.FILED).order_by("-updated_at", "-pk")
    subjects = [
        each
        for each in rows[: 4 * MOST_OWNERS]
        if asked.is_same(name=each.name, certificate=each.certificate_number, number=each.number)
    ][:MOST_OWNERS]
    names: dict[int, list[str]] = {each.pk: [] for each in subjects}
    if subjects:
        owned = Domain.objects.filter(website__subject__in=names, website__state=FiledState.FILED)
        for subject, name in owned.order_by("pk").values_list("website__subject", "name")[:1000]:
            names[subject].append(name)
    return [_of_subject(each, names[each.pk]) for each in subjects]


def _of_subject(subject: Subject, domains: list[str]) -> Owner:
    return Owner(
        key=f"subject:{subject.pk}",
        name=subject.name,
        certificate=mask(subject.certificate_number),
        person=subject.responsible_name,
        mobile=mask(subject.mobile),
        at=subject.updated_at,
        number=subject.number,
        subject=subject.pk,
        domains=tuple(domains[:MOST_SHOWN_DOMAINS]),
        domain_count=len(domains),
    )


# --- what was asked -----------------------------------------------------------------------------------


def _asked_owners(asked: Asked, user: User) -> list[Owner]:
    """Owners of earlier requests that this person may see, the latest of each; the index over contents finds them."""
    wanted: list[Document] = []
    if asked.certificate:
        wanted.append({"subject": {"certificate": {"number": asked.certificate}}})
    if asked.name:
        wanted.append({"subject": {"name": asked.name}})
    wanted += [{"websites": [{"domains": [{"name": name}]}]} for name in asked.domains[:MOST_OWNERS]]
    if not wanted:
        return []
    condition = Q(pk__in=())
    for each in wanted:
        condition |= Q(content__contains=each)
    rows = (
        Revision.objects.filter(condition, number=F("request__revision_number"))
        .filter(seen_by(user, "request__"), request__operation__in=(Operation.NEW_FILING, Operation.CHANGE))
        .exclude(request__state=RequestState.WITHDRAWN)
        .exclude(request__ref=asked.but)
        .select_related("request")
        .defer("request__icp_password", "request__remarks")
        .order_by("-pk")[: 4 * MOST_OWNERS]
    )
    found: dict[tuple[str, str], Owner] = {}
    for revision in rows:
        owner = _of_request(revision)
        subject = revision.content.get("subject", {})
        number = subject.get("certificate", {}).get("number", "")
        if owner.name and asked.is_same(name=owner.name, certificate=number):
            found.setdefault((owner.name, owner.certificate), owner)
    return list(found.values())[:MOST_OWNERS]


def _of_request(revision: Revision) -> Owner:
    request: Request = revision.request
    subject = revision.content.get("subject", {})
    person = subject.get("responsible", {})
    return Owner(
        key=f"revision:{revision.pk}",
        name=subject.get("name", ""),
        certificate=mask(subject.get("certificate", {}).get("number", "")),
        person=person.get("name", ""),
        mobile=mask(person.get("mobile", "")),
        at=request.updated_at,
        ref=request.ref,
        state=request.state,
        domains=tuple(request.domains[:MOST_SHOWN_DOMAINS]),
        domain_count=len(request.domains),
    )
