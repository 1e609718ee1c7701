"""Results and decisions. Spec: V.3.0 download schema, ICP/BAJG/Jg_xx and ICP/BAJG/GJSHS/Gjsh."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from reporting.readers import elements


@dataclass(frozen=True)
class ResultData:
    """Jg_xx: codes for one request. `target` (Bs) names it; `descriptions` stand beside their codes, "" where missing."""

    operation_kind: int | None
    target: str
    codes: tuple[int, ...]
    descriptions: tuple[str, ...]
    remarks: str = ""

    @property
    def words(self) -> str:
        """The bureau's own words, each once."""
        return "\n".join(dict.fromkeys(filter(None, [*self.descriptions, self.remarks])))


@dataclass(frozen=True)
class DecisionData:
    """Gjsh: the bureau's decision. `target_id` (Jlid) and the operation kind may both be missing."""

    approved: bool
    operation_kind: int | None
    target_id: int | None
    words: str
    reviewer: str = ""
    reviewer_phone: str = ""
    decided_at: datetime | None = None


def read_result(node: etree._Element) -> ResultData:
    """Raises: elements.Unreadable where no code can be read."""
    rows = [
        (code, elements.text(row, "Dmms"))
        for row in elements.children(node, "Jgxx")
        if (code := elements.number(row, "Jgdm")) is not None
    ]
    if not rows:
        raise elements.Unreadable("Jg_xx 没有结果代码 Jgdm")
    return ResultData(
        operation_kind=elements.number(node, "Czlx"),
        target=elements.text(node, "Bs"),
        codes=tuple(code for code, _words in rows),
        descriptions=tuple(words for _code, words in rows),
        remarks=elements.text(node, "Bz"),
    )


def read_decision(node: etree._Element) -> DecisionData:
    """Raises: elements.Unreadable where Shjg is neither 0 nor 1: nothing is guessed."""
    verdict = elements.required_number(node, "Shjg")
    if verdict not in (0, 1):
        raise elements.Unreadable(f"Gjsh 的 Shjg 是 {verdict}，不是 0 或 1")
    return DecisionData(
        approved=verdict == 1,
        operation_kind=elements.number(node, "Czlx"),
        target_id=elements.number(node, "Jlid"),
        words=elements.text(node, "Shyj"),
        reviewer=elements.text(node, "Shrxm"),
        reviewer_phone=elements.text(node, "Shr_dhhm"),
        decided_at=elements.moment(node, "Shsj"),
    )
