"""Filed data in which everything meets: few ids and names, so that files share them, move them and contradict."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from hypothesis import strategies as st

from tests.reporting.downloads import document

Spec = dict[str, Any]
Document = dict[str, Any]
FOREIGN = 999_999
"""An enterprise id that none of our requests gave."""

POOL = 14
"""So many ids of the bureau there are of each kind, for three files of up to twelve records."""

DOMAINS = ["yi.cn", "er.cn", "san.cn", *(f"shili{n}.cn" for n in range(1, 9))]
SPANS = [(101, 102), (103, 103), (104, 109), (105, 106)]
UNSTORABLE_SPAN = (109, 104)


@st.composite
def files(draw: st.DrawFn, contents: list[Document]) -> list[Spec]:
    """The records of one file: invented ones, and ones about what these documents of ours asked for.

    Within a file most ids come once, as in life; a repeated record is thrown in now and then.
    """
    maker = _Maker(draw, contents)
    filings = [each for each in contents if "subject" in each]
    records = []
    for _ in range(draw(st.integers(2, 12))):
        is_ours = draw(st.integers(0, 3)) == 0
        records.append(maker.asked_for(draw(st.sampled_from(filings))) if is_ours else maker.invented())
    if draw(st.integers(0, 4)) == 0:
        records.insert(draw(st.integers(0, len(records))), draw(st.sampled_from(records)))
    return records


class _Maker:
    """Makes the records of one file, handing out each id of a kind once (until they are used up)."""

    def __init__(self, draw: st.DrawFn, contents: list[Document]) -> None:
        self.draw, self.contents = draw, contents
        self.ids: dict[str, list[int]] = {
            kind: list(draw(st.permutations(range(start, start + POOL))))
            for kind, start in {
                "subject": 100,
                "site": 200,
                "domain": 300,
                "access": 400,
                "span": 500,
            }.items()
        }

    def id(self, kind: str) -> int:
        left = self.ids[kind]
        return left.pop() if len(left) > 1 else left[0]

    def pick(self, *values: Any) -> Any:
        return self.draw(st.sampled_from(values))

    def several(self, most: int) -> range:
        return range(self.draw(st.integers(0, most)))

    def own(self, *path: str) -> int | None:
        """No enterprise id mostly; else a foreign one, or one of ours that belongs elsewhere."""
        if self.draw(st.integers(0, 2)):
            return None
        return self.pick(FOREIGN, *_own_ids(self.contents, *path))

    def invented(self) -> Spec:
        return {
            "id": self.id("subject"),
            "own": self.own("subject"),
            "name": self.pick(*"甲乙丙丁" * 6, "", "长" * 300),
            "number": self.pick("", "京ICP备2026000001号", "京ICP备2026000002号"),
            "paper": self.pick("X1", "91110108MA00000001", "91110108MA00000002"),
            "websites": [self._site() for _ in self.several(2)],
        }

    def _site(self) -> Spec:
        return {
            "id": self.id("site"),
            "own": self.own("websites"),
            "name": self.pick("站", "另站"),
            "number": self.pick("", "京ICP备2026000001号-1"),
            "domains": [self._domain(self.pick(*DOMAINS)) for _ in self.several(3)],
            "accesses": [self._access() for _ in self.several(2)],
        }

    def _domain(self, name: str) -> Spec:
        number = self.pick(None, 1)
        return {
            "id": number and self.id("domain"),
            "own": self.own("websites", "domains"),
            "name": name,
        }

    def _access(self) -> Spec:
        spans = [self.pick(*SPANS * 8, UNSTORABLE_SPAN) for _ in self.several(3)]
        return {
            "id": self.id("access"),
            "own": self.own("websites", "accesses"),
            "ranges": [
                {
                    "id": self.pick(None, 1) and self.id("span"),
                    "own": self.own("websites", "accesses", "ip_ranges"),
                    "span": span,
                }
                for span in spans
            ],
        }

    def asked_for(self, content: Document) -> Spec:
        """What a new filing of ours asked for, filed: with our numbers, or with some of them lost."""
        subject = content["subject"]
        return {
            "id": self.id("subject"),
            "own": self._kept(subject),
            "name": subject["name"],
            "number": self.pick("", "京ICP备2026000003号"),
            "paper": self.pick(subject["certificate"]["number"], "X2"),
            "websites": [
                self._site()
                | {
                    "own": self._kept(site),
                    "domains": [
                        self._domain(each["name"]) | {"own": self._kept(each)} for each in site["domains"]
                    ],
                    "accesses": [self._access() | {"own": self._kept(each)} for each in site["accesses"]],
                }
                for site in content["websites"]
            ],
        }

    def _kept(self, part: Document) -> int | None:
        return self.pick(*[part["own_id"]] * 5, None, FOREIGN)


def _own_ids(contents: list[Document], *path: str) -> list[int]:
    found: list[Any] = contents
    for step in path:
        parts = [each[step] for each in found if step in each]
        found = [one for part in parts for one in (part if isinstance(part, list) else [part])]
    return [each["own_id"] for each in found if "own_id" in each]


# --- as XML -------------------------------------------------------------------------------------------


def basj(*records: Spec) -> bytes:
    """A download that holds these records."""
    return document(f"<BASJ>{''.join(map(baxx, records))}</BASJ>")


def _leaf(tag: str, value: object) -> str:
    return "" if value in (None, "") else f"<{tag}>{escape(str(value))}</{tag}>"


def baxx(spec: Spec) -> str:
    subject = "".join(
        [
            _leaf("IspZtid", spec["own"]),
            _leaf("Ztid", spec["id"]),
            _leaf("Dwmc", spec["name"]),
            "<Txdz><Shengid>110000</Shengid></Txdz>",
            f"<Zj><Zjlx>1</Zjlx><Zjhm>{spec['paper']}</Zjhm></Zj>",
            _leaf("Baxh", spec["number"]),
        ]
    )
    return f"<Baxx><Zt_xx>{subject}</Zt_xx>{''.join(map(_website, spec['websites']))}</Baxx>"


def _website(spec: Spec) -> str:
    domains = "".join(
        f"<Ym_xx>{_leaf('IspYmid', each['own'])}{_leaf('Ymid', each['id'])}<Ym>{each['name']}</Ym></Ym_xx>"
        for each in spec["domains"]
    )
    names = _leaf("IspWzid", spec["own"]) + _leaf("Wzid", spec["id"]) + _leaf("Wzmc", spec["name"])
    accesses = "".join(map(_access, spec["accesses"]))
    return f"<Wz_xx>{names}{domains}{accesses}{_leaf('Baxh', spec['number'])}</Wz_xx>"


def _access(spec: Spec) -> str:
    ranges = "".join(
        f"<Ip_xx>{_leaf('IspIpid', each['own'])}{_leaf('Ipid', each['id'])}"
        f"<Qsip>{each['span'][0]}</Qsip><Zzip>{each['span'][1]}</Zzip></Ip_xx>"
        for each in spec["ranges"]
    )
    return f"<Jr_xx>{_leaf('IspJrid', spec['own'])}{_leaf('Jrid', spec['id'])}{ranges}</Jr_xx>"
