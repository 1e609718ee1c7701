"""Filings that a bureau handed over, on disk or by SJTB: each is taken as far as it can be, and what is odd is told.

The schema is no gate: where it has nothing against a record only its content is looked at, else every value is read
by itself, and what the schema says is told beside it.
Spec: V.3.0 download schema, ICP/BASJ/Baxx and SJTB/ICP/Baxx; training materials, R2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from filing.filed_data import AccessData, DomainData, PersonData, RangeData, SubjectData, WebsiteData
from filing.identifiers import check_filing_number, province_of_number, tidy_filing_number
from reporting.choices import Oddity, Remedy
from reporting.readers import odd_values
from reporting.readers.nodes import Deviation, Node
from reporting.readers.nodes_reading import Reading

NO_NAME = "（名称缺失）"
UNKNOWN_CERTIFICATE = 0
_USUAL_NUMBER = re.compile(r".ICP备[0-9]{8,10}号(?:-[0-9]{1,6})?")

_SUBJECT = frozenset(
    [
        "IspZtid",
        "Ztid",
        "Dwmc",
        "Dwxz",
        "Txdz",
        "Zj",
        "Fzr",
        "Baxh",
        "Bbyhlx",
        "Tzr",
        "Scbbsj",
        "Zjxgsj",
        "Zsyxq",
        "Zslj",
        "Zsxh",
        "Shrxm",
        "Shsj",
        "Bz",
    ]
)
_WEBSITE = frozenset(
    [
        "IspWzid",
        "Wzid",
        "Wzmc",
        "Nrlx",
        "Fwnr",
        "Yylb",
        "Ym_xx",
        "Jr_xx",
        "Wz_Fzr",
        "Syurl",
        "Wz_Bz",
        "Scbbsj",
        "Zjxgsj",
        "Baxh",
    ]
)
_ACCESS = frozenset(["IspJrid", "Jrid", "Ispid", "Wzfb", "Wzjrfs", "Ip_xx"])
_RANGE = frozenset(["IspIpid", "Ipid", "Qsip", "Zzip"])
_DOMAIN = frozenset(["IspYmid", "Ymid", "Ym"])
_PERSON = frozenset(["Fzr_xm", "Fzr_dhhm", "Fzr_sjhm", "Fzr_dzyj", "Msn", "Qq", "Fzr_zjhm", "Fzr_zjlx"])
_ADDRESS = frozenset(["Shengid", "Shiid", "Xianid", "Xxdz"])
_CERTIFICATE = frozenset(["Zjlx", "Zjhm", "Zjzs"])
_OTHER = frozenset(
    ["Baxx", "Zt_xx", "Wz_xx", "Nrlx_xx", "Nrlx_id", "Qzsph", "Spwj", "Fwnr_id", "Yylb_id", "Fbdd", "Jrfs"]
)
NAMES: dict[str, str] = {
    tag.lower(): tag
    for tags in (_SUBJECT, _WEBSITE, _ACCESS, _RANGE, _DOMAIN, _PERSON, _ADDRESS, _CERTIFICATE, _OTHER)
    for tag in tags
}
"""Every tag of a filing, by its small letters."""


@dataclass(frozen=True)
class Known:
    """What is known before a record is read: the codes of each table, the bureau's province, the forms of papers.

    Shape: `codes` by the tag that carries them; a tag that is not there takes any code.
    """

    codes: Mapping[str, frozenset[int]] = field(default_factory=dict)
    forms: Mapping[int, str] = field(default_factory=dict)
    province: int | None = None


def read_filing(
    node: Node, known: Known, *, conforms: bool
) -> tuple[SubjectData | None, list[Deviation], str]:
    """Read one Baxx: the filing, what is odd in it, and (where it is None) why it cannot be taken at all."""
    reading = _Filing(node, known, conforms)
    data = reading.filing()
    return data, reading.found, reading.why_not


class _Filing(Reading):
    """One Baxx on its way."""

    why_not = ""

    def __init__(self, node: Node, known: Known, conforms: bool) -> None:
        super().__init__(known.codes, known.forms, conforms)
        self.node, self.known = node, known

    def filing(self) -> SubjectData | None:
        subject = self.part(self.node, "Zt_xx", "")
        if not subject:
            if "Dwmc" not in self.node and "Ztid" not in self.node:
                self.why_not = "没有主体信息 Zt_xx"
                return None
            self.odd(Oddity.CONVERTED, "Zt_xx", "", "主体信息没有放在 Zt_xx 里，已读出", Remedy.MENDED)
            subject = self.node
        self.strange(
            self.node, frozenset({"Zt_xx", "Wz_xx", "Bz"}) | (_SUBJECT if subject is self.node else set()), ""
        )
        if subject is not self.node:
            self.strange(subject, _SUBJECT | _ADDRESS | _CERTIFICATE, "Zt_xx")
        return self._subject(subject)

    def _subject(self, node: Node) -> SubjectData:
        at = "Zt_xx"
        address = self.part_or(node, "Txdz", at, _ADDRESS)
        paper = self.part_or(node, "Zj", at, _CERTIFICATE)
        number = self._filing_number(node, at, website=False)
        nature = self.code(node, "Dwxz", at)
        kind = self.code(paper, "Zjlx", f"{at}/Zj")
        if kind is None:
            self.missing(f"{at}/Zj/Zjlx", "没有证件类型，留空")
        city = self._region(address, "Shiid", at)
        county = self._region(address, "Xianid", at)
        return SubjectData(
            bureau_id=self.id(node, "Ztid", at, needed=True),
            own_id=self.id(node, "IspZtid", at),
            number=number,
            name=self.text(node, "Dwmc", at, 255) or self._no_name(f"{at}/Dwmc", number),
            nature=nature,
            investor=self.text(node, "Tzr", at, 255),
            province=self._province(address, number, city, county),
            city=city,
            county=county,
            address_detail=self.text(address, "Xxdz", f"{at}/Txdz", 1024),
            certificate_type=UNKNOWN_CERTIFICATE if kind is None else kind,
            certificate_number=self.certificate(paper, "Zjhm", kind, f"{at}/Zj"),
            certificate_address=self.text(paper, "Zjzs", f"{at}/Zj", 1024),
            filed_by=self._filed_by(node, at),
            remarks=self.text(node, "Bz", at, 1024),
            responsible=self._person(node, "Fzr", f"{at}/Fzr"),
            websites=tuple(self._websites()),
            first_filed_at=self.moment(node, "Scbbsj", at),
            last_modified_at=self.moment(node, "Zjxgsj", at),
        )

    def _no_name(self, place: str, instead: str = "") -> str:
        name = instead or NO_NAME
        self.missing(place, f"没有名称，以“{name}”代替")
        return name

    def _filed_by(self, node: Node, at: str) -> int | None:
        found = self.number(node, "Bbyhlx", at)
        if found in (None, 0, 1):
            return found
        self.odd(Oddity.UNKNOWN_CODE, f"{at}/Bbyhlx", str(found), "不是 0 或 1，留空", Remedy.IN_PART)
        return None

    def _region(self, node: Node, tag: str, at: str) -> int | None:
        place = f"{at}/Txdz"
        number = self.number(node, tag, place)
        if number is None:
            return None
        code, words = odd_values.region(number)
        if code is None:
            self.odd(
                Oddity.UNREADABLE, f"{place}/{tag}", str(number), "不是行政区划代码，留空", Remedy.IN_PART
            )
        elif words:
            self.odd(Oddity.CONVERTED, f"{place}/{tag}", str(number), words, Remedy.MENDED)
        elif not self.is_known(tag, code):
            self.odd(Oddity.UNKNOWN_CODE, f"{place}/{tag}", str(code), "代码表里没有", Remedy.AS_IT_IS)
        return code

    def _province(self, node: Node, number: str, city: int | None, county: int | None) -> int:
        """The province; where it is not told, that of the number, of city or county, else of the bureau."""
        if (code := self._region(node, "Shengid", "Zt_xx")) is not None:
            return code
        below = city or county
        found = province_of_number(number) if number else None
        found = found or (below // 10000 * 10000 if below else None) or self.known.province or 100000
        self.missing("Zt_xx/Txdz/Shengid", f"没有省代码，按 {found} 存入")
        return found

    def _filing_number(self, node: Node, at: str, *, website: bool) -> str:
        number = self.text(node, "Baxh", at, 128)
        if not number or (_USUAL_NUMBER.fullmatch(number) and ("-" in number) == website):
            return number
        tidy = tidy_filing_number(number)
        if tidy != number:
            self.odd(Oddity.CONVERTED, f"{at}/Baxh", number, f"按 {tidy} 读取", Remedy.MENDED)
        elif words := check_filing_number(tidy, website=website):
            self.odd(Oddity.DOUBTFUL, f"{at}/Baxh", number, words, Remedy.AS_IT_IS)
        return tidy

    def _person(self, above: Node, tag: str, at: str) -> PersonData:
        node = self.part(above, tag, at)
        if not node:
            return PersonData()
        self.strange(node, _PERSON, at)
        kind = self.code(node, "Fzr_zjlx", at)
        return PersonData(
            name=self.text(node, "Fzr_xm", at, 128),
            office_phone=self.text(node, "Fzr_dhhm", at, 128),
            mobile=self.text(node, "Fzr_sjhm", at, 128),
            email=self.text(node, "Fzr_dzyj", at, 128),
            msn=self.text(node, "Msn", at, 128),
            qq=self.text(node, "Qq", at, 128),
            certificate_type=kind,
            certificate_number=self.certificate(node, "Fzr_zjhm", kind, at),
        )

    # --- websites ---------------------------------------------------------------------------------

    def _websites(self) -> Iterator[WebsiteData]:
        seen: set[int] = set()
        for place, node in self.parts(self.node, "Wz_xx", ""):
            website = self._website(node, place)
            if website.bureau_id in seen:
                words = "同一条备案里有两个网站用这个标识，取后一个"
                self.odd(Oddity.DOUBLED, f"{place}/Wzid", str(website.bureau_id), words, Remedy.IN_PART)
            if website.bureau_id is not None:
                seen.add(website.bureau_id)
            yield website

    def _website(self, node: Node, at: str) -> WebsiteData:
        self.strange(node, _WEBSITE, at)
        number = self._filing_number(node, at, website=True)
        url = self.text(node, "Syurl", at, 512)
        domains = tuple(self._domains(node, at))
        instead = number or url or (domains[0].name if domains else "")
        return WebsiteData(
            bureau_id=self.id(node, "Wzid", at, needed=True),
            own_id=self.id(node, "IspWzid", at),
            number=number,
            name=self.text(node, "Wzmc", at, 512) or self._no_name(f"{at}/Wzmc", instead),
            home_url=url,
            remarks=self.text(node, "Wz_Bz", at, 1024),
            service_contents=self.code_list(node, "Fwnr", "Fwnr_id", at),
            languages=self.code_list(node, "Yylb", "Yylb_id", at),
            pre_approvals=tuple(
                {"type": self.code(each, "Nrlx_id", place), "number": self.text(each, "Qzsph", place, 512)}
                for place, each in self.parts(self.part(node, "Nrlx", at), "Nrlx_xx", f"{at}/Nrlx")
            ),
            domains=domains,
            accesses=tuple(self._accesses(node, at)),
            responsible=self._person(node, "Wz_Fzr", f"{at}/Wz_Fzr"),
            first_filed_at=self.moment(node, "Scbbsj", at),
            last_modified_at=self.moment(node, "Zjxgsj", at),
        )

    def _domains(self, website: Node, at: str) -> Iterator[DomainData]:
        """The domains: several in one value are taken apart, the first keeps the ids."""
        names: set[str] = set()
        ids: set[int] = set()
        for place, node in self.parts(website, "Ym_xx", at):
            self.strange(node, _DOMAIN, place)
            bureau_id, own_id = self.id(node, "Ymid", place), self.id(node, "IspYmid", place)
            if bureau_id in ids:
                words = "两个域名用同一个标识，后一个不带标识存入"
                self.odd(Oddity.DOUBLED, f"{place}/Ymid", str(bureau_id), words, Remedy.MENDED)
                bureau_id = None
            found, words = odd_values.domains(raw := self.text(node, "Ym", place, 4096))
            if words:
                doubtful = words.startswith("不是")
                kind = Oddity.DOUBTFUL if doubtful else Oddity.CONVERTED
                remedy = Remedy.AS_IT_IS if doubtful else Remedy.MENDED
                self.odd(kind, f"{place}/Ym", raw, words, remedy)
            if not found:
                self.odd(Oddity.MISSING, f"{place}/Ym", "", "没有域名，这一项没有存入", Remedy.IN_PART)
            for name in (each[:128] for each in found):
                if name in names:
                    self.odd(
                        Oddity.DOUBLED, f"{place}/Ym", name, "同一网站里重复的域名，只存一次", Remedy.MENDED
                    )
                    continue
                names.add(name)
                ids |= {bureau_id} if bureau_id is not None else set()
                yield DomainData(name=name, bureau_id=bureau_id, own_id=own_id)
                bureau_id = own_id = None

    # --- accesses ---------------------------------------------------------------------------------

    def _accesses(self, website: Node, at: str) -> Iterator[AccessData]:
        seen: set[int] = set()
        for place, node in self.parts(website, "Jr_xx", at):
            self.strange(node, _ACCESS, place)
            access = AccessData(
                bureau_id=self.id(node, "Jrid", place, needed=True),
                own_id=self.id(node, "IspJrid", place),
                provider_id=self.id(node, "Ispid", place),
                server_locations=self.code_list(node, "Wzfb", "Fbdd", place),
                methods=self.code_list(node, "Wzjrfs", "Jrfs", place),
                ranges=tuple(self._ranges(node, place)),
            )
            if access.bureau_id in seen:
                words = "同一网站里有两个接入用这个标识，取后一个"
                self.odd(Oddity.DOUBLED, f"{place}/Jrid", str(access.bureau_id), words, Remedy.IN_PART)
            if access.bureau_id is not None:
                seen.add(access.bureau_id)
            yield access

    def _ranges(self, access: Node, at: str) -> Iterator[RangeData]:
        met: set[tuple[int, int]] = set()
        ids: set[int] = set()
        for place, node in self.parts(access, "Ip_xx", at):
            self.strange(node, _RANGE, place)
            ends = self._ends(node, place)
            if ends is None:
                continue
            if ends in met:
                self.odd(Oddity.DOUBLED, place, "", "同一接入里重复的 IP 段，只存一次", Remedy.MENDED)
                continue
            met.add(ends)
            bureau_id = self.id(node, "Ipid", place)
            if bureau_id in ids:
                words = "两个 IP 段用同一个标识，后一个不带标识存入"
                self.odd(Oddity.DOUBLED, f"{place}/Ipid", str(bureau_id), words, Remedy.MENDED)
                bureau_id = None
            ids |= {bureau_id} if bureau_id is not None else set()
            yield RangeData(*ends, bureau_id=bureau_id, own_id=self.id(node, "IspIpid", place))

    def _ends(self, node: Node, place: str) -> tuple[int, int] | None:
        raw = (self.text(node, "Qsip", place, 64), self.text(node, "Zzip", place, 64))
        (start, one), (end, other) = odd_values.address(raw[0]), odd_values.address(raw[1])
        for tag, value, words in (("Qsip", raw[0], one), ("Zzip", raw[1], other)):
            if words:
                self.odd(Oddity.CONVERTED, f"{place}/{tag}", value, words, Remedy.MENDED)
        both = odd_values.both_ends(raw[0]) if start is None and raw[0] else None
        if both:
            self.odd(Oddity.CONVERTED, f"{place}/Qsip", raw[0], "一个值里写了整段，已拆开", Remedy.MENDED)
            start, end = both
        if start is None and end is None:
            value = " ".join(filter(None, raw))
            self.odd(Oddity.UNREADABLE, place, value, "不是 IP 地址，这一段没有存入", Remedy.IN_PART)
            return None
        if start is None or end is None:
            start = end = start if start is not None else end
            self.missing(f"{place}/{'Zzip' if raw[0] else 'Qsip'}", "只有一端可读，按单个地址存入")
        assert start is not None and end is not None
        if start > end:
            start, end = end, start
            self.odd(Oddity.CONVERTED, place, "", "起止颠倒，已对调", Remedy.MENDED)
        return start, end
