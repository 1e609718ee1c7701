"""What the queue of the review shows: who waits, since when, what changed in words. No view here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.http import QueryDict
from django.utils import timezone

from filing.choices import Operation, RequestState, Severity
from filing.code_tables import CodeTable
from filing.documents.tally import MATERIAL, sizes, tally
from filing.models import BatchRow, Request, Revision, Subject
from filing.rules import Finding, check
from filing.selectors import reviewable
from filing.services import codes
from filing.services.contexts import contexts_of
from filing.services.filed_document import filed_documents
from filing.services.holdings import subjects_held
from filing.services.reading import Reader, read_elsewhere, readers_of
from filing.services.review import reviewable_among
from filing.times import duration_words

Document = dict[str, Any]
MOST_WORDS = 4
_COUNTED = {"网站": "个网站", "域名": "个域名", "接入": "个接入", "IP 段": "段 IP", "前置审批": "项前置审批"}
_VERDICTS = {0: "核实通过", 1: "核实不通过"}


@dataclass(frozen=True)
class Wanted:
    """What the queue is narrowed to; 0 and "" mean everything. `region` is a province, `batch` the key of one."""

    operation: str = ""
    region: int = 0
    who: int = 0
    batch: int = 0

    @property
    def query(self) -> str:
        """As the address carries it, with a question mark; empty where nothing is narrowed."""
        facts = {"operation": self.operation, "region": self.region, "who": self.who, "batch": self.batch}
        found = urlencode({name: value for name, value in facts.items() if value})
        return f"?{found}" if found else ""


@dataclass(frozen=True)
class Choice:
    """One line of a filter, with how many it would show."""

    value: str
    words: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class QueueRow:
    """One request that waits. `heeds` are its warnings in words; `may` tells whether the reader may decide it.

    `asked` says what is asked or what changed, part by part; `more` counts the parts left out. `images` counts materials.
    """

    filing: Request
    heeds: list[str]
    images: int
    may: bool
    asked: list[str]
    more: int
    readers: list[Reader]

    @property
    def heed(self) -> int:
        """How many warnings there are."""
        return len(self.heeds)

    @property
    def reading(self) -> str:
        """Who has it open now, and since when."""
        return "，".join(
            f"{each.name} 正在看（{duration_words(timezone.now() - each.opened_at)}前打开）"
            for each in self.readers
        )


def read_wanted(query: QueryDict) -> Wanted:
    """What the address asks for; unknown values narrow nothing."""
    operation = query.get("operation", "")
    return Wanted(
        operation if operation in Operation.values else "",
        _number(query.get("region", "")),
        _number(query.get("who", "")),
        _number(query.get("batch", "")),
    )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def waiting(wanted: Wanted | None = None) -> QuerySet[Request]:
    """Requests in review, the longest waiting first."""
    found = (
        Request.objects.filter(state=RequestState.IN_REVIEW)
        .select_related("submitted_by", "created_by")
        .defer("icp_password")
        .order_by("state_changed_at", "pk")
    )
    if wanted is None:
        return found
    if wanted.operation:
        found = found.filter(operation=wanted.operation)
    if wanted.batch:
        found = found.filter(pk__in=BatchRow.objects.filter(batch=wanted.batch).values("request"))
    if wanted.who:
        found = found.filter(submitted_by=wanted.who)
    return found.annotate(province=_province()).filter(province=wanted.region) if wanted.region else found


def _province() -> Subquery:
    """The province that the content of a request names: of the subject, or of an unfiled website."""
    named = Coalesce(KT("content__subject__address__province"), KT("content__province"))
    current = Revision.objects.filter(request=OuterRef("pk"), number=OuterRef("revision_number"))
    return Subquery(current.annotate(named=Cast(named, IntegerField())).values("named")[:1])


def choices(wanted: Wanted) -> dict[str, list[Choice]]:
    """What the queue can be narrowed to, of what waits. One query."""
    rows = list(
        waiting()
        .annotate(province=_province())
        .values_list(
            "operation",
            "province",
            "submitted_by",
            "submitted_by__first_name",
            "submitted_by__last_name",
            "submitted_by__username",
        )
    )
    names = {row[2]: f"{row[3]} {row[4]}".strip() or row[5] for row in rows if row[2] is not None}
    operations = Counter(row[0] for row in rows)
    regions = Counter(row[1] for row in rows if row[1])
    people = Counter(row[2] for row in rows if row[2])
    return {
        "operations": [
            Choice(each, Operation(each).label, operations[each], each == wanted.operation)
            for each in Operation.values
            if each in operations
        ],
        "regions": [
            Choice(str(each), codes.region_path(each) or str(each), count, each == wanted.region)
            for each, count in sorted(regions.items())
        ],
        "people": [
            Choice(str(each), names[each], count, each == wanted.who)
            for each, count in sorted(people.items(), key=lambda pair: names[pair[0]])
        ],
    }


def rows_of(requests: Sequence[Request], user: User) -> list[QueueRow]:
    """The rows of one page of the queue; a fixed number of queries however many there are."""
    contents, previous = _contents(requests)
    documents = [(request, contents[request.pk]) for request in requests]
    contexts = contexts_of(documents)
    filed = _filed(requests, contents)
    may, readers = reviewable_among(requests, user), readers_of(contents, but=user)
    rows = []
    for (request, content), context in zip(documents, contexts, strict=True):
        asked = asked_of(request.operation, content, previous.get(request.pk), filed.get(request.pk))
        rows.append(
            QueueRow(
                request,
                [each.message for each in warnings(check(request.operation, content, context))],
                len(context.images),
                request.pk in may,
                asked[:MOST_WORDS],
                max(0, len(asked) - MOST_WORDS),
                readers.get(request.pk, []),
            )
        )
    return rows


def _contents(requests: Sequence[Request]) -> tuple[dict[int, Document], dict[int, Document]]:
    """The content that is reviewed, and that of the revision before it, by the request's key. One query."""
    revisions = Revision.objects.filter(
        request__in=requests, number__gte=F("request__revision_number") - 1
    ).order_by("number")
    contents: dict[int, Document] = {}
    previous: dict[int, Document] = {}
    for key, content in revisions.values_list("request_id", "content"):
        if key in contents:
            previous[key] = contents[key]
        contents[key] = content
    return contents, previous


