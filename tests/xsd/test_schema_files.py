from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

import xsd
from tests.xsd.documents import at, build
from xsd import Kind

UPLOAD = "/UploadData/ICP/XZBA/Baxx"
CHANGE = "/UploadData/ICP/BGBA/Bgxx"
ANSWER = "/return"

# Facts of the interface, each from its table: the lowest and highest value, or the fewest and most characters.
NUMBERS = [
    (Kind.UPLOAD, f"{UPLOAD}/Zt_xx/IspZtid", 1, None),
    (Kind.UPLOAD, f"{UPLOAD}/Zt_xx/Dwxz", 1, 999),
    (Kind.UPLOAD, f"{UPLOAD}/Zt_xx/Txdz/Shengid", 100000, None),
    (Kind.UPLOAD, f"{UPLOAD}/Zt_xx/Zj/Zjlx", 1, 999),
    (Kind.UPLOAD, f"{UPLOAD}/Zt_xx/Bbfs", 0, 1),
    (Kind.UPLOAD, f"{UPLOAD}/Wz_xx/Fwnr/Fwnr_id", 1, 64),
    (Kind.UPLOAD, f"{UPLOAD}/Wz_xx/Jr_xx/Ip_xx/Qsip", 1, 4294967295),
    (Kind.UPLOAD, f"{UPLOAD}/Fj/Fjxx/Fjssdx/Ssdxlx", 1, 10),
    (Kind.UPLOAD, f"{CHANGE}/Zt_xx/Zj/Zjlx", 1, 11),
    (Kind.UPLOAD, "/UploadData/ICP/ZXBA/Zx_xx/Zxlb", 0, 2),
    (Kind.UPLOAD, "/UploadData/ICP/WBACLJG/Clxx/Shengid", 1, None),
    (Kind.UPLOAD, "/UploadData/IP/XZBA/Xzfp/Fpsy/Qsip", 0, 4294967295),
    (Kind.UPLOAD, "/UploadData/IP/XGBA/Xgfp/Fpsy/Qsip", 1, 4294967295),
    (Kind.UPLOAD, "/UploadData/IP/XZBA/Xzfp/Fpsy/Fpfs", 1, 4),
    (Kind.UPLOAD, "/UploadData/YM/XZBA/Xzxx/Zcr_shengid", 100000, None),
    (Kind.DOWNLOAD, "/DownloadData/ICP/BAJG/Jg_xx/Czlx", 1, 7),
    (Kind.DOWNLOAD, "/DownloadData/ICP/ZXSJ/Zxxx/Zxlb", 0, 1),
    (Kind.DOWNLOAD, "/DownloadData/ICP/HCJG/Jgxx/Jrhc/Hcjg", 1, 2),
    (Kind.DOWNLOAD, "/DownloadData/ICP/HCJG/Jgxx/Kkwzhc/Hcjg", 0, 1),
    (Kind.ANSWER_UPLOAD, f"{ANSWER}/msg_code", 0, 999),
    (Kind.ANSWER_FILING_STATUS, f"{ANSWER}/StatusInfo/Cxtjlx", 0, 98),
]
TEXTS = [
    (Kind.UPLOAD, f"{UPLOAD}/Zt_xx/Dwmc", 1, 255),
    (Kind.UPLOAD, f"{UPLOAD}/Zt_xx/Fzr/Fzr_sjhm", 11, 128),
    (Kind.UPLOAD, f"{UPLOAD}/Zt_xx/Fzr/Fzr_dzyj", 6, 128),
    (Kind.UPLOAD, f"{UPLOAD}/Zt_xx/Fzr/Qq", 5, 128),
    (Kind.UPLOAD, f"{UPLOAD}/Wz_xx/Wzmc", 1, 512),
    (Kind.UPLOAD, f"{UPLOAD}/Wz_xx/Ym_xx/Ym", 4, 128),
    (Kind.UPLOAD, f"{UPLOAD}/Wz_xx/Syurl", 4, 255),
    (Kind.UPLOAD, "/UploadData/ICP/XZWZ/Xzxx/Wz_xx/Syurl", 4, 512),
    (Kind.UPLOAD, "/UploadData/ICP/XZJR/Xzxx/ICPmm", 1, 32),
    (Kind.UPLOAD, "/UploadData/ICP/HSJG/Hsjgxx/Hssj", 10, 10),
    (Kind.UPLOAD, "/UploadData/ICP/HSJG/Hsjgxx/Cwxx", 1, 4000),
    (Kind.UPLOAD, "/UploadData/IP/XZBA/Zdip/Zdxx/Lxrxm", 1, 20),
    (Kind.UPLOAD, "/UploadData/IP/XGBA/XgZd/Zdxx/Lxrxm", 2, 20),
    (Kind.UPLOAD, "/UploadData/YM/XZBA/Xzxx/Zcr_mc", 2, 255),
    (Kind.DOWNLOAD, "/DownloadData/ICP/BASJ/Baxx/Zt_xx/Zj/Zjhm", 1, 128),
    (Kind.DOWNLOAD, "/DownloadData/ICP/HSRW/Baxx/Zt_xx/Zj/Zjhm", 1, 255),
    (Kind.DOWNLOAD, "/DownloadData/ICP/BASJ/Baxx/Zt_xx/Scbbsj", 10, 22),
    (Kind.DOWNLOAD, "/DownloadData/YM/BAJG/Jg_xx/Jgxx/Dmms", 0, 255),
    (Kind.ANSWER_DOWNLOAD, f"{ANSWER}/msg", 256, 256),
]
OCCURS = [
    (Kind.UPLOAD, f"{UPLOAD}/Wz_xx/Fwnr/Fwnr_id", 64),
    (Kind.UPLOAD, f"{UPLOAD}/Wz_xx/Yylb/Yylb_id", 256),
    (Kind.UPLOAD, f"{UPLOAD}/Wz_xx/Nrlx/Nrlx_xx/Spwj", 10),
    (Kind.UPLOAD, f"{UPLOAD}/Wz_xx/Jr_xx/Wzjrfs/Jrfs", 64),
    (Kind.UPLOAD, f"{UPLOAD}/Zt_xx/Dwmc", 1),
]


