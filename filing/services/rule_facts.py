"""What rules ask about beside a document, answered from the database for many documents at once.

A question is asked once for all documents, when the first rule asks it, and never where none does: a pass over 500
documents takes as many queries as one over one (tests/filing/test_rule_facts.py holds the number).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from filing.choices import FiledState, Operation, RequestState
from filing.identifiers import tidy_certificate_number
from filing.models import (
    Access,
    AddressRange,
    BlacklistedSubject,
    BlacklistedWebsite,
    Domain,
    DomainLook,
    Request,
    Subject,
    Website,
)
from filing.rules.held import Held, HeldAccess, HeldSubject, HeldWebsite, Look, OpenRequest
from filing.services.blacklist import domain_form
from filing.services.in_process import marked_among
from filing.services.owners import owner_key

Document = dict[str, Any]
Certificate = tuple[int, str]

ON_ITS_WAY = (
    RequestState.PACKED,
    RequestState.UPLOADING,
    RequestState.UNCERTAIN,
    RequestState.AWAITING_BUREAU,
    RequestState.FORWARDED,
)
"""The bureau has it or will have it before anything that is packed now."""

_IN_THE_WAY = (
    Operation.CHANGE,
    Operation.CANCEL_SUBJECT,
    Operation.CANCEL_WEBSITE,
    Operation.CANCEL_ACCESS,
)


_unfiled: list[Callable[[Iterable[str]], frozenset[str] | None]] = []


def tell_unfiled(source: Callable[[Iterable[str]], frozenset[str] | None]) -> None:
    """Say who knows which domains bureaus listed as unfiled (None: there is no list). Called when that app is ready."""
    _unfiled[:] = [source]


@dataclass(frozen=True)
class Asking:
    """A document whose rules ask: of which link, the request itself (None: not stored yet), whose filing it names."""

    isp_id: int | None
    key: int | None
    content: Document
    subject_id: int | None = None
    certificate: Certificate | None = None
    website_id: int | None = None


class FactsForMany:
    """The answers for a batch. Each property below is one question to the database; `of` gives one document's view."""

    def __init__(self, asking: Sequence[Asking]) -> None:
        self._asking = asking

    def of(self, one: Asking) -> Held:
        return _HeldFor(self, one)

    def _contents(self) -> Iterator[Document]:
        return (each.content for each in self._asking)

    @cached_property
    def _certificates(self) -> frozenset[Certificate]:
        found = {each.certificate for each in self._asking if each.certificate}
        found |= {given for content in self._contents() if (given := certificate_in(content))}
        return frozenset(found)

    @cached_property
    def _domain_names(self) -> frozenset[str]:
        return frozenset(name for content in self._contents() for name in domains_in(content))

    @cached_property
    def subjects(self) -> dict[Certificate, list[HeldSubject]]:
        kinds = {kind for kind, _number in self._certificates}
        numbers = {number for _kind, number in self._certificates}
        found: dict[Certificate, list[HeldSubject]] = defaultdict(list)
        rows = Subject.objects.filter(
            certificate_type__in=kinds, certificate_number__in=numbers, state=FiledState.FILED
        ).values_list("certificate_type", "certificate_number", "isp_id", "bureau_id", "number", "name")
        for kind, paper, isp_id, bureau_id, number, name in rows:
            found[kind, paper].append(HeldSubject(isp_id, bureau_id, number, name))
        return found

    @cached_property
    def websites_by_domain(self) -> dict[str, list[HeldWebsite]]:
        rows = Domain.objects.filter(
            name__in=self._domain_names, website__state=FiledState.FILED
        ).select_related("website__subject")
        found: dict[str, list[HeldWebsite]] = defaultdict(list)
        for row in rows:
            found[row.name].append(_bare(row.website))
        return found

    @cached_property
    def websites_by_name(self) -> dict[str, list[HeldWebsite]]:
        names = {
            site["name"]
            for content in self._contents()
            for site in content.get("websites", [])
            if site.get("name")
        }
        rows = Website.objects.filter(name__in=names, state=FiledState.FILED).select_related("subject")
        found: dict[str, list[HeldWebsite]] = defaultdict(list)
        for row in rows:
            found[row.name].append(_bare(row))
        return found

    @cached_property
    def websites(self) -> dict[tuple[int, int], HeldWebsite]:
        """By link and the bureau's id: with domains, accesses and ranges."""
        ids = {each.website_id for each in self._asking if each.website_id}
        ids |= {
            site["bureau_id"]
            for content in self._contents()
            for site in content.get("websites", [])
            if site.get("bureau_id")
        }
        accesses = Access.objects.filter(state=FiledState.FILED).prefetch_related("ranges")
        rows = (
            Website.objects.filter(bureau_id__in=ids)
            .select_related("subject")
            .prefetch_related("domains", Prefetch("accesses", accesses))
        )
        return {(row.isp_id, row.bureau_id or 0): _whole(row) for row in rows}

    @cached_property
    def subjects_by_mobile(self) -> dict[str, int]:
        mobiles = {part for content in self._contents() for part in _mobiles(content)}
        rows = Subject.objects.filter(mobile__in=mobiles, state=FiledState.FILED)
        return dict(rows.values_list("mobile").annotate(many=Count("certificate_number", distinct=True)))

    @cached_property
    def listed_subjects(self) -> frozenset[Certificate]:
        numbers = {number for _kind, number in self._certificates}
        rows = BlacklistedSubject.objects.filter(certificate_number__in=numbers, removed_at=None)
        return frozenset(rows.values_list("certificate_type", "certificate_number"))

    @cached_property
    def listed_domains(self) -> frozenset[str]:
        forms = {domain_form(name) for name in self._domain_names}
        rows = BlacklistedWebsite.objects.filter(domain__in=forms, removed_at=None)
        return frozenset(rows.values_list("domain", flat=True))

    @cached_property
    def _asked(
        self,
    ) -> tuple[dict[str, list[tuple[int, OpenRequest]]], dict[str, list[tuple[int, OpenRequest]]]]:
        """Requests on their way, by domain and by owner."""
        keys = {owner_key(*each) for each in self._certificates}
        rows = Request.objects.filter(
            Q(domains__overlap=sorted(self._domain_names))
            | Q(owner_key__in=keys, operation=Operation.NEW_FILING),
            state__in=ON_ITS_WAY,
        ).exclude(operation=Operation.UNFILED_RESULT)
        by_domain: dict[str, list[tuple[int, OpenRequest]]] = defaultdict(list)
        by_owner: dict[str, list[tuple[int, OpenRequest]]] = defaultdict(list)
        for key, ref, operation, target, domains, owner in rows.values_list(
            "pk", "ref", "operation", "target", "domains", "owner_key"
        ):
            other = (key, OpenRequest(ref, operation, target))
            for name in domains:
                by_domain[name.lower()].append(other)
            if owner and operation == Operation.NEW_FILING:
                by_owner[owner].append(other)
        return by_domain, by_owner

    @property
    def asked_by_domain(self) -> dict[str, list[tuple[int, OpenRequest]]]:
        return self._asked[0]

    @property
    def asked_by_owner(self) -> dict[str, list[tuple[int, OpenRequest]]]:
        return self._asked[1]

    @cached_property
    def open_by_subject(self) -> dict[tuple[int | None, str], list[tuple[int, OpenRequest]]]:
        """Requests in the way of others, by link and the bureau's id of their subject."""
        ids = sorted({str(each.subject_id) for each in self._asking if each.subject_id})
        rows = Request.objects.filter(
            operation__in=_IN_THE_WAY, state__in=ON_ITS_WAY, result_keys__overlap=ids
        )
        found: dict[tuple[int | None, str], list[tuple[int, OpenRequest]]] = defaultdict(list)
        for key, isp_id, ref, operation, target, names in rows.values_list(
            "pk", "isp_id", "ref", "operation", "target", "result_keys"
        ):
            # As services/targets.py writes them: of a website or an access the subject comes last, else first.
            below = operation in (Operation.CANCEL_WEBSITE, Operation.CANCEL_ACCESS)
            found[isp_id, names[-1 if below else 0]].append((key, OpenRequest(ref, operation, target)))
        return found

    @cached_property
    def in_process(self) -> frozenset[tuple[int, int]]:
        """Subjects marked as in process elsewhere: link and the bureau's id."""
        return marked_among({each.subject_id for each in self._asking if each.subject_id})

    @cached_property
    def answered(self) -> dict[str, list[tuple[int, OpenRequest]]]:
        targets = {
            f"domain:{each.content['domain'].lower()}" for each in self._asking if each.content.get("domain")
        }
        rows = Request.objects.filter(
            operation=Operation.UNFILED_RESULT,
            target__in=targets,
            state__in=(*ON_ITS_WAY, RequestState.APPROVED),
        )
        found: dict[str, list[tuple[int, OpenRequest]]] = defaultdict(list)
        for key, ref, operation, target in rows.values_list("pk", "ref", "operation", "target"):
            found[target.removeprefix("domain:")].append((key, OpenRequest(ref, operation, target)))
        return found

    @cached_property
    def unfiled(self) -> frozenset[str] | None:
        domains = {each.content["domain"] for each in self._asking if each.content.get("domain")}
        return _unfiled[0](domains) if _unfiled else None

    @cached_property
    def looks(self) -> dict[int, list[Look]]:
        keys = [each.key for each in self._asking if each.key]
        found: dict[int, list[Look]] = defaultdict(list)
        for row in DomainLook.objects.filter(request__in=keys):
            found[row.request_id].append(Look(row.domain, row.points, tuple(row.addresses), row.looked_at))
        return found

    @cached_property
    def own_ids(self) -> dict[str, frozenset[int]]:
        """Our numbers in the documents that are filed already, by kind: three queries."""
        wanted: dict[str, set[int]] = {"website": set(), "access": set(), "range": set()}
        for content in self._contents():
            sites = content.get("websites", [])
            accesses = [each for site in sites for each in site.get("accesses", [])]
            accesses += [content["access"]] if "access" in content else []
            parts = {
                "website": sites,
                "access": accesses,
                "range": [each for access in accesses for each in access.get("ip_ranges", [])],
            }
            for kind, records in parts.items():
                wanted[kind] |= {each["own_id"] for each in records if each.get("own_id")}
        filed: dict[str, QuerySet[Any]] = {
            "website": Website.objects.filter(state=FiledState.FILED),
            "access": Access.objects.filter(state=FiledState.FILED),
            "range": AddressRange.objects.all(),
        }
        return {
            kind: frozenset(filed[kind].filter(own_id__in=wanted[kind]).values_list("own_id", flat=True))
            for kind in wanted
        }


