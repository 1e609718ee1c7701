"""Values out of nodes: read, bounded, compared with the code tables; what is odd about them is collected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from filing.identifiers.certificates import check_form, tidy_certificate_number
from filing.masking import mask, mask_text
from reporting.choices import Oddity, Remedy
from reporting.readers import odd_values
from reporting.readers.elements import moment_of
from reporting.readers.nodes import Deviation, Node

PERSONAL = frozenset(["Zjhm", "Fzr_zjhm", "Fzr_xm", "Fzr_dhhm", "Fzr_sjhm", "Fzr_dzyj", "Msn", "Qq"])
"""Values of people: they are told masked."""
SHOWN = 120
_MOST_ID = 2**63 - 1


def shown(place: str, value: str) -> str:
    """A value as a list may show it."""
    tag = place.rpartition("/")[2].partition("[")[0]
    told = mask(value) if tag in PERSONAL else mask_text(value)
    return told if len(told) <= SHOWN else f"{told[:SHOWN]}…（共 {len(value)} 字）"


class Reading:
    """Collects in `found` what is odd. Places are told from the record down; `at` is where the node stands."""

    def __init__(self, codes: Mapping[str, frozenset[int]], forms: Mapping[int, str], conforms: bool) -> None:
        self.codes, self.forms, self.conforms = codes, forms, conforms
        self.found: list[Deviation] = []

    def odd(self, kind: Oddity, place: str, value: str, words: str, remedy: Remedy) -> None:
        self.found.append(Deviation(kind, place, shown(place, value) if value else "", words, remedy))

    def missing(self, place: str, words: str) -> None:
        self.odd(Oddity.MISSING, place, "", words, Remedy.MENDED)

    def strange(self, node: Node, known: frozenset[str], at: str) -> None:
        """Tell the parts that the interface does not have."""
        if self.conforms:
            return
        for tag in node.keys() - known:
            value = node[tag][0]
            place = f"{at}/{tag}" if at else tag
            told = value if isinstance(value, str) else ""
            self.odd(Oddity.UNKNOWN_PART, place, told, "接口没有这一项，没有存入", Remedy.IN_PART)

    # --- parts ------------------------------------------------------------------------------------

    def part(self, node: Node, tag: str, at: str) -> Node:
        """The one part of a name; empty where it is missing or a text. Of several the first counts."""
        values = node.get(tag)
        if not values:
            return {}
        parts = [each for each in values if isinstance(each, dict)]
        if len(parts) > 1:
            place = at if at.endswith(f"/{tag}") else f"{at}/{tag}"
            self.odd(Oddity.DOUBLED, place.strip("/"), "", "出现多次，取第一个", Remedy.IN_PART)
        return parts[0] if parts else {}

    def part_or(self, node: Node, tag: str, at: str, names: frozenset[str]) -> Node:
        """A part, or the node itself where its values stand there directly."""
        found = self.part(node, tag, at)
        if found:
            self.strange(found, names, f"{at}/{tag}")
        elif names & node.keys():
            self.odd(Oddity.CONVERTED, f"{at}/{tag}", "", f"内容没有放在 {tag} 里，已读出", Remedy.MENDED)
            return node
        else:
            self.missing(f"{at}/{tag}", "没有这一部分")
        return found

    def parts(self, node: Node, tag: str, at: str) -> Iterator[tuple[str, Node]]:
        """All parts of a name with their places."""
        for index, each in enumerate(node.get(tag, ()), 1):
            place = f"{at}/{tag}[{index}]" if at else f"{tag}[{index}]"
            if isinstance(each, dict):
                yield place, each
            elif each.strip():
                self.odd(Oddity.UNREADABLE, place, each, "应是一组内容，这里是文字，没有存入", Remedy.IN_PART)

    # --- values -----------------------------------------------------------------------------------

    def text(self, node: Node, tag: str, at: str, most: int) -> str:
        values = node.get(tag)
        if values is None:
            return ""
        value = values[0]
        if len(values) > 1 and any(each != value for each in values):
            self.odd(Oddity.DOUBLED, f"{at}/{tag}", "", "出现多次且不同，取第一个", Remedy.IN_PART)
        if not isinstance(value, str):
            self.odd(
                Oddity.UNREADABLE, f"{at}/{tag}", "", "应是文字，这里是一组内容，没有存入", Remedy.IN_PART
            )
            return ""
        value = value.strip()
        if len(value) > most:
            words = f"有 {len(value)} 字，只存前 {most} 字"
            self.odd(Oddity.TOO_LONG, f"{at}/{tag}", value, words, Remedy.IN_PART)
            value = value[:most]
        if "\ufffd" in value:
            self.odd(Oddity.ENCODING, f"{at}/{tag}", value, "有读不出来的字符", Remedy.AS_IT_IS)
        return value

    def number(self, node: Node, tag: str, at: str) -> int | None:
        value = self.text(node, tag, at, 64) if tag in node else ""
        if not value:
            return None
        found, words = odd_values.whole(value)
        if found is None or found > _MOST_ID:
            self.odd(Oddity.UNREADABLE, f"{at}/{tag}", value, "不是数字，留空", Remedy.IN_PART)
            return None
        if words:
            self.odd(Oddity.CONVERTED, f"{at}/{tag}", value, words, Remedy.MENDED)
        return found

    def id(self, node: Node, tag: str, at: str, *, needed: bool = False) -> int | None:
        """A record's id: from 1 on."""
        found = self.number(node, tag, at)
        if found == 0:
            self.odd(Oddity.UNREADABLE, f"{at}/{tag}", "0", "标识不能是 0，按没有标识处理", Remedy.MENDED)
        if needed and not found:
            self.missing(f"{at}/{tag}", "没有管局标识，按备案号、证件或名称辨认")
        return found or None

    def is_known(self, tag: str, code: int) -> bool:
        known = self.codes.get(tag)
        return known is None or code in known

    def code(self, node: Node, tag: str, at: str) -> int | None:
        """A code, taken also where no table has it."""
        return self._code(self.number(node, tag, at), tag, f"{at}/{tag}")

    def _code(self, found: int | None, tag: str, place: str) -> int | None:
        if found is None:
            return None
        if found > odd_values.MOST:
            self.odd(Oddity.UNREADABLE, place, str(found), "不是代码，留空", Remedy.IN_PART)
            return None
        if not self.is_known(tag, found):
            self.odd(Oddity.UNKNOWN_CODE, place, str(found), "代码表里没有", Remedy.AS_IT_IS)
        return found

    def code_list(self, node: Node, list_tag: str, tag: str, at: str) -> tuple[int, ...]:
        """The codes of a list; a list that holds its codes as text (1;2;3) is taken apart."""
        found: list[int] = []
        for part in node.get(list_tag, ()):
            place = f"{at}/{list_tag}/{tag}"
            if isinstance(part, str):
                values = part.replace("；", ";").replace(",", ";").replace("，", ";").split(";")
                if part.strip():
                    self.odd(
                        Oddity.CONVERTED, f"{at}/{list_tag}", part, "代码直接写成文字，已拆开", Remedy.MENDED
                    )
            else:
                values = [each for each in part.get(tag, ()) if isinstance(each, str)]
            for index, value in enumerate(filter(None, map(str.strip, values)), 1):
                number, words = odd_values.whole(value)
                here = f"{place}[{index}]"
                if number is None:
                    self.odd(Oddity.UNREADABLE, here, value, "不是代码，没有存入", Remedy.IN_PART)
                elif words:
                    self.odd(Oddity.CONVERTED, here, value, words, Remedy.MENDED)
                code = self._code(number, tag, here)
                if code is not None:
                    found.append(code)
        return tuple(dict.fromkeys(found))

    def moment(self, node: Node, tag: str, at: str) -> datetime | None:
        value = self.text(node, tag, at, 64) if tag in node else ""
        if not value:
            return None
        found = moment_of(value)
        if found is None:
            self.odd(Oddity.UNREADABLE, f"{at}/{tag}", value, "不是日期，留空", Remedy.IN_PART)
        return found

    def certificate(self, node: Node, tag: str, kind: int | None, at: str) -> str:
        """The number of a paper, tidied; one that its form cannot be is told."""
        value = self.text(node, tag, at, 255)
        if not value:
            return ""
        tidy = tidy_certificate_number(value)
        if tidy != value:
            self.odd(Oddity.CONVERTED, f"{at}/{tag}", value, "空格、全角或小写，已规整", Remedy.MENDED)
        form = self.forms.get(kind) if kind is not None else None
        if form and (words := check_form(form, tidy)):
            self.odd(Oddity.DOUBTFUL, f"{at}/{tag}", tidy, mask_text(words), Remedy.AS_IT_IS)
        return tidy