def _document(kind: Kind, path: str) -> etree._Element:
    return build(xsd.model(kind), through=path)


def _is_valid(kind: Kind, root: etree._Element) -> bool:
    return xsd.violations(root, kind) == []


@pytest.mark.parametrize(("kind", "path", "low", "high"), NUMBERS)
def test_it_takes_numbers_within_their_bounds_only(kind: Kind, path: str, low: int, high: int | None) -> None:
    root = _document(kind, path)
    node = at(root, path)
    highest = 2**63 - 1 if high is None else high
    verdicts = {}
    for value in (low - 1, low, highest, highest + 1):
        node.text = str(value)
        verdicts[value] = _is_valid(kind, root)
    assert verdicts == {low - 1: False, low: True, highest: True, highest + 1: False}


@pytest.mark.parametrize(("kind", "path", "low", "high"), TEXTS)
def test_it_takes_texts_within_their_lengths_only(kind: Kind, path: str, low: int, high: int) -> None:
    root = _document(kind, path)
    node = at(root, path)
    verdicts = {}
    for length in {max(low - 1, 0), low, high, high + 1}:
        node.text = "网" * length
        verdicts[length] = _is_valid(kind, root)
    assert verdicts == {length: low <= length <= high for length in verdicts}


@pytest.mark.parametrize(("kind", "path", "most"), OCCURS)
def test_it_takes_so_many_and_no_more(kind: Kind, path: str, most: int) -> None:
    root = _document(kind, path)
    node = at(root, path)
    parent = node.getparent()
    assert parent is not None
    position = parent.index(node)
    verdicts = []
    for count in (most, most + 1):
        for old in parent.findall(str(node.tag)):
            parent.remove(old)
        for _ in range(count):
            copy = etree.fromstring(etree.tostring(node, with_tail=False))
            parent.insert(position, copy)
        verdicts.append(_is_valid(kind, root))
    assert verdicts == [True, False]


# How many elements each document has, and how many of them are required in their place.
@pytest.mark.parametrize(
    ("kind", "elements", "required"),
    [
        (Kind.UPLOAD, 541, 370),
        (Kind.DOWNLOAD, 807, 455),
        (Kind.ANSWER_UPLOAD, 5, 4),
        (Kind.ANSWER_DOWNLOAD, 10, 9),
        (Kind.ANSWER_ACKNOWLEDGEMENT, 3, 3),
        (Kind.ANSWER_PREVIOUS_UPLOAD, 11, 10),
        (Kind.ANSWER_FILING_STATUS, 10, 6),
    ],
)
def test_it_declares_every_element(kind: Kind, elements: int, required: int) -> None:
    declared = [element for _, element in xsd.model(kind).walk()]
    assert (len(declared), sum(element.min_occurs > 0 for element in declared)) == (elements, required)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("full", [False, True])
def test_it_takes_the_smallest_and_the_fullest_document(kind: Kind, full: bool) -> None:
    root = xsd.model(kind)
    branches = root.children if root.group == "choice" else (root,)
    for branch in branches:
        through = f"/{root.tag}/{branch.tag}" if branch is not root else ""
        document = build(root, full=full, through=through)
        assert xsd.violations(document, kind) == []
        del document.attrib["version"]
        assert len(xsd.violations(document, kind)) == 1


@pytest.mark.parametrize("kind", list(Kind))
def test_it_refuses_each_required_element_missing_and_each_unknown_one(kind: Kind) -> None:
    model = xsd.model(kind)
    for path, element in model.walk():
        if element is model or not element.min_occurs:
            continue
        root = build(model, through=path)
        node = at(root, path)
        parent = node.getparent()
        assert parent is not None
        siblings = [child for child in parent if child.tag == node.tag]
        for sibling in siblings:
            parent.remove(sibling)
        assert not _is_valid(kind, root), path
        root = build(model, through=path)
        at(root, path).addprevious(etree.Element("Unknown"))
        assert not _is_valid(kind, root), path


def test_it_keeps_order_where_the_interface_does_and_only_there() -> None:
    sequence = _document(Kind.UPLOAD, f"{UPLOAD}/Zt_xx/Zj/Zjlx")
    kind_node = at(sequence, f"{UPLOAD}/Zt_xx/Zj/Zjlx")
    kind_node.getparent().append(kind_node)
    assert not _is_valid(Kind.UPLOAD, sequence)
    free = _document(Kind.UPLOAD, f"{UPLOAD}/Zt_xx/IspZtid")
    number = at(free, f"{UPLOAD}/Zt_xx/IspZtid")
    number.getparent().append(number)
    assert _is_valid(Kind.UPLOAD, free)


def test_it_takes_any_content_in_the_remarks_of_a_changed_website() -> None:
    path = f"{CHANGE}/Wz_xx/Wz_Bz"
    root = _document(Kind.UPLOAD, path)
    at(root, path).text = "字" * 5000
    assert _is_valid(Kind.UPLOAD, root)


def test_it_takes_the_written_sample() -> None:
    data = (Path(__file__).parents[1] / "samples" / "upload_new_filing.xml").read_bytes()
    assert xsd.violations(xsd.parse(data), Kind.UPLOAD) == []
