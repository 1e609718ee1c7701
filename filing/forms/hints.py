"""Where a result code of the bureau points in the form: element names of the interface to paths of fields.

Which element is which field of a document stands in filing/data/fault_places.tsv; here it becomes the field on the
page, in each website that may be meant, whether something stands in it or not.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from filing.documents.paths import value_at
from filing.forms.bound import STANDS_FOR
from filing.forms.looks import LOOKS
from filing.forms.typed import Document
from filing.result_codes import SUCCESS_CODES, explain
from filing.rules.certificates import ID_CARD

_FILE = Path(__file__).parent.parent / "data" / "fault_places.tsv"
_LISTS = frozenset({"websites", "accesses", "pre_approvals", "attachments"})
_OF_AN_IDENTITY_CARD = "身份证"


@dataclass(frozen=True)
class Hint:
    """A code points at a field of a document."""

    code: int
    path: str


def hints_for(codes: Iterable[int], content: Document, words: str = "") -> list[Hint]:
    """The fields that result codes point at.

    Of several websites only those are meant whose domain, name or address the bureau's words quote, if any is
    quoted. A code about identity cards means no other certificate.
    """
    found: list[Hint] = []
    for code in codes:
        if code in SUCCESS_CODES:
            continue
        general = [path for element in explain(code).fields for path in fields_of(element)]
        for path in dict.fromkeys(general):
            if path.partition(".")[0] not in content:
                continue
            places = _quoted(_placed(path, content), content, words)
            if _OF_AN_IDENTITY_CARD in explain(code).message:
                places = [place for place in places if _is_identity_card(place, content)]
            found += [Hint(code, place) for place in places]
    return found


@cache
def fields_of(element: str) -> tuple[str, ...]:
    """Paths without places of the form's fields that an element of the interface means."""
    path = _table().get(element)
    if path is None:
        return ()
    stem, dot, last = path.replace("[*]", "").rpartition(".")
    wanted = _pattern(stem + dot + STANDS_FOR.get(last, last))
    # A list that is typed as lines is one field: what stands below it in the document is meant by it.
    above = _pattern(stem) if stem else None
    exact = tuple(field for field in LOOKS if wanted.fullmatch(field))
    return exact or tuple(field for field in LOOKS if above and above.fullmatch(field))


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.escape(path).replace(r"\*", ".*"))


@cache
def _table() -> dict[str, str]:
    with _FILE.open(encoding="utf-8", newline="") as lines:
        content = (line for line in lines if not line.startswith("#"))
        rows = csv.DictReader(content, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["field"]: row["path"] for row in rows}


def _placed(path: str, content: Document) -> list[str]:
    """The path with the places of all list items that the document has: websites.name to websites[0].name …"""
    found = [""]
    for step in path.split("."):
        longer: list[str] = []
        for stem in found:
            here = f"{stem}.{step}" if stem else step
            items = value_at(content, here)
            if isinstance(items, list) and step in _LISTS:
                longer += [f"{here}[{place}]" for place in range(len(items))]
            elif step not in _LISTS:
                longer.append(here)
        found = longer
    return found


def _is_identity_card(path: str, content: Document) -> bool:
    stem, _, last = path.rpartition(".")
    kind = "certificate_type" if last == "certificate_number" else "type"
    return value_at(content, f"{stem}.{kind}") in (ID_CARD, None)


def _quoted(paths: list[str], content: Document, words: str) -> list[str]:
    def website_of(path: str) -> str:
        return path[: path.index("]") + 1] if path.startswith("websites[") else ""

    named = {
        path for path in paths if website_of(path) and _is_quoted(value_at(content, website_of(path)), words)
    }
    return [path for path in paths if path in named] if named else paths


def _is_quoted(website: Document | None, words: str) -> bool:
    if not website or not words:
        return False
    texts = [website.get("name", ""), *(each.get("name", "") for each in website.get("domains", []))]
    for access in website.get("accesses", []):
        texts += [each.get("start", "") for each in access.get("ip_ranges", [])]
    # Not \w: Chinese letters stand right beside a name that is quoted.
    return any(
        len(text) >= 3 and re.search(rf"(?<![A-Za-z0-9_.-]){re.escape(text)}(?![A-Za-z0-9_-])", words)
        for text in texts
    )