class _HeldFor(Held):
    """The view of one document: its own link, and no request is in its own way."""

    def __init__(self, facts: FactsForMany, one: Asking) -> None:
        self._facts, self._one = facts, one

    def subjects_with(self, certificate_type: int, number: str) -> Sequence[HeldSubject]:
        return self._facts.subjects.get((certificate_type, tidy_certificate_number(number)), ())

    def websites_with(self, domain: str) -> Sequence[HeldWebsite]:
        return self._facts.websites_by_domain.get(domain, ())

    def websites_named(self, name: str) -> Sequence[HeldWebsite]:
        return self._facts.websites_by_name.get(name, ())

    def website(self, bureau_id: int) -> HeldWebsite | None:
        if self._one.isp_id is not None:
            return self._facts.websites.get((self._one.isp_id, bureau_id))
        found = [each for (_isp_id, key), each in self._facts.websites.items() if key == bureau_id]
        return found[0] if len(found) == 1 else None

    def subjects_called_at(self, mobile: str) -> int:
        return self._facts.subjects_by_mobile.get(mobile, 0)

    def is_subject_listed(self, certificate_type: int, number: str) -> bool:
        return (certificate_type, tidy_certificate_number(number)) in self._facts.listed_subjects

    def is_domain_listed(self, name: str) -> bool:
        listed = self._facts.listed_domains
        return bool(listed) and domain_form(name) in listed

    def asked_for_domain(self, name: str) -> Sequence[OpenRequest]:
        return self._others(self._facts.asked_by_domain.get(name, ()))

    def asked_for_owner(self, certificate_type: int, number: str) -> Sequence[OpenRequest]:
        asked = self._facts.asked_by_owner
        return self._others(asked.get(owner_key(certificate_type, number), ())) if asked else ()

    def open_on_subject(self, bureau_id: int) -> Sequence[OpenRequest]:
        found = self._facts.open_by_subject
        mine = [*found.get((self._one.isp_id, str(bureau_id)), ())]
        return self._others(mine)

    def is_in_process_elsewhere(self, bureau_id: int) -> bool:
        marked = self._facts.in_process
        if self._one.isp_id is not None:
            return (self._one.isp_id, bureau_id) in marked
        return any(key == bureau_id for _isp_id, key in marked)

    def filed_own_ids(self, kind: str) -> frozenset[int]:
        return self._facts.own_ids[kind]

    def looks(self) -> Sequence[Look]:
        return self._facts.looks.get(self._one.key, ()) if self._one.key else ()

    def is_unfiled(self, domain: str) -> bool:
        listed = self._facts.unfiled
        return listed is None or domain.lower() in listed

    def answered(self, domain: str) -> Sequence[OpenRequest]:
        return self._others(self._facts.answered.get(domain, ()))

    def _others(self, found: Iterable[tuple[int, OpenRequest]]) -> list[OpenRequest]:
        return [other for key, other in found if key != self._one.key]