def _filed(requests: Sequence[Request], contents: dict[int, Document]) -> dict[int, Document]:
    """What is filed of the subjects that changes are about, by the request's key."""
    changes = [each for each in requests if each.operation == Operation.CHANGE]
    subjects = subjects_held([(each.operation, each.isp_id, contents[each.pk]) for each in changes])
    found: dict[int, Subject] = {
        each.pk: subject for each, subject in zip(changes, subjects, strict=True) if subject
    }
    documents = filed_documents(found.values()) if found else {}
    return {key: documents[subject.pk] for key, subject in found.items()}


def warnings(findings: list[Finding]) -> list[Finding]:
    """Those that are shown and stop nothing."""
    return [each for each in findings if each.severity == Severity.WARN]


def asked_of(
    operation: str, content: Document, previous: Document | None, filed: Document | None
) -> list[str]:
    """What a request asks in words: what a correction or a change differs in, else how much it brings."""
    if previous is not None:
        return tally(operation, previous, content).words() or ["没有改动"]
    if operation == Operation.CHANGE and filed is not None:
        return tally(operation, filed, content).words() or ["与管局现有的相同"]
    if operation == Operation.VERIFICATION_RESULT:
        return [_VERDICTS.get(content.get("result", -1), "核实结果")]
    if operation == Operation.UNFILED_RESULT:
        return [codes.name_of(CodeTable.UNFILED_HANDLING, content.get("result")) or "处理结果"]
    if "reason" in content:
        return [codes.name_of(CodeTable.CANCEL_REASON, content["reason"]) or f"理由代码 {content['reason']}"]
    found = sizes(operation, content)
    said = [f"{found[label]} {words}" for label, words in _COUNTED.items() if found.get(label)]
    if operation == Operation.SUBMIT_MATERIALS:
        said.append(f"{found.get(MATERIAL, 0)} 份材料")
    return said


# --- where one stands in the queue ------------------------------------------------------------------


@dataclass(frozen=True)
class Position:
    """Where a request stands among those that its reviewer may decide. `place` is 0 where it is none of them.

    `query` carries the filters of the queue from page to page.
    """

    place: int
    total: int
    before: str
    after: str
    query: str = ""


def position_of(filing: Request, user: User, wanted: Wanted | None = None) -> Position:
    """Tell the place of a request in the queue, narrowed as it is."""
    query = wanted.query if wanted else ""
    refs = _refs(user, wanted)
    if filing.ref not in refs:
        return Position(0, len(refs), "", refs[0] if refs else "", query)
    place = refs.index(filing.ref)
    found = Position(place + 1, len(refs), "", "", query)
    before = refs[place - 1] if place else ""
    after = refs[place + 1] if place + 1 < len(refs) else ""
    return replace(found, before=before, after=after)


def _refs(user: User, wanted: Wanted | None) -> list[str]:
    return list(waiting(wanted).filter(reviewable(user)).values_list("ref", flat=True))


def next_after(position: Position, decided: str, user: User, wanted: Wanted | None = None) -> str:
    """The ref to review after one that was decided; "" if none.

    The one behind it, then the oldest that is left; what somebody else has open comes last.
    """
    refs = [ref for ref in _refs(user, wanted) if ref != decided]
    if position.after in refs:
        place = refs.index(position.after)
        refs = refs[place:] + refs[:place]
    elsewhere = read_elsewhere(user)
    free = [ref for ref in refs if ref not in elsewhere]
    return next(iter(free or refs), "")
