"""Which verification a request needs: read from the difference between what is filed and what is asked. Pure.

Spec: R14 of the training materials. In person: the unit's certificate or the website's responsible person's identity
(for an individual: their own identity), and whatever is new. By other means: contacts and website data. Access data is
only kept current.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from filing.choices import INDIVIDUAL_NATURE, Operation
from filing.documents.difference import changes, compare, pairs
from filing.documents.digest import digest
from filing.documents.paths import without_repeats
from verification.choices import Way

Document = dict[str, Any]


class Facet(Enum):
    """What a field says something of."""

    CERTIFICATE = "主办者的证件信息"
    OWNER_IDENTITY = "主体负责人的身份"
    SITE_IDENTITY = "网站负责人的身份"
    NATURE = "单位性质"
    CONTACT = "联系方式"
    SUBJECT_DATA = "主体的其他信息"
    WEBSITE_DATA = "网站信息"
    ACCESS_DATA = "接入信息"
    NAMES = "标识、备案号与备注"


def _person(prefix: str, identity: Facet) -> dict[str, Facet]:
    own = dict.fromkeys(("name", "certificate_type", "certificate_number"), identity)
    contacts = dict.fromkeys(("office_phone", "mobile", "email", "msn", "qq"), Facet.CONTACT)
    return {f"{prefix}.responsible.{name}": facet for name, facet in (own | contacts).items()}


def _of(facet: Facet, prefix: str, *names: str) -> dict[str, Facet]:
    return {f"{prefix}.{name}": facet for name in names}


FACETS: dict[str, Facet] = {
    **_of(
        Facet.CERTIFICATE, "subject", "name", "certificate.type", "certificate.number", "certificate.address"
    ),
    **_of(Facet.NATURE, "subject", "nature"),
    **_of(Facet.SUBJECT_DATA, "subject", "investor"),
    **_of(Facet.CONTACT, "subject.address", "province", "city", "county", "detail"),
    **_of(Facet.NAMES, "subject", "number", "bureau_id", "filed_by", "remarks"),
    **_person("subject", Facet.OWNER_IDENTITY),
    **_of(Facet.WEBSITE_DATA, "websites[]", "name", "service_contents", "languages", "home_url"),
    **_of(Facet.WEBSITE_DATA, "websites[].domains[]", "name"),
    **_of(Facet.WEBSITE_DATA, "websites[].pre_approvals[]", "type", "number", "scans"),
    **_of(Facet.NAMES, "websites[]", "number", "bureau_id", "remarks", "domains[].bureau_id"),
    **_of(Facet.ACCESS_DATA, "websites[].accesses[]", "server_locations", "methods"),
    **_of(Facet.ACCESS_DATA, "websites[].accesses[].ip_ranges[]", "start", "end"),
    **_of(Facet.NAMES, "websites[].accesses[]", "bureau_id", "ip_ranges[].bureau_id"),
    **_person("websites[]", Facet.SITE_IDENTITY),
    **_of(Facet.ACCESS_DATA, "access", "server_locations", "methods"),
    **_of(Facet.ACCESS_DATA, "access.ip_ranges[]", "start", "end"),
    **dict.fromkeys(
        ("subject_number", "subject_bureau_id", "website_number", "website_bureau_id"), Facet.NAMES
    ),
}
"""Each field of the operations that somebody is verified for. A field without a line here fails the table test."""

_WAYS: dict[Facet, Way | None] = {
    Facet.CERTIFICATE: Way.IN_PERSON,
    Facet.SITE_IDENTITY: Way.IN_PERSON,
    Facet.OWNER_IDENTITY: Way.OTHER,
    Facet.NATURE: Way.OTHER,
    Facet.CONTACT: Way.OTHER,
    Facet.SUBJECT_DATA: Way.OTHER,
    Facet.WEBSITE_DATA: Way.OTHER,
    Facet.ACCESS_DATA: Way.CURRENT,
    Facet.NAMES: None,
}
_IN_WORDS = {
    Way.IN_PERSON: "变了，要当面核验",
    Way.OTHER: "变了，不必当面，用电话、邮件、查询等方式核实",
    Way.CURRENT: "变了，由接入商自己保持准确",
}

VERIFIED = frozenset({Operation.NEW_FILING, Operation.NEW_WEBSITE, Operation.NEW_ACCESS, Operation.CHANGE})
"""Operations for which somebody is verified. The others take something away, answer the bureau or are papers."""


@dataclass(frozen=True)
class Need:
    """One verification that a request needs, of its subject (`place` None) or of a website (from 0).

    `key` names the same thing in later versions. `fields`: the labels of what changed; empty where all is new. `stated`
    is the digest of what is to be proved: a verification counts as long as it stays the same.
    """

    key: str
    place: int | None
    way: Way
    words: tuple[str, ...]
    fields: tuple[str, ...]
    stated: str

    @property
    def is_proof_wanted(self) -> bool:
        return self.way != Way.CURRENT


def needed(operation: str, asked: Document, filed: Document | None = None) -> list[Need]:
    """What must be verified before a request is submitted, and how.

    Shape: the subject first, then the websites by their place; for each the strongest way first. `filed`: for a change, what
    is filed now as a change would tell it; None where it is not held here, so that nothing can be compared.
    """
    match operation:
        case Operation.NEW_FILING:
            subject = _new(operation, asked, None, "主体第一次备案，负责人要当面核验")
            return subject + list(_new_websites(operation, asked, "网站第一次备案，负责人要当面核验"))
        case Operation.NEW_WEBSITE:
            return list(_new_websites(operation, asked, "网站第一次备案，负责人要当面核验"))
        case Operation.NEW_ACCESS:
            words = "网站第一次由本单位接入，负责人要当面核验"
            return [Need("website", 0, Way.IN_PERSON, (words,), (), digest(_names_of(asked)))]
        case Operation.CHANGE if filed is None:
            words = "库中没有这条备案，无从比较，按当面核验"
            return _new(operation, asked, None, words) + list(_new_websites(operation, asked, words))
        case Operation.CHANGE if filed is not None:
            return _changed(operation, asked, filed)
    return []


def facet_at(path: str) -> Facet:
    """What the field at a path says something of. Raises: KeyError where it has no line."""
    return FACETS[_pattern(path)]


def way_for(facet: Facet, *, individual: bool) -> Way | None:
    """How a changed field is verified; None where there is nothing to verify. An individual is the subject's person."""
    if individual and facet in (Facet.OWNER_IDENTITY, Facet.NATURE):
        return Way.IN_PERSON
    return _WAYS[facet]


