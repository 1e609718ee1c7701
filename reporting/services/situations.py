"""All that is known of requests that wait, gathered for many at once. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from filing.choices import AT_BUREAU_STATES, RequestState
from filing.identifiers import province_of_number
from filing.models import Request, Revision
from filing.services.codes import province_of
from filing.sms import CHECKED
from filing.working_days import Term, local_day, term_of
from reporting.choices import Direction
from reporting.models import Diagnosis, FileEntry
from reporting.selectors import link_of, links
from reporting.services.line_facts import Line, gather

LEGAL_DAYS = 20
"""Working days that the law gives the bureau. Spec: protocol "What comes back, and to what it belongs"."""

WAITING_STATES = AT_BUREAU_STATES | {
    RequestState.READY,
    RequestState.PACKED,
    RequestState.UPLOADING,
    RequestState.UNCERTAIN,
}
"""States in which something of the link, of the bureau or of ours is owed to the request."""

CLOCKS_MAY_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True)
class Situation:
    """One waiting request with its link, its latest place in a file, and what the bureau answered about it.

    `has_mobile`: it carries a responsible person's mobile, to which the ministry may send its SMS.
    `answers` are those that are younger than the acceptance. `province` is the subject's, where the request tells it.
    """

    request: Request
    line: Line | None
    entry: FileEntry | None
    diagnosis: Diagnosis | None
    province: int | None
    now: datetime
    has_mobile: bool = False

    @property
    def answers(self) -> list[dict[str, Any]]:
        accepted = self.request.accepted_at
        if self.diagnosis is None or accepted is None:
            return []
        rows: list[dict[str, Any]] = self.diagnosis.answers
        return [row for row in rows if datetime.fromisoformat(row["at"]) >= accepted]

    @property
    def at_bureau(self) -> bool:
        return self.request.state in AT_BUREAU_STATES

    @property
    def direction(self) -> Direction:
        """Which side of the link it waits for."""
        return Direction.RECEIVING if self.at_bureau else Direction.SENDING

    @property
    def sent_at(self) -> datetime | None:
        """Since when the bureau may have it: what came before cannot be about it."""
        if self.entry is not None and self.entry.file.sent_at is not None:
            return self.entry.file.sent_at
        return self.request.accepted_at

    @property
    def is_emptied_since(self) -> bool:
        """Whether the bureau's queue was emptied after it had accepted the request."""
        emptied, accepted = self.line.link.emptied_at if self.line else None, self.request.accepted_at
        return emptied is not None and accepted is not None and emptied >= accepted

    @property
    def term(self) -> Term | None:
        """The end of the bureau's time by law; None while it has not accepted the request."""
        accepted = self.request.accepted_at
        return term_of(local_day(accepted), LEGAL_DAYS) if accepted else None

    @property
    def is_overdue(self) -> bool:
        return self.term is not None and local_day(self.now) > self.term.last_day

    @property
    def is_elsewhere(self) -> bool:
        """Whether the subject is of another province than the link's bureau."""
        if self.line is None or self.province is None:
            return False
        return self.province != province_of(self.line.link.province)


def situations(requests: Sequence[Request], now: datetime) -> list[Situation]:
    """The situations of requests, in their order. Three queries for the requests, some for each link."""
    known = links()
    lines = {
        link.pk: gather(link, now)
        for link in known
        if any((mine := link_of(request, known)) and mine.pk == link.pk for request in requests)
    }
    entries = _latest_entries(requests)
    diagnoses = {row.request_id: row for row in Diagnosis.objects.filter(request__in=requests)}
    told = _told(requests)
    found = []
    for request in requests:
        link = link_of(request, known)
        found.append(
            Situation(
                request=request,
                line=lines[link.pk] if link else None,
                entry=entries.get(request.pk),
                diagnosis=diagnoses.get(request.pk),
                province=told[request.pk].province if request.pk in told else None,
                now=now,
                has_mobile=request.pk in told and told[request.pk].has_mobile,
            )
        )
    return found


def _latest_entries(requests: Sequence[Request]) -> dict[int, FileEntry]:
    rows = (
        FileEntry.objects.filter(request__in=requests)
        .select_related("file")
        .defer("file__zip_bytes")
        .order_by("request_id", "-pk")
        .distinct("request_id")
    )
    return {row.request_id: row for row in rows}


_NUMBERS = ("subject_number", "website_number", "number", "subject__number")


_MOBILES = ("subject__responsible__mobile", "websites__0__responsible__mobile")


@dataclass(frozen=True)
class _Told:
    """What a document says that a diagnosis asks for."""

    province: int | None
    has_mobile: bool


def _told(requests: Sequence[Request]) -> dict[int, _Told]:
    """The subject's province, of its address or else of the abbreviation in front of its number; and whether a mobile
    stands in what is checked by SMS. One query."""
    wanted = {request.pk: request for request in requests}
    names = ("subject__address__province", *_NUMBERS, *_MOBILES)
    columns = [f"content__{name}" for name in names]
    rows = Revision.objects.filter(request__in=requests).values_list("request_id", "number", *columns)
    found: dict[int, _Told] = {}
    for key, number, province, *told in rows:
        if number != wanted[key].revision_number:
            continue
        numbers, mobiles = told[: len(_NUMBERS)], told[len(_NUMBERS) :]
        named = next((name for name in numbers if isinstance(name, str) and name), "")
        place = province_of(province) if isinstance(province, int) else province_of_number(named)
        found[key] = _Told(place, wanted[key].operation in CHECKED and any(mobiles))
    return found
