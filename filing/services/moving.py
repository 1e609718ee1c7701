"""A move of address ranges: what is to become of which address, and whom of those that are filed it concerns.

Ranges of equal length are exchanged one to one; of another length, every range within the old one becomes the whole new
one (n to 1). What lies only in part in an old range is cut: the rest stays as it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from django.db.models import F, Q

from filing.choices import UNDECIDED_STATES, FiledState, Operation
from filing.identifiers import format_ipv4, parse_ipv4, uses_of_range
from filing.identifiers.lines import read_ranges
from filing.identifiers.text import BadAddress
from filing.models import AddressRange, Request, Subject
from filing.models.words import Span
from filing.services.starting import targets_of, why_not

Document = dict[str, Any]
MOST_EXCHANGES = 200
MOST_RANGES = 100_000
"""Of so many filed ranges a move may be, one and all; more are moved in parts."""
SLICE = 500
Range = tuple[int, int]


class BadMove(Exception):
    """What was asked is no move. Fields: `problems`, pairs of a field ("old", "new") and Chinese words."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        self.problems = list(problems)
        super().__init__("；".join(words for _field, words in problems))


@dataclass(frozen=True)
class Exchange:
    """One old range and what takes its place. Units: IPv4 addresses as numbers, both ends included."""

    old: Range
    new: Range

    @property
    def one_to_one(self) -> bool:
        return self.old[1] - self.old[0] == self.new[1] - self.new[0]

    def moved(self, first: int, last: int) -> Range:
        """What becomes of a piece that lies in the old range."""
        if not self.one_to_one:
            return self.new
        return first - self.old[0] + self.new[0], last - self.old[0] + self.new[0]


@dataclass(frozen=True)
class Move:
    """What is wanted. `location` and `province` narrow it: a code of the server location, a province of subjects."""

    exchanges: tuple[Exchange, ...]
    isp_id: int | None = None
    location: int | None = None
    province: int | None = None

    def as_json(self) -> Document:
        pairs = [[*each.old, *each.new] for each in self.exchanges]
        return {
            "exchanges": pairs,
            "isp_id": self.isp_id,
            "location": self.location,
            "province": self.province,
        }

    @classmethod
    def from_json(cls, plan: Document) -> Move:
        pairs = tuple(Exchange((a, b), (c, d)) for a, b, c, d in plan["exchanges"])
        return cls(pairs, plan["isp_id"], plan["location"], plan["province"])

    @property
    def words(self) -> str:
        """In one line: what goes where."""
        first = f"{range_words(self.exchanges[0].old)} → {range_words(self.exchanges[0].new)}"
        return first + (f" 等 {len(self.exchanges)} 段" if len(self.exchanges) > 1 else "")


def range_words(addresses: Range) -> str:
    """A range as people write it; one address as that address."""
    first, last = addresses
    return format_ipv4(first) if first == last else f"{format_ipv4(first)}-{format_ipv4(last)}"


def read_exchanges(old_text: str, new_text: str) -> tuple[Exchange, ...]:
    """Read what was typed on both sides, a range a line: as many on the right as on the left, or one for all.

    Raises: BadMove.
    """
    problems: list[tuple[str, str]] = []
    old, new = _read(old_text, "old", problems), _read(new_text, "new", problems)
    if not problems and len(new) not in (1, len(old)):
        problems.append(
            ("new", f"左边 {len(old)} 段，右边 {len(new)} 段：一行对一行填，或右边只填一段给全部用")
        )
    ordered = sorted(old)
    for before, after in pairwise(ordered):
        if after[0] <= before[1]:
            problems.append(("old", f"{range_words(before)} 与 {range_words(after)} 有重叠，去掉一段"))
            break
    for each in new:
        # Addresses of documentation are only warned of, as in the form.
        if uses := [use for use in uses_of_range(*each) if use.use != "documentation"]:
            problems.append(
                ("new", f"{range_words(each)} 含{uses[0].name}，管局不收（代码 1006）：换成公网地址")
            )
    if len(old) > MOST_EXCHANGES:
        problems.append(("old", f"一次最多 {MOST_EXCHANGES} 段，现在 {len(old)} 段：分几次做"))
    if problems:
        raise BadMove(problems)
    pairs = zip(old, new if len(new) == len(old) else new * len(old), strict=True)
    found = tuple(Exchange(*pair) for pair in pairs)
    if same := next((each for each in found if each.old == each.new), None):
        raise BadMove([("new", f"{range_words(same.old)} 换前换后一样，去掉这一行")])
    return found


def _read(text: str, side: str, problems: list[tuple[str, str]]) -> list[Range]:
    records, too_long = read_ranges(text)
    found: list[Range] = []
    for record in records:
        try:
            first, last = parse_ipv4(record["start"]), parse_ipv4(record["end"])
        except BadAddress:
            typed = record["start"] if record["start"] == record["end"] else "-".join(record.values())
            problems.append(
                (side, f"“{typed[:64]}”不是 IP 段，写成 203.0.113.8-203.0.113.15 或 203.0.113.0/24")
            )
            continue
        if first > last:
            problems.append((side, f"{record['start']}-{record['end']} 起止颠倒，对调后再填"))
            continue
        found.append((first, last))
    problems += [(side, f"“{each[:40]}…”不是 IP 段") for each in too_long]
    if not records and not too_long:
        problems.append((side, "填要换下的 IP 段，一行一段" if side == "old" else "填换成的 IP 段，一行一段"))
    return found