def certificate_in(content: Document) -> Certificate | None:
    """The certificate of a document's subject, its number tidied."""
    certificate = (content.get("subject") or {}).get("certificate") or {}
    kind, number = certificate.get("type"), certificate.get("number")
    return (kind, tidy_certificate_number(number)) if kind and number else None


def domains_in(content: Document) -> Iterator[str]:
    """The names of all domains, in small letters as filed data has them."""
    for site in content.get("websites", []):
        for domain in site.get("domains", []):
            if name := domain.get("name"):
                yield name.lower()


def _mobiles(content: Document) -> Iterator[str]:
    people = [(content.get("subject") or {}).get("responsible") or {}]
    people += [site.get("responsible") or {} for site in content.get("websites", [])]
    for person in people:
        yield from filter(None, person.get("mobile", "").split(";"))


def _bare(row: Website) -> HeldWebsite:
    return HeldWebsite(
        row.isp_id, row.bureau_id, row.number, row.name, row.subject.name, row.subject.bureau_id, row.home_url,
        row.state == FiledState.CANCELLED,
    )  # fmt: skip


def _whole(row: Website) -> HeldWebsite:
    bare = _bare(row)
    return HeldWebsite(
        **{name: getattr(bare, name) for name in bare.__dataclass_fields__}
        | {
            "domain_ids": frozenset(each.bureau_id for each in row.domains.all() if each.bureau_id),
            "accesses": tuple(
                HeldAccess(
                    each.bureau_id,
                    each.provider_id,
                    each.isp_id,
                    frozenset(part.bureau_id for part in each.ranges.all() if part.bureau_id),
                )
                for each in row.accesses.all()
            ),
        }
    )
