"""Malformed data as the training materials and the interface describe it; all of it is invented (虚构)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from filing.models import Access, AddressRange, Domain, Subject, Website
from reporting.choices import Oddity
from reporting.models import ImportKept
from reporting.readers.elements import CHINA
from tests.reporting.handed import HEAD, TAIL, document, record


def subject() -> Subject:
    return Subject.objects.get(bureau_id=1001)


def site() -> Website:
    return Website.objects.get(bureau_id=2001)


def names(website: Website | None = None) -> set[str]:
    return set((website or site()).domains.values_list("name", flat=True))


def spans() -> list[tuple[int, int]]:
    return list(
        AddressRange.objects.filter(access__website__bureau_id=2001)
        .order_by("start")
        .values_list("start", "end")
    )


def swap(old: str, new: str) -> Callable[[], bytes]:
    """The first of two records with something else in it; the second is as it should be."""

    def make() -> bytes:
        assert old in record(1), old
        return document(record(1).replace(old, new), record(2))

    return make


def raw(old: bytes, new: bytes) -> Callable[[], bytes]:
    """The same in the bytes."""

    def make() -> bytes:
        data = document(record(1), record(2))
        assert old in data
        return data.replace(old, new, 1)

    return make


@dataclass(frozen=True)
class Case:
    """Data, what is told of it, what came of it. `subjects`: how many of two are held."""

    data: Callable[[], bytes]
    told: set[str]
    came: Callable[[], Any] = lambda: True
    subjects: int = 2


O = Oddity  # noqa: E741
IP1 = "<Qsip>3405803777</Qsip><Zzip>3405803777</Zzip>"
ZJ = "<Zj><Zjlx>1</Zjlx><Zjhm>91110108MA0000001X</Zjhm><Zjzs>虚构路 1 号</Zjzs></Zj>"

CASES: dict[str, Case] = {
    # --- what is missing
    "no id of the subject": Case(
        swap("<Ztid>1001</Ztid>", ""),
        {O.MISSING},
        lambda: Subject.objects.get(number="京ICP备20260001号").bureau_id is None,
    ),
    "no ids at all": Case(
        lambda: document(
            *(
                re.sub(r"<(Ztid|Wzid|Ymid|Jrid|Ipid)>[0-9]+</\1>", "", record(1)),
                record(2),
            )
        ),
        {O.MISSING, O.FORM},
        lambda: Access.objects.filter(bureau_id=None).count() == 1 and Domain.objects.count() == 2,
    ),
    "no name": Case(
        swap("<Dwmc>虚构1号有限公司</Dwmc>", "<Dwmc></Dwmc>"),
        {O.MISSING},
        lambda: subject().name == "京ICP备20260001号",
    ),
    "no name of the website": Case(
        swap("<Wzmc>虚构站1</Wzmc>", "<Wzmc> </Wzmc>"),
        {O.MISSING},
        lambda: site().name == "京ICP备20260001号-1",
    ),
    "no province": Case(
        swap("<Shengid>110000</Shengid>", ""), {O.MISSING}, lambda: subject().province == 110000
    ),
    "no address at all": Case(
        swap(
            "<Txdz><Shengid>110000</Shengid><Shiid>110100</Shiid><Xianid>110108</Xianid><Xxdz>虚构路 1 号</Xxdz></Txdz>",
            "",
        ),
        {O.MISSING},
        lambda: subject().province == 110000 and subject().address_detail == "",
    ),
    "no certificate": Case(swap(ZJ, ""), {O.MISSING}, lambda: subject().certificate_number == ""),
    "no person": Case(
        lambda: document(record(1).split("<Fzr>")[0] + record(1).split("</Fzr>", 1)[1], record(2)),
        {O.FORM},
        lambda: subject().responsible_name == "",
    ),
    "no websites": Case(
        lambda: document(record(1).split("<Wz_xx>")[0] + "</Baxx>", record(2)),
        {O.FORM},
        lambda: not subject().websites.exists(),
    ),
    "no domain in its element": Case(
        swap("<Ym>invented-1.cn</Ym>", ""), {O.MISSING}, lambda: names() == set()
    ),
    "no subject": Case(
        lambda: document("<Baxx><Wz_xx><Wzid>1</Wzid></Wz_xx></Baxx>", record(2)),
        {O.UNREADABLE},
        lambda: ImportKept.objects.get(is_taken=False).content.startswith(b"<Baxx><Wz_xx>"),
        1,
    ),
    # --- values of the wrong kind
    "an id that is no number": Case(
        swap("<Ztid>1001</Ztid>", "<Ztid>无</Ztid>"),
        {O.UNREADABLE, O.MISSING},
        lambda: Subject.objects.filter(number="京ICP备20260001号").exists(),
    ),
    "an id of full-width digits": Case(
        swap("<Ztid>1001</Ztid>", "<Ztid>１００１</Ztid>"),
        {O.CONVERTED},
        lambda: subject().name == "虚构1号有限公司",
    ),
    "a code with a decimal point": Case(
        swap("<Dwxz>4</Dwxz>", "<Dwxz>4.0</Dwxz>"), {O.CONVERTED}, lambda: subject().nature == 4
    ),
    "a code that no table has": Case(
        swap("<Zjlx>1</Zjlx>", "<Zjlx>77</Zjlx>"), {O.UNKNOWN_CODE}, lambda: subject().certificate_type == 77
    ),
    "codes as text": Case(
        swap("<Fwnr><Fwnr_id>8</Fwnr_id></Fwnr>", "<Fwnr>8;14</Fwnr>"),
        {O.CONVERTED},
        lambda: site().service_contents == [8, 14],
    ),
    "a province of two digits": Case(
        swap("<Shengid>110000</Shengid>", "<Shengid>11</Shengid>"),
        {O.CONVERTED},
        lambda: subject().province == 110000,
    ),
    "a way of reporting that is none": Case(
        swap("<Bbyhlx>1</Bbyhlx>", "<Bbyhlx>9</Bbyhlx>"), {O.UNKNOWN_CODE}, lambda: subject().filed_by is None
    ),
    "a name that is too long": Case(
        swap("<Dwmc>虚构1号有限公司</Dwmc>", f"<Dwmc>{'虚' * 300}</Dwmc>"),
        {O.TOO_LONG},
        lambda: len(subject().name) == 255 and ImportKept.objects.get().is_taken,
    ),
    "a phone that is too short": Case(
        swap("<Fzr_sjhm>13800000000</Fzr_sjhm>", "<Fzr_sjhm>12345</Fzr_sjhm>"),
        {O.FORM},
        lambda: subject().mobile == "12345",
    ),
    "a date that is none": Case(
        swap("<Scbbsj>2026-03-02 10:15:00</Scbbsj>", "<Scbbsj>0000-00-00</Scbbsj>"),
        {O.UNREADABLE},
        lambda: subject().first_filed_at is None,
    ),
    "a date written otherwise": Case(
        swap("<Scbbsj>2026-03-02 10:15:00</Scbbsj>", "<Scbbsj>2026/3/2</Scbbsj>"),
        {O.FORM},
        lambda: subject().first_filed_at.astimezone(CHINA).date().isoformat() == "2026-03-02",
    ),
    "a paper with blanks and small letters": Case(
        swap("91110108MA0000001X", " 91110108 ma0000001x "),
        {O.CONVERTED},
        lambda: subject().certificate_number == "91110108MA0000001X",
    ),
    "an identity number that cannot be": Case(
        swap("<Fzr_zjhm>110101199001010015</Fzr_zjhm>", "<Fzr_zjhm>110101199013010015</Fzr_zjhm>"),
        {O.DOUBTFUL},
        lambda: subject().person_certificate_number == "110101199013010015",
    ),
    "a number written badly": Case(
        swap("<Baxh>京ICP备20260001号</Baxh>", "<Baxh>京icp备20260001号 </Baxh>"),
        {O.CONVERTED},
        lambda: subject().number == "京ICP备20260001号",
    ),
    # --- addresses and domains
    "addresses as dotted quads": Case(
        swap(IP1, "<Qsip>203.0.113.1</Qsip><Zzip>203.0.113.9</Zzip>"),
        {O.CONVERTED},
        lambda: spans() == [(3405803777, 3405803785)],
    ),
    "a range the wrong way round": Case(
        swap(IP1, "<Qsip>3405803780</Qsip><Zzip>3405803777</Zzip>"),
        {O.CONVERTED},
        lambda: spans() == [(3405803777, 3405803780)],
    ),
    "addresses as signed numbers": Case(
        swap(IP1, "<Qsip>-889163519</Qsip><Zzip>-889163519</Zzip>"),
        {O.CONVERTED},
        lambda: spans() == [(3405803777, 3405803777)],
    ),
    "a range in one value": Case(
        swap(IP1, "<Qsip>203.0.113.0/29</Qsip><Zzip></Zzip>"),
        {O.CONVERTED},
        lambda: spans() == [(3405803776, 3405803783)],
    ),
    "one end only": Case(
        swap("<Zzip>3405803777</Zzip>", ""), {O.MISSING}, lambda: spans() == [(3405803777, 3405803777)]
    ),
    "no address of any kind": Case(
        swap(IP1, "<Qsip>0</Qsip><Zzip>未知</Zzip>"),
        {O.UNREADABLE},
        lambda: spans() == [] and ImportKept.objects.filter(is_taken=True).exists(),
    ),
    "several domains in one value": Case(
        swap("<Ym>invented-1.cn</Ym>", "<Ym>http://Invented-1.cn/;虚构.cn</Ym>"),
        {O.CONVERTED},
        lambda: names() == {"invented-1.cn", "虚构.cn"},
    ),
    "a domain that is none": Case(
        swap("<Ym>invented-1.cn</Ym>", "<Ym>虚构 站</Ym>"), {O.DOUBTFUL}, lambda: names() == {"虚构", "站"}
    ),
    # --- doubled
    "a domain twice in a website": Case(
        swap(
            "<Ym_xx><Ymid>3001</Ymid>",
            "<Ym_xx><Ymid>3001</Ymid><Ym>invented-1.cn</Ym></Ym_xx><Ym_xx><Ymid>3001</Ymid>",
        ),
        {O.DOUBLED},
        lambda: names() == {"invented-1.cn"},
    ),
    "an element twice": Case(
        swap("<Dwmc>虚构1号有限公司</Dwmc>", "<Dwmc>虚构1号有限公司</Dwmc><Dwmc>别的</Dwmc>"),
        {O.DOUBLED},
        lambda: subject().name == "虚构1号有限公司",
    ),
    "a subject twice, the later newer": Case(
        lambda: document(record(1), record(1, modified="2026-04-01 00:00:00", name="虚构新名")),
        {O.DOUBLED},
        lambda: subject().name == "虚构新名",
        1,
    ),
    "a subject twice, the later older": Case(
        lambda: document(record(1), record(1, modified="2020-01-01 00:00:00", name="虚构旧名")),
        {O.DOUBLED, O.OLDER},
        lambda: subject().name == "虚构1号有限公司",
        1,
    ),
    "a website under two subjects": Case(
        lambda: document(record(1), record(2).replace("<Wzid>2002<", "<Wzid>2001<")),
        set(),
        lambda: site().subject.bureau_id == 1002,
    ),
    "the id of a domain in two websites": Case(
        lambda: document(record(1), record(2).replace("<Ymid>3002<", "<Ymid>3001<")),
        set(),
        lambda: Domain.objects.filter(name="invented-2.cn").exists(),
    ),
    # --- structure
    "values that stand a level too high": Case(
        swap(ZJ, "<Zjlx>1</Zjlx><Zjhm>91110108MA0000001X</Zjhm>"),
        {O.CONVERTED},
        lambda: subject().certificate_number == "91110108MA0000001X",
    ),
    "elements in another order": Case(
        lambda: document(
            record(1).replace(
                "<Wzid>2001</Wzid><Wzmc>虚构站1</Wzmc>", "<Wzmc>虚构站1</Wzmc><Wzid>2001</Wzid>"
            ),
            record(2),
        ),
        {O.FORM},
        lambda: site().name == "虚构站1",
    ),
    "an element that nobody knows": Case(
        swap("<Tzr>", "<Kefu>虚构</Kefu><Tzr>"), {O.UNKNOWN_PART}, lambda: ImportKept.objects.get().is_taken
    ),
    "tags in small letters": Case(
        lambda: document(record(1).replace("Ztid", "ZTID").replace("Dwmc", "dwmc"), record(2)),
        {O.MARKUP},
        lambda: subject().name == "虚构1号有限公司",
    ),
    "a prefix before every tag": Case(
        lambda: document(
            *(re.sub(r"<(/?)", r"<\1b:", record(n)) for n in (1, 2)),
            head='<b:DownloadData xmlns:b="urn:x"><b:ICP><b:BASJ>',
            tail="</b:BASJ></b:ICP></b:DownloadData>",
        ),
        {O.MARKUP},
        lambda: site().name == "虚构站1",
    ),
    "no root": Case(lambda: document(record(1), record(2), head="", tail=""), {O.MARKUP}),
    "another root": Case(
        lambda: document(record(1), record(2), head="<data><list>", tail="</list></data>"), {O.MARKUP}
    ),
    "a record without its end": Case(
        lambda: document(record(1).removesuffix("</Baxx>"), record(2)),
        {O.BROKEN},
        lambda: site().name == "虚构站1",
    ),
    "a file that breaks off": Case(
        lambda: document(record(1), record(2))[:-300],
        {O.BROKEN},
        lambda: Website.objects.filter(subject__bureau_id=1002).exists(),
    ),
    "tags that do not match": Case(
        swap("</Wzmc>", "</Wzmx>"), {O.MARKUP}, lambda: Subject.objects.filter(bureau_id=1001).exists()
    ),
    # --- characters
    "control characters": Case(
        raw("虚构投资".encode("gbk"), "虚构\x0b投资".encode("gbk")),
        {O.ENCODING},
        lambda: subject().investor == "虚构\ufffd投资",
    ),
    "a reference to no character": Case(
        swap("虚构投资", "虚构&#0;投资"),
        {O.ENCODING, O.MARKUP},
        lambda: subject().investor == "虚构\ufffd投资",
    ),
    "an ampersand by itself": Case(
        swap("虚构投资", "虚构&投资"), {O.MARKUP}, lambda: subject().investor == "虚构&投资"
    ),
    "an entity of HTML": Case(
        swap("虚构投资", "虚构&nbsp;投资&copy;"), {O.MARKUP}, lambda: subject().investor == "虚构\u00a0投资©"
    ),
    "bytes of no encoding": Case(
        raw("虚构投资".encode("gbk"), b"\xff\xff"), {O.ENCODING}, lambda: "\ufffd" in subject().investor
    ),
    "GBK that says it is UTF-8": Case(
        lambda: document(record(1), record(2), head=HEAD.replace("GBK", "UTF-8")),
        set(),
        lambda: subject().name == "虚构1号有限公司",
    ),
    "UTF-8 that says it is GBK": Case(
        lambda: document(record(1), record(2), encoding="utf-8"),
        set(),
        lambda: subject().name == "虚构1号有限公司",
    ),
    "UTF-16": Case(
        lambda: document(record(1), record(2), head=HEAD.replace("GBK", "UTF-16"), encoding="utf-16"),
        set(),
        lambda: subject().name == "虚构1号有限公司",
    ),
    "a BOM before GBK's declaration": Case(
        lambda: b"\xef\xbb\xbf" + document(record(1), record(2), encoding="utf-8"),
        set(),
        lambda: subject().name == "虚构1号有限公司",
    ),
    "four bytes of GB18030": Case(
        lambda: document(record(1, name="虚构\U00020000公司"), record(2), encoding="gb18030"),
        set(),
        lambda: subject().name == "虚构\U00020000公司",
    ),
    "one record in another encoding": Case(
        lambda: (
            HEAD.replace("GBK", "UTF-8").encode()
            + record(2).encode()
            + b" " * 1_100_000
            + record(1).encode("gbk")
            + TAIL.encode()
        ),
        {O.ENCODING},
        lambda: subject().name == "虚构1号有限公司",
    ),
    "a number as a reference": Case(
        swap("虚构投资", "虚构&#x20000;投资"), set(), lambda: subject().investor == "虚构\U00020000投资"
    ),
    "a DOCTYPE with entities": Case(
        lambda: document(
            record(1).replace("虚构投资", "&a;"),
            record(2),
            head=HEAD.replace("<Down", '<!DOCTYPE x [<!ENTITY a "b">]><Down'),
        ),
        {O.MARKUP},
        lambda: subject().investor == "&a;",
    ),
    "what is of another kind": Case(
        lambda: document(
            record(1),
            record(2),
            tail="</BASJ><ZXSJ><Zxxx><Zxlb>0</Zxlb><Jlid>5</Jlid></Zxxx></ZXSJ><XX>1</XX></ICP></DownloadData>",
        ),
        {O.NOT_TAKEN},
        lambda: ImportKept.objects.filter(is_taken=False).count() == 2,
    ),
    "text between the records": Case(lambda: document(record(1), "共 2 条", record(2)), {O.NOT_TAKEN}),
}
