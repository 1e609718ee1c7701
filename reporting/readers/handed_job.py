"""The work of reading handed-over data: which documents, what is known of codes, and the messages that come of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from reporting.readers.fragments import Fragments
from reporting.readers.handed_files import READING_FAILS, Unusable, open_entry
from reporting.readers.handed_over import Known
from reporting.readers.handed_records import Item, read_record

BATCH_RECORDS = 500
BATCH_BYTES = 8 * 1024 * 1024


class Batch(NamedTuple):
    """Records of a source, up to `position`. `read_bytes`: how far the source was read; `encoding`: how it is written."""

    number: int
    position: int
    items: list[Item]
    read_bytes: int
    encoding: str


class Ended(NamedTuple):
    """A source was read to its end, or as far as it can be (`trouble`). `oddities` of the document as a whole."""

    number: int
    records: int
    oddities: list[str]
    read_bytes: int
    trouble: str = ""


Message = Batch | Ended


@dataclass(frozen=True)
class Job:
    """What to read: sources as (number, path, entry, records that are done), and what is known of codes."""

    sources: list[tuple[int, str, str, int]]
    codes: dict[str, list[int]] = field(default_factory=dict)
    forms: dict[int, str] = field(default_factory=dict)
    province: int | None = None

    def as_json(self) -> str:
        return json.dumps(self.__dict__)

    @classmethod
    def of_json(cls, text: str) -> Job:
        facts = json.loads(text)
        facts["forms"] = {int(kind): form for kind, form in facts["forms"].items()}
        return cls(**facts)

    @property
    def known(self) -> Known:
        codes = {tag: frozenset(values) for tag, values in self.codes.items()}
        return Known(codes, self.forms, self.province)


def read_job(job: Job) -> Iterator[Message]:
    """All messages of a job. What reading one source raises ends that source only."""
    known = job.known
    for number, path, inner, done in job.sources:
        yield from _read_source(number, Path(path), inner, done, known)


def _read_source(number: int, path: Path, inner: str, done: int, known: Known) -> Iterator[Message]:
    fragments, items, size, last, trouble = None, [], 0, done, ""
    try:
        with open_entry(path, inner) as stream:
            fragments = Fragments(stream)
            for fragment in fragments:
                if fragment.position <= done:
                    continue
                last = fragment.position
                if (item := read_record(fragment, fragments.encoding, known)) is not None:
                    items.append(item)
                size += len(fragment.data)
                if len(items) >= BATCH_RECORDS or size >= BATCH_BYTES:
                    yield Batch(number, last, items, fragments.read_bytes, fragments.encoding)
                    items, size = [], 0
    except (Unusable, *READING_FAILS) as error:
        trouble = f"读到第 {last} 条之后读不下去：{error}" if last else f"读不出来：{error}"
    read = fragments.read_bytes if fragments else 0
    if items and fragments:
        yield Batch(number, last, items, read, fragments.encoding)
    yield Ended(number, last, fragments.oddities if fragments else [], read, trouble)
