"""The ledger of a link, number by number: which file carried it, what became of it, by what we know it. Reads only.

A number is spent by the file that the bureau accepted; refused and dropped files gave theirs back. Spec: protocol "The
sequence number" (gapless over the whole life of the reporting unit).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db.models import (
    BigIntegerField,
    Count,
    Exists,
    F,
    Func,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    TextChoices,
    Window,
)
from django.db.models.functions import Coalesce, Lead

from filing.secrets import OVERHEAD_BYTES
from reporting.choices import NUMBER_HELD, UNSETTLED, EntryOutcome, FileState, NumberDecision
from reporting.models import DataFile, FileEntry, Link, NumberCheck

PAGE_SIZE = 50
HIGHEST_DIGITS = 10
"""Of a sequence number, which has four bytes."""

GAVE_BACK = frozenset({FileState.REFUSED, FileState.DROPPED})
_TAKEN_UP = (NumberDecision.ADOPT, NumberDecision.OURS_ARRIVED)
SENT_BACK = (EntryOutcome.RETURNED, EntryOutcome.REJECTED)


class Standing(TextChoices):
    """How it is with a number."""

    ACCEPTED = "accepted", "已受理"
    IN_HAND = "in_hand", "在手"
    NEXT = "next", "下一号"
    BEFORE = "before", "本系统接管以前的"
    GAP = "gap", "缺号"


class Kind(TextChoices):
    """Which numbers a page shows."""

    ALL = "all", "全部"
    ACCEPTED = "accepted", "已受理"
    IN_HAND = "in_hand", "在手"
    WAITING = "waiting", "有等结果的"
    SENT_BACK = "sent_back", "有退回的"
    GAVE_BACK = "gave_back", "未受理过的"
    GAPS = "gaps", "缺号与接管以前的"


@dataclass(frozen=True)
class Span:
    """Numbers in a row of which no file is accepted here. `check`: a person took them up from the bureau; None: a gap."""

    first: int
    last: int
    check: NumberCheck | None = None

    @property
    def count(self) -> int:
        return self.last - self.first + 1

    @property
    def words(self) -> str:
        """12, or 15–16."""
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"


@dataclass(frozen=True)
class Line:
    """One number, or several in a row of which there is nothing to tell apart.

    `file` holds the number, `gave_back` carried it before; the latest first. `outcomes` counts the records of `file`.
    """

    first: int
    last: int
    standing: Standing
    file: DataFile | None = None
    gave_back: tuple[DataFile, ...] = ()
    check: NumberCheck | None = None
    outcomes: dict[str, int] = field(default_factory=dict)

    @property
    def words(self) -> str:
        return Span(self.first, self.last).words

    @property
    def files(self) -> list[DataFile]:
        return [*filter(None, [self.file]), *self.gave_back]

    @property
    def sent_back(self) -> int:
        """Records that came back: returned by format or business checks, or rejected."""
        return sum(self.outcomes.get(each, 0) for each in SENT_BACK)

    @property
    def waiting(self) -> int:
        return self.outcomes.get(EntryOutcome.WAITING, 0) if self.standing == Standing.ACCEPTED else 0


@dataclass(frozen=True)
class Page:
    """Lines of the ledger, the highest number first. `older`: where the next page begins (numbers below), or None."""

    lines: list[Line]
    older: int | None


def files_of(link: Link) -> QuerySet[DataFile]:
    """The files of a link without their bytes; `zip_length` is the size of those, also of pruned ones."""
    return with_length(link.files.all())


def with_length(files: QuerySet[DataFile]) -> QuerySet[DataFile]:
    """Without the bytes, but with how many they are."""
    sealed = Func(F("zip_bytes"), function="octet_length", output_field=BigIntegerField())
    return files.defer("zip_bytes").annotate(zip_length=Coalesce("zip_size", sealed - OVERHEAD_BYTES))


def spans(link: Link) -> list[Span]:
    """Numbers that no accepted file of ours spent, in order: gaps, and what was taken up from the bureau."""
    held = link.files.filter(state__in=NUMBER_HELD, sequence__lt=link.next_sequence)
    ends = held.aggregate(lowest=Min("sequence"), highest=Max("sequence"), count=Count("sequence"))
    if ends["lowest"] is None:
        missing = [(1, link.next_sequence - 1)]
    else:
        missing = [(1, ends["lowest"] - 1)]
        # No number is held twice, so the count tells whether one is missing in between, and mostly none is.
        if ends["count"] < ends["highest"] - ends["lowest"] + 1:
            after = held.annotate(following=Window(Lead("sequence"), order_by="sequence"))
            inner = after.filter(following__gt=F("sequence") + 1).values_list("sequence", "following")
            missing += [(number + 1, following - 1) for number, following in inner.order_by("sequence")]
        missing.append((ends["highest"] + 1, link.next_sequence - 1))
    taken = list(
        link.number_checks.filter(decision__in=_TAKEN_UP).defer("bureau_zip").order_by("our_next", "pk")
    )
    return [span for first, last in missing if first <= last for span in _split(first, last, taken)]


def _split(first: int, last: int, taken: Sequence[NumberCheck]) -> Iterator[Span]:
    """Divide missing numbers into those that a person took up from the bureau and gaps."""
    at = first
    for check in taken:
        begin, end = max(check.our_next, at), min(check.bureau_sequence, last)
        if begin > end:
            continue
        if at < begin:
            yield Span(at, begin - 1)
        yield Span(begin, end, check)
        at = end + 1
    if at <= last:
        yield Span(at, last)


def gaps(link: Link) -> list[Span]:
    """Numbers that are spent and of which nobody knows by what. There should be none."""
    return [span for span in spans(link) if span.check is None]


def read_page(
    link: Link, kind: Kind = Kind.ALL, *, text: str = "", before: int | None = None, size: int = PAGE_SIZE
) -> Page:
    """A page of the ledger: numbers below `before`, the highest first. `text`: a number, a file name or a ref.

    Six queries, however many lines there are.
    """
    shows_all = kind == Kind.ALL and not text
    if kind == Kind.GAPS:
        return _page_of_spans(link, before, size)
    files = link.files.filter(_wanted(kind, text))
    if before is not None:
        files = files.filter(sequence__lt=before)
    numbers = list(
        files.order_by("-sequence").values_list("sequence", flat=True).distinct()[: size + 1],
    )
    more = len(numbers) > size
    numbers = numbers[:size]
    known = spans(link)
    lines = _lines(link, numbers, known)
    if shows_all:
        top = link.next_sequence if before is None else before - 1
        lines += _between(known, numbers, bottom=numbers[-1] if more else 1, top=top)
        if before is None and link.next_sequence not in numbers:
            lines.append(Line(link.next_sequence, link.next_sequence, Standing.NEXT))
    lines.sort(key=lambda line: line.last, reverse=True)
    return Page(lines, numbers[-1] if more else None)


def _wanted(kind: Kind, text: str) -> Q:
    entries = FileEntry.objects.filter(file=OuterRef("pk"))
    conditions = {
        Kind.ACCEPTED: Q(state=FileState.ACCEPTED),
        Kind.IN_HAND: Q(state__in=UNSETTLED),
        Kind.GAVE_BACK: Q(state__in=GAVE_BACK),
        Kind.WAITING: Q(state=FileState.ACCEPTED) & Q(Exists(entries.filter(outcome=EntryOutcome.WAITING))),
        Kind.SENT_BACK: Q(state=FileState.ACCEPTED) & Q(Exists(entries.filter(outcome__in=SENT_BACK))),
    }
    found = conditions.get(kind, Q())
    if text:
        named = Q(name__icontains=text) | Q(Exists(entries.filter(request__ref__icontains=text)))
        if text.isascii() and text.isdigit() and len(text) <= HIGHEST_DIGITS:
            named |= Q(sequence=int(text))
        found &= named
    return found


def _page_of_spans(link: Link, before: int | None, size: int) -> Page:
    known = [span for span in reversed(spans(link)) if before is None or span.last < before]
    shown = known[:size]
    return Page([_line_of(span) for span in shown], shown[-1].first if len(known) > size else None)


def _line_of(span: Span) -> Line:
    standing = Standing.BEFORE if span.check else Standing.GAP
    return Line(span.first, span.last, standing, check=span.check)


def _lines(link: Link, numbers: Iterable[int], known: Sequence[Span]) -> list[Line]:
    """Numbers with all the files that ever carried them."""
    by_number: dict[int, list[DataFile]] = {}
    for file in files_of(link).filter(sequence__in=list(numbers)).order_by("-pk"):
        by_number.setdefault(file.sequence, []).append(file)
    holders = {
        number: next((file for file in files if file.state in NUMBER_HELD), None)
        for number, files in by_number.items()
    }
    outcomes = outcomes_of([file for file in holders.values() if file is not None])
    found = []
    for number, files in by_number.items():
        holder = holders[number]
        span = next((each for each in known if each.first <= number <= each.last), None)
        found.append(
            Line(
                number,
                number,
                _standing(link, number, holder, span),
                holder,
                tuple(file for file in files if file is not holder),
                span.check if span and holder is None else None,
                outcomes.get(holder.pk, {}) if holder else {},
            )
        )
    return found


def _standing(link: Link, number: int, holder: DataFile | None, span: Span | None) -> Standing:
    if holder is not None:
        return Standing.ACCEPTED if holder.state == FileState.ACCEPTED else Standing.IN_HAND
    if span is not None:
        return Standing.BEFORE if span.check else Standing.GAP
    return Standing.NEXT if number >= link.next_sequence else Standing.GAP


def _between(known: Sequence[Span], numbers: Sequence[int], *, bottom: int, top: int) -> list[Line]:
    """What of the missing numbers lies on a page, cut where a number has a line of its own."""
    found = []
    shown = sorted(numbers)
    for span in known:
        at, end = max(span.first, bottom), min(span.last, top)
        for number in shown:
            if at <= number <= end:
                if at < number:
                    found.append(_line_of(Span(at, number - 1, span.check)))
                at = number + 1
        if at <= end:
            found.append(_line_of(Span(at, end, span.check)))
    return found


def outcomes_of(files: Sequence[DataFile]) -> dict[int, dict[str, int]]:
    """How many records of each file ended how, by the file's key."""
    rows = (
        FileEntry.objects.filter(file__in=[file.pk for file in files])
        .order_by()
        .values_list("file", "outcome")
        .annotate(count=Count("pk"))
    )
    found: dict[int, dict[str, int]] = {}
    for key, outcome, count in rows:
        found.setdefault(key, {})[outcome] = count
    return found