def exchanged(ranges: Sequence[Range], exchanges: Iterable[Exchange]) -> list[Range]:
    """What becomes of the ranges of an access, in order; each once. Equal to `ranges` where nothing of it moves."""
    left: list[tuple[Range, bool]] = [(each, False) for each in ranges]
    for exchange in exchanges:
        left = [
            piece for each, done in left for piece in ([(each, True)] if done else _pieces(each, exchange))
        ]
    return list(dict.fromkeys(each for each, _done in left))


def _pieces(addresses: Range, exchange: Exchange) -> Iterator[tuple[Range, bool]]:
    first, last = max(addresses[0], exchange.old[0]), min(addresses[1], exchange.old[1])
    if first > last:
        yield addresses, False
        return
    if addresses[0] < first:
        yield (addresses[0], first - 1), False
    yield exchange.moved(first, last), True
    if last < addresses[1]:
        yield (last + 1, addresses[1]), False


# --- whom it concerns -------------------------------------------------------------------------------


@dataclass
class Concerned:
    """One subject that a move concerns. `lines`: website, ranges now, ranges then; `why_not`: why it cannot change now,
    in Chinese; `standing`: the change under way that stands in the way."""

    subject: Subject
    websites: set[int] = field(default_factory=set)
    accesses: set[int] = field(default_factory=set)
    lines: list[tuple[str, list[str], list[str]]] = field(default_factory=list)
    why_not: str = ""
    standing: Request | None = None

    @property
    def facts(self) -> Document:
        """What a row of the batch keeps of it."""
        return {
            "websites": len(self.websites),
            "accesses": len(self.accesses),
            "lines": [list(each) for each in self.lines[:MOST_LINES]],
            "more": max(0, len(self.lines) - MOST_LINES),
        }


MOST_LINES = 20


@dataclass
class Preview:
    """What a move would do. `foreign`: how many accesses of other providers lie in the ranges, which we cannot change."""

    concerned: list[Concerned] = field(default_factory=list)
    ranges: int = 0
    foreign: int = 0
    too_many: bool = False

    @property
    def going(self) -> list[Concerned]:
        return [each for each in self.concerned if not each.why_not]

    @property
    def held_back(self) -> list[Concerned]:
        return [each for each in self.concerned if each.why_not]

    @property
    def websites(self) -> int:
        return sum(len(each.websites) for each in self.going)

    @property
    def accesses(self) -> int:
        return sum(len(each.accesses) for each in self.going)


def preview(move: Move) -> Preview:
    """Whom a move concerns, by the names of subjects. Three queries, and two for each 500 subjects."""
    found = Preview()
    by_access: dict[int, list[Range]] = defaultdict(list)
    sites: dict[int, tuple[int, str, int]] = {}
    rows = _filed_ranges(move)[: MOST_RANGES + 1]
    for start, end, access, website, name, subject, is_ours in rows:
        if not is_ours:
            found.foreign += 1
            continue
        by_access[access].append((start, end))
        sites[access] = (website, name, subject)
    if len(rows) > MOST_RANGES:
        found.too_many = True
        return found
    subjects = _subjects({subject for _website, _name, subject in sites.values()})
    concerned: dict[int, Concerned] = {}
    for access, ranges in by_access.items():
        website, name, key = sites[access]
        one = concerned.setdefault(key, Concerned(subjects[key]))
        one.websites.add(website)
        one.accesses.add(access)
        then = exchanged(ranges, move.exchanges)
        one.lines.append((name, [range_words(each) for each in ranges], [range_words(each) for each in then]))
        found.ranges += len(ranges)
    found.concerned = sorted(concerned.values(), key=lambda each: (each.subject.name, each.subject.pk))
    for begin in range(0, len(found.concerned), SLICE):
        hold_back(found.concerned[begin : begin + SLICE])
    return found


def _filed_ranges(move: Move) -> list[tuple[int, int, int, int, str, int, bool]]:
    touched = Q()
    for each in move.exchanges:
        touched |= Q(span__overlap=(each.old[0], each.old[1] + 1))
    rows = AddressRange.objects.alias(span=Span()).filter(
        touched,
        access__state=FiledState.FILED,
        access__website__state=FiledState.FILED,
        access__website__subject__state=FiledState.FILED,
    )
    if move.isp_id is not None:
        rows = rows.filter(isp_id=move.isp_id)
    if move.location is not None:
        rows = rows.filter(access__server_locations__contains=[move.location])
    if move.province is not None:
        rows = rows.filter(access__website__subject__province=move.province)
    ours = Q(access__provider_id=None) | Q(access__provider_id=F("access__isp_id"))
    return list(
        rows.annotate(is_ours=ours)
        .order_by("access_id", "start")
        .values_list(
            "start",
            "end",
            "access_id",
            "access__website_id",
            "access__website__name",
            "access__website__subject_id",
            "is_ours",
        )
    )


def _subjects(keys: set[int]) -> dict[int, Subject]:
    columns = ("pk", "name", "number", "bureau_id", "isp_id", "state", "province")
    ordered, found = sorted(keys), {}
    for begin in range(0, len(ordered), SLICE):
        rows = Subject.objects.only(*columns).in_bulk(ordered[begin : begin + SLICE])
        found.update(rows)
    return found


def hold_back(concerned: Sequence[Concerned]) -> None:
    """Say of each subject why it cannot be changed now, where it cannot. One query."""
    targets = {name: each for each in concerned for name in targets_of(each.subject)}
    standing = Request.objects.filter(
        operation=Operation.CHANGE, target__in=targets, state__in=UNDECIDED_STATES
    ).defer("icp_password")
    for request in standing:
        one = targets[request.target]
        one.standing = request
        one.why_not = f"已有变更 {request.ref}（{request.get_state_display()}），等它有结论后再换"
    for each in concerned:
        each.why_not = why_not(Operation.CHANGE, each.subject) or each.why_not
