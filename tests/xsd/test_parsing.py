from __future__ import annotations

import pytest

import xsd
from xsd import NotWellFormed

DECLARED = '<?xml version="1.0" encoding="GBK"?>\n'


def _bytes(text: str, encoding: str = "gbk") -> bytes:
    return (DECLARED + text).encode(encoding)


def test_it_parses_gbk_as_declared() -> None:
    root = xsd.parse(_bytes("<r>\n<a>镕基—·&#13312;</a></r>")).getroot()
    assert root[0].text == "镕基—·㐀"
    assert root[0].sourceline == 3


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b'<?xml version="1.0" encoding="GBK"?><r/>', "GBK"),
        (b"<?xml version='1.0' standalone='yes' encoding = 'gb2312' ?><r/>", "gb2312"),
        (b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?><r/>', "utf-8"),
        (b'<?xml version="1.0"?><r encoding="GBK"/>', "UTF-8"),
        (b"<r/>", "UTF-8"),
        ("<r/>".encode("utf-16"), "UTF-16"),
    ],
)
def test_it_tells_the_declared_encoding(data: bytes, encoding: str) -> None:
    assert xsd.declared_encoding(data) == encoding


@pytest.mark.parametrize(
    ("data", "line", "rule", "word"),
    [
        (_bytes("<r>\n<a></b></r>"), 3, "not_well_formed", "标签"),
        (_bytes("<r>\n\n a & b</r>"), 4, "not_well_formed", "&amp;"),
        (_bytes("<r>\n&lost;</r>"), 3, "not_well_formed", "实体"),
        (_bytes("<r>\n\x01</r>"), 3, "not_well_formed", "控制字符"),
        (_bytes("<r/>\n<r/>"), 3, "not_well_formed", "多余"),
        (b"", 1, "not_well_formed", "空"),
        (_bytes("<r>\n<a>") + b"\x80</a></r>", 3, "bad_encoding", "80"),
        (_bytes("<r>\n\n张</r>", "utf-8"), 4, "bad_encoding", "UTF-8"),
        ("<r>张</r>".encode("gbk"), 1, "bad_encoding", "GBK"),
        ("<r>张</r>".encode("utf-16"), 1, "bad_encoding", "UTF-16"),
        (b'<?xml version="1.0" encoding="UTF-7"?><r/>', 1, "bad_encoding", "UTF-7"),
        (_bytes('<!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>'), 2, "dtd", "DOCTYPE"),
        (_bytes("<!-- <r> --><?x?>\n<!DOCTYPE r><r/>"), 3, "dtd", "DOCTYPE"),
    ],
)
def test_it_refuses_what_is_no_document(data: bytes, line: int, rule: str, word: str) -> None:
    with pytest.raises(NotWellFormed) as caught:
        xsd.parse(data)
    assert (caught.value.line, caught.value.rule) == (line, rule)
    assert word in caught.value.message


def test_it_refuses_entities_that_grow() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    data = _bytes(f'<!DOCTYPE r [<!ENTITY l0 "ha">{laughs}]><r a="&l9;"/>')
    for parse in (xsd.parse, xsd.parse_leniently):
        with pytest.raises(NotWellFormed) as caught:
            parse(data)
        assert caught.value.rule == "dtd"


def test_it_takes_a_comment_about_doctypes() -> None:
    assert xsd.parse(_bytes("<!-- <!DOCTYPE r> -->\n <r/>")).getroot().tag == "r"


def test_it_bounds_the_size() -> None:
    data = _bytes("<r/>")
    assert xsd.parse(data, max_bytes=len(data)).getroot().tag == "r"
    with pytest.raises(NotWellFormed) as caught:
        xsd.parse(data, max_bytes=len(data) - 1)
    assert caught.value.rule == "too_big"


def test_it_takes_one_text_of_twelve_megabytes() -> None:
    root = xsd.parse(_bytes(f"<r>{'A' * 12_000_000}</r>")).getroot()
    assert len(root.text or "") == 12_000_000


@pytest.mark.parametrize(
    ("data", "text", "is_remarked"),
    [
        (_bytes("<r>张</r>"), "张", False),
        (_bytes("<r>张㐀</r>", "gb18030"), "张㐀", True),
        (_bytes("<r>张", "gbk") + b"\x80\xff</r>", "张€\ufffd", True),
        (_bytes("<r>张</r>", "utf-8"), "张", True),
        (_bytes("<r>张\x01&#2;&#x1F;&#10;</r>"), "张\ufffd\ufffd\ufffd\n", True),
        ('<?xml version="1.0" encoding="gb2312"?><r>镕</r>'.encode("gbk"), "镕", True),
    ],
)
def test_it_reads_leniently_and_says_what_it_overlooked(data: bytes, text: str, is_remarked: bool) -> None:
    tree, remark = xsd.parse_leniently(data)
    assert tree.getroot().text == text
    assert bool(remark) is is_remarked


def test_it_does_not_mend_markup() -> None:
    with pytest.raises(NotWellFormed) as caught:
        xsd.parse_leniently(_bytes("<r>\n<a>张</r>"))
    assert caught.value.rule == "not_well_formed"