def key_of(website: Document, place: int) -> str:
    """What names a website in later versions of the same request: our number, else its filing number (the bureau's id
    may be filled in only when it is frozen), else its place."""
    for name in ("own_id", "number", "bureau_id"):
        if website.get(name):
            return f"website:{website[name]}"
    return f"website-{place}"


def stated(operation: str, asked: Document, place: int | None, way: Way) -> str:
    """The digest of what a verification of this way proves, of the subject or a website."""
    part = _part(asked, place)
    individual = _is_individual(asked)
    lines = compare(operation, {}, part)
    facts = [[line.path, line.new] for line in lines if _way_at(line.path, individual) == way]
    return digest(facts)


def _pattern(path: str) -> str:
    return re.sub(r"\[\d+\]", "[]", path)


def _way_at(path: str, individual: bool) -> Way | None:
    return way_for(facet_at(path), individual=individual)


def _part(document: Document, place: int | None) -> Document:
    """The document with nothing in it but its subject, or one website."""
    if place is None:
        return {"subject": document["subject"]} if document.get("subject") else {}
    return {"websites": [document["websites"][place]]}


def _names_of(asked: Document) -> Document:
    return {name: asked[name] for name in ("website_number", "website_bureau_id") if name in asked}


def _is_individual(*documents: Document) -> bool:
    return any(each.get("subject", {}).get("nature") == INDIVIDUAL_NATURE for each in documents)


def _new(operation: str, asked: Document, place: int | None, words: str) -> list[Need]:
    """Something new: in person, and what else is told of it by the same visit or by other means."""
    key = "subject" if place is None else key_of(asked["websites"][place], place)
    rest = "联系方式和其他信息要核实" if place is None else "联系方式和网站信息要核实"
    return [
        Need(key, place, way, (said,), (), stated(operation, asked, place, way))
        for way, said in ((Way.IN_PERSON, words), (Way.OTHER, rest))
    ]


def _new_websites(operation: str, asked: Document, words: str) -> Iterator[Need]:
    for place in range(len(asked.get("websites", []))):
        yield from _new(operation, asked, place, words)


def _changed(operation: str, asked: Document, filed: Document) -> list[Need]:
    individual = _is_individual(asked, filed)
    found = _by_way(operation, asked, None, _part(filed, None), individual)
    websites = _with_bureau_ids(asked.get("websites", []), filed.get("websites", []))
    for before, after in pairs(filed.get("websites", []), websites):
        if after is None:
            continue
        place = after[0]
        if before is None:
            found += _new(operation, asked, place, "库中没有这个网站，无从比较，按当面核验")
        else:
            old = {"websites": [before[1]]}
            found += _by_way(operation, asked, place, old, individual)
    return found


def _with_bureau_ids(websites: list[Document], filed: list[Document]) -> list[Document]:
    """Websites that are named by their number alone get the bureau's id: by that they are paired."""
    ids = {each.get("number"): {"bureau_id": each["bureau_id"]} for each in filed if "bureau_id" in each}
    return [ids.get(each.get("number") or each.get("bureau_id"), {}) | each for each in websites]


def _by_way(
    operation: str, asked: Document, place: int | None, filed: Document, individual: bool
) -> list[Need]:
    """What changed of the subject or a website, gathered by the way in which it is verified, the strongest first."""
    gathered: dict[Way, dict[str, Facet]] = {}
    for line in changes(operation, filed, _part(asked, place)):
        facet = facet_at(line.path)
        way = way_for(facet, individual=individual)
        if way is not None:
            label = without_repeats(line.label.removeprefix("网站 1 · "))
            gathered.setdefault(way, {})[label] = facet
    key = "subject" if place is None else key_of(asked["websites"][place], place)
    return [
        Need(
            key,
            place,
            way,
            tuple(f"{facet.value}{_IN_WORDS[way]}" for facet in dict.fromkeys(gathered[way].values())),
            tuple(gathered[way]),
            stated(operation, asked, place, way),
        )
        for way in Way
        if way in gathered
    ]
