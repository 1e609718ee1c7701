"""Base codes: stored table by table, and at once what the forms offer."""

from __future__ import annotations

import pytest

from filing.code_tables import CodeOrigin, CodeTable
from filing.models import CodeEntry
from filing.services import codes
from filing.services.codes import load_builtin_codes
from reporting.models import Link
from reporting.readers.document import CODE_LISTS, UNIT_LIST
from reporting.services.apply_tables import TABLES
from tests.reporting.downloads import apply, document, sample

pytestmark = pytest.mark.django_db


@pytest.fixture
def seeded(quiet_link: Link) -> Link:
    """A link, and the built-in code tables."""
    load_builtin_codes()
    return quiet_link


def of(tag: str, rows: str) -> bytes:
    return document(f"<Jcdm_xx><{tag}>{rows}</{tag}></Jcdm_xx>", group="JCDM")


def test_it_has_a_table_of_ours_for_every_list() -> None:
    ours = set(CodeTable.values) - {"person_certificate_type", "certificate_of_nature"}
    assert set(TABLES) == {*CODE_LISTS, UNIT_LIST}
    assert {table.value for table in TABLES.values()} == ours


def test_it_stores_every_table(quiet_link: Link) -> None:
    items = apply(quiet_link, sample("codes"))

    assert {item.outcome for item in items} == {"applied"}
    found = CodeEntry.objects.exclude(table__in=["region", "certificate_of_nature"])
    assert set(found.values_list("table", "code", "name", "parent", "is_valid", "note")) == {
        ("reporting_unit", 110000000001, "虚构报备单位", None, True, "B1-00000000"),
        ("unit_class", 1, "虚构分类", None, True, ""),
        ("nature", 4, "企业（新）", None, True, ""),
        ("nature", 5, "个人", None, True, "自然人"),
        ("nature", 77, "虚构性质", None, False, ""),
        ("feedback_class", 1, "备案 / 变更", None, True, ""),
        ("server_location", 2, "北京", 110000, True, "京"),
        ("industry", 1, "软件业", None, True, "I65"),
        ("admin_level", 1, "部级", None, True, ""),
        ("certificate_type", 1, "营业执照", None, True, ""),
        ("certificate_type", 2, "身份证", None, True, ""),
        ("pre_approval_type", 1, "新闻", None, True, ""),
        ("service_content", 8, "单位门户网站", None, True, ""),
        ("access_method", 3, "虚拟主机", None, True, ""),
        ("cancel_reason", 1, "主办者申请", None, True, ""),
        ("unfiled_handling", 1, "已停止接入", None, True, ""),
        ("verification_opinion", 1, "信息属实", None, True, ""),
        ("domain_type", 1, "英文域名", None, True, ""),
        ("attachment_format", 1, "JPEG", None, True, ""),
        ("attachment_purpose", 1, "真实性核验单", 1, True, ""),
        ("language", 1, "中文简体", None, True, ""),
    }
    assert set(CodeEntry.objects.filter(table="region").values_list("code", "parent")) == {
        (110000, None),
        (110199, 110100),
    }
    pairs = CodeEntry.objects.filter(table="certificate_of_nature")
    assert set(pairs.values_list("parent", "code", "name")) == {(4, 1, "营业执照"), (5, 2, "身份证")}
    assert not CodeEntry.objects.exclude(origin=CodeOrigin.DOWNLOADED).exists()


def test_it_feeds_the_forms_at_once(seeded: Link) -> None:
    before = codes.choices_for(CodeTable.NATURE)
    assert len(before) > 2 and codes.name_of(CodeTable.NATURE, 4) != "企业（新）"

    apply(seeded, sample("codes"))

    assert codes.choices_for(CodeTable.NATURE) == [(4, "企业（新）"), (5, "个人")]
    assert codes.name_of(CodeTable.NATURE, 77) == "虚构性质"
    assert codes.was_downloaded(CodeTable.NATURE)
    assert codes.certificate_types_for(4) == [(1, "营业执照")]
    # Two regions are no list of the country: the built-in ones stay.
    assert len(codes.provinces()) > 30


def test_it_takes_a_table_with_unreadable_rows_as_a_part(seeded: Link) -> None:
    offered = len(codes.choices_for(CodeTable.LANGUAGE))

    (item,) = apply(
        seeded,
        of(
            "Yylb_dms",
            "<Yylb><Id>1</Id><Mc>汉语</Mc></Yylb><Yylb><Id>二</Id><Mc>？</Mc></Yylb><Yylb><Id>9</Id></Yylb>",
        ),
    )

    assert (item.outcome, item.reason) == ("applied", "2 行没有代码或名称，未存入")
    assert codes.name_of(CodeTable.LANGUAGE, 1) == "汉语"
    assert len(codes.choices_for(CodeTable.LANGUAGE)) == offered


def test_it_leaves_the_pairs_alone_where_they_name_classes_of_units(seeded: Link) -> None:
    before = codes.certificate_types_for(4)

    (item,) = apply(
        seeded, of("Zjlx_dms", "<Zjlx_xx><Id>1</Id><Mc>营业执照（改）</Mc><Dwflid>901</Dwflid></Zjlx_xx>")
    )

    assert codes.name_of(CodeTable.CERTIFICATE_TYPE, 1) == "营业执照（改）"
    assert codes.certificate_types_for(4) == before
    assert item.reason == "证件类型所属的 901 不是单位性质，未更改各单位性质可用的证件"


def test_it_takes_one_certificate_for_several_natures(seeded: Link) -> None:
    row = "<Zjlx_xx><Id>1</Id><Mc>营业执照</Mc><Dwflid>{}</Dwflid><Sfyx>1</Sfyx></Zjlx_xx>"

    apply(seeded, of("Zjlx_dms", row.format(4) + row.format(5)))

    assert codes.certificate_types_for(4) == codes.certificate_types_for(5) == [(1, "营业执照")]
    assert codes.choices_for(CodeTable.CERTIFICATE_TYPE) == [(1, "营业执照")]


@pytest.mark.parametrize(
    ("rows", "outcome"), [("", "noted"), ("<Yylb><Id/></Yylb>", "failed"), ("<!-- 无 -->", "noted")]
)
def test_it_takes_nothing_from_a_table_without_rows(seeded: Link, rows: str, outcome: str) -> None:
    offered = codes.choices_for(CodeTable.LANGUAGE)

    (item,) = apply(seeded, of("Yylb_dms", rows))

    assert item.outcome == outcome
    assert codes.choices_for(CodeTable.LANGUAGE) == offered


def test_it_takes_the_tables_of_a_synchronisation_too(quiet_link: Link) -> None:
    inner = "<JCDM><Jcdm_xx><Yylb_dms><Yylb><Id>1</Id><Mc>汉语</Mc></Yylb></Yylb_dms></Jcdm_xx></JCDM>"

    (item,) = apply(quiet_link, document(inner, group="SJTB"))

    assert (item.kind, item.outcome) == ("JCDM.Yylb_dms", "applied")
    assert codes.choices_for(CodeTable.LANGUAGE) == [(1, "汉语")]
