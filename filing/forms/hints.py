"""Where a result code of the bureau points in a document: element names of the interface to paths of the form.

Codes name elements from the back ("Zj/Zjhm", "Fzr_sjhm"); a field matches where its elements end so.
Spec: V.3.0 upload schema, XZBA/Baxx; the hints stand in filing/data/result_codes.tsv.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from filing.forms.bound import value_at
from filing.forms.typed import Document
from filing.result_codes import SUCCESS_CODES, explain

_PERSON = {
    "name": "Fzr_xm",
    "office_phone": "Fzr_dhhm",
    "mobile": "Fzr_sjhm",
    "email": "Fzr_dzyj",
    "msn": "Msn",
    "qq": "Qq",
    "certificate_type": "Fzr_zjlx",
    "certificate_number": "Fzr_zjhm",
}

ELEMENTS: dict[str, str] = {
    "subject.name": "Zt_xx/Dwmc",
    "subject.nature": "Zt_xx/Dwxz",
    "subject.investor": "Zt_xx/Tzr",
    "subject.address.province": "Zt_xx/Txdz/Shengid",
    "subject.address.city": "Zt_xx/Txdz/Shiid",
    "subject.address.county": "Zt_xx/Txdz/Xianid",
    "subject.address.detail": "Zt_xx/Txdz/Xxdz",
    "subject.certificate.type": "Zt_xx/Zj/Zjlx",
    "subject.certificate.number": "Zt_xx/Zj/Zjhm",
    "subject.certificate.address": "Zt_xx/Zj/Zjzs",
    **{f"subject.responsible.{key}": f"Zt_xx/Fzr/{tag}" for key, tag in _PERSON.items()},
    "subject.filed_by": "Zt_xx/Bbfs",
    "websites.name": "Wz_xx/Wzmc",
    "websites.pre_approvals.type": "Wz_xx/Nrlx/Nrlx_xx/Nrlx_id",
    "websites.pre_approvals.number": "Wz_xx/Nrlx/Nrlx_xx/Qzsph",
    "websites.pre_approvals.scans": "Wz_xx/Nrlx/Nrlx_xx/Spwj",
    "websites.service_contents": "Wz_xx/Fwnr/Fwnr_id",
    "websites.languages": "Wz_xx/Yylb/Yylb_id",
    "websites.domains": "Wz_xx/Ym_xx/Ym",
    "websites.accesses.server_locations": "Wz_xx/Jr_xx/Wzfb/Fbdd",
    "websites.accesses.methods": "Wz_xx/Jr_xx/Wzjrfs/Jrfs",
    "websites.accesses.ip_ranges": "Wz_xx/Jr_xx/Ip_xx/Qsip",
    **{f"websites.responsible.{key}": f"Wz_xx/Wz_Fzr/{tag}" for key, tag in _PERSON.items()},
    "websites.home_url": "Wz_xx/Syurl",
    "attachments.purpose": "Fj/Fjxx/Fjyt",
    "attachments.content": "Fj/Fjxx/Fjnr",
    "attachments.owner": "Fj/Fjxx/Fjssdx/Ssdxlx",
}

_SAME_FIELD = {
    "Zzip": "Qsip",
    "Ip_xx": "Qsip",
    "Fjwjgs": "Fjnr",
    "Ssdxbs": "Ssdxlx",
    "Wzfb": "Fbdd",
    "Wzjrfs": "Jrfs",
}
"""Elements that the form asks for together with another, or that hold only one other."""


@dataclass(frozen=True)
class Hint:
    """A code points at a field of a document."""

    code: int
    path: str


def hints_for(codes: Iterable[int], content: Document, words: str = "") -> list[Hint]:
    """The fields that result codes point at.

    Of several websites only those are meant whose domain, name or address the bureau's words quote, if any is quoted.
    """
    found: list[Hint] = []
    for code in codes:
        if code in SUCCESS_CODES:
            continue
        general = [path for hint in explain(code).fields for path in _paths_of(hint)]
        for path in dict.fromkeys(general):
            found += [Hint(code, each) for each in _quoted(_placed(path, content), content, words)]
    return found


def _paths_of(hint: str) -> Iterator[str]:
    wanted = hint.split("/")
    wanted[-1] = _SAME_FIELD.get(wanted[-1], wanted[-1])
    for path, elements in ELEMENTS.items():
        steps = elements.split("/")
        # The schema wraps lists ("Fj/Fjxx/Fjyt"); a hint names the ends ("Fj/Fjyt"). So: the last step, the others in order.
        if steps[-1] == wanted[-1] and _in_order(wanted[:-1], steps[:-1]):
            yield path


def _in_order(wanted: list[str], steps: list[str]) -> bool:
    """Whether the steps occur one after another. A responsible person named without whose means either."""
    left = iter(steps)
    return all(any(step == each or (each == "Fzr" and step == "Wz_Fzr") for step in left) for each in wanted)


def _placed(path: str, content: Document) -> list[str]:
    """The path with the places of all list items that the document has: websites.name to websites[0].name …"""
    found = [""]
    for step in path.split("."):
        longer: list[str] = []
        for stem in found:
            here = f"{stem}.{step}" if stem else step
            items = value_at(content, here)
            is_blocks = isinstance(items, list) and step in (
                "websites",
                "accesses",
                "pre_approvals",
                "attachments",
            )
            longer += [f"{here}[{place}]" for place in range(len(items))] if is_blocks else [here]
        found = longer
    return found


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
