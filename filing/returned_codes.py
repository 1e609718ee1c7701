"""Which codes came back, how often, and for which requests: what to teach, what to check next. Read queries only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from filing.models import RequestEvent
from filing.result_codes import LATER_CODES, SUCCESS_CODES, ResultCode, explain
from filing.rules.registry import RULES
from filing.rules.words import deciders

MOST_EXAMPLES = 3
MOST_WORDS = 3

WHO = {
    "rule": "本系统先行检查",
    "packing": "打包时检查",
    "built": "由程序保证",
    "bureau": "只有管局知道",
    "never": "本系统不报这类数据",
    "good": "不是问题",
}
"""Who can tell a code before the bureau does (`filing/data/deciders.tsv`)."""


@dataclass
class Example:
    """A request that a code came back for."""

    ref: str
    subject_name: str
    at: datetime


@dataclass
class CameBack:
    """One code: how often it came and for how many requests, the latest, what is known of it.

    `who`: who can tell it first; `rules`: what this system checks for it. `words`: the bureau's own, of a code that no
    table holds; the latest ones.
    """

    code: ResultCode
    times: int
    requests: int
    last_at: datetime
    who: str = ""
    why: str = ""
    rules: list[str] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


_COUNTS = """
SELECT code, count(*), count(DISTINCT event.request_id), max(event.at)
FROM filing_requestevent AS event
JOIN filing_request AS request ON request.id = event.request_id
CROSS JOIN LATERAL unnest(event.codes) AS code
WHERE event.codes <> '{}' AND event.at >= %s AND event.at < %s
  AND (%s::bigint IS NULL OR request.isp_id = %s) AND NOT code = ANY(%s)
GROUP BY code ORDER BY count(*) DESC, code
"""

_EXAMPLES = """
SELECT code, ref, subject_name, at, words FROM (
    SELECT code, request.ref, request.subject_name, event.at, event.words,
           row_number() OVER (PARTITION BY code ORDER BY event.at DESC, event.id DESC) AS place
    FROM filing_requestevent AS event
    JOIN filing_request AS request ON request.id = event.request_id
    CROSS JOIN LATERAL unnest(event.codes) AS code
    WHERE event.codes <> '{}' AND event.at >= %s AND event.at < %s
      AND (%s::bigint IS NULL OR request.isp_id = %s) AND code = ANY(%s)
) AS found WHERE place <= %s ORDER BY code, place
"""


def came_back(
    since: datetime, until: datetime, *, isp_id: int | None = None, with_good: bool = False
) -> list[CameBack]:
    """The codes of a span of time, the most frequent first. Two queries, by the index of events that carry codes."""
    left_out = [] if with_good else sorted(SUCCESS_CODES)
    span: list[Any] = [since, until, isp_id, isp_id]
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [*span, left_out])
        rows = [
            CameBack(explain(code), times, requests, last_at)
            for code, times, requests, last_at in cursor.fetchall()
        ]
        if rows:
            cursor.execute(_EXAMPLES, [*span, [each.code.code for each in rows], MOST_EXAMPLES])
            _add_examples(rows, cursor.fetchall())
    for each in rows:
        _say_who(each)
    return rows


def _add_examples(rows: Sequence[CameBack], found: Sequence[tuple[int, str, str, datetime, str]]) -> None:
    by_code: dict[int, list[tuple[str, str, datetime, str]]] = defaultdict(list)
    for code, ref, name, at, words in found:
        by_code[code].append((ref, name, at, words))
    for row in rows:
        for ref, name, at, words in by_code[row.code.code]:
            if ref not in {each.ref for each in row.examples}:
                row.examples.append(Example(ref, name, at))
            if not row.code.is_known and words and words not in row.words[:MOST_WORDS]:
                row.words.append(words)


def _say_who(row: CameBack) -> None:
    number = row.code.code
    who, row.why = deciders().get(number, ("bureau", "代码表里没有这个代码"))
    row.who = "稍后自动再报" if number in LATER_CODES else WHO[who]
    row.rules = list(dict.fromkeys(each.title for each in RULES if each.code == number and each.severity))


def any_codes() -> bool:
    """Whether any code ever came back."""
    return RequestEvent.objects.exclude(codes=[]).exists()
