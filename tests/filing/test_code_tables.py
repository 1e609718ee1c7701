from __future__ import annotations

import csv
import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from filing.code_tables import CodeOrigin, CodeTable
from filing.models import CodeEntry
from filing.services import codes
from filing.services.codes import CodeRow, load_builtin_codes, store_table


def rows_of(name: str) -> list[dict[str, str]]:
    with (codes.DATA_DIR / name).open(encoding="utf-8", newline="") as lines:
        content = (line for line in lines if not line.startswith("#"))
        return list(csv.DictReader(content, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture
def seeded(db: None) -> None:
    load_builtin_codes()


class TestSeedFiles:
    def test_it_hangs_every_region_under_the_right_one(self) -> None:
        rows = rows_of("regions.tsv")
        level = {int(row["code"]): int(row["level"]) for row in rows}
        assert len(level) == len(rows)
        for row in rows:
            above = codes.region_parent(int(row["code"]))
            assert row["parent"] == ("" if above is None else str(above))
            assert above is None or level[above] == int(row["level"]) - 1

    def test_it_holds_the_country_without_zones_and_special_regions(self) -> None:
        rows = rows_of("regions.tsv")
        by_level = [sum(row["level"] == level for row in rows) for level in "123"]
        assert by_level == [31, 343, 2854]
        held = {row["code"] for row in rows}
        assert {row["level"] for row in rows if row["code"] in ("441900", "442000", "460400")} == {"2"}
        assert {"110000", "110100", "110108", "133100", "653228", "653229", "500157"} <= held
        assert not any(code[4] == "7" or code[:2] in ("71", "81", "82") for code in held)
        assert all(row["name"] == row["name"].strip() != "" for row in rows)

    def test_it_names_known_tables_only_and_no_code_twice(self) -> None:
        rows = rows_of("codes.tsv")
        assert {row["table"] for row in rows} <= set(CodeTable.values)
        keys = [(row["table"], row["code"], row["parent"]) for row in rows]
        assert len(set(keys)) == len(keys)
        assert {row["confidence"] for row in rows} == {"certain", "likely", "guess"}
        assert all(row["valid"] == "0" for row in rows if row["confidence"] == "guess")

    def test_it_pairs_natures_and_certificates_that_exist(self) -> None:
        rows = rows_of("codes.tsv")
        names = {(row["table"], row["code"]): row["name"] for row in rows}
        pairs = [row for row in rows if row["table"] == "certificate_of_nature"]
        for pair in pairs:
            assert names["certificate_type", pair["code"]] == pair["name"]
            assert ("nature", pair["parent"]) in names
        assert {int(pair["parent"]) for pair in pairs} == {1, 2, 3, 4, 5, 6, *range(9, 21)}


@pytest.mark.usefixtures("seeded")
class TestReading:
    def test_it_offers_valid_codes_in_order_and_names_the_others_too(self) -> None:
        offered = codes.choices_for(CodeTable.CERTIFICATE_TYPE)
        assert offered[:2] == [(1, "营业执照（个人或企业）"), (2, "居民身份证")]
        assert 8 not in dict(offered)
        assert codes.name_of(CodeTable.CERTIFICATE_TYPE, 8) == "军官证"
        assert codes.is_known(CodeTable.CERTIFICATE_TYPE, 2)
        assert not codes.is_known(CodeTable.CERTIFICATE_TYPE, 8)

    def test_it_has_no_name_for_the_unknown(self) -> None:
        assert codes.name_of(CodeTable.NATURE, 99) == ""
        assert codes.name_of(CodeTable.NATURE, None) == ""
        assert codes.name_of("no_such_table", 1) == ""
        assert codes.region_path(119999) == codes.region_path(None) == ""

    def test_it_leaves_tables_without_public_values_empty(self) -> None:
        for table in (CodeTable.CANCEL_REASON, CodeTable.UNFILED_HANDLING, CodeTable.REPORTING_UNIT):
            assert codes.choices_for(table) == []
            assert not codes.was_downloaded(table)

    def test_it_lists_the_certificates_of_a_nature(self) -> None:
        assert [code for code, _ in codes.certificate_types_for(4)] == [1, 12, 27]
        assert codes.is_known(CodeTable.CERTIFICATE_OF_NATURE, 1, parent=4)
        assert not codes.is_known(CodeTable.CERTIFICATE_OF_NATURE, 2, parent=4)
        assert codes.certificate_types_for(99) == []

    def test_it_tells_what_an_attachment_belongs_to(self) -> None:
        assert [codes.purpose_owner(code) for code in (1, 2, 4, 99)] == ["website", "subject", "website", ""]

    def test_it_reads_owners_as_uploads_count_them_where_a_bureau_does(self) -> None:
        rows = [CodeRow(1, "核验单", parent=2), CodeRow(2, "证件", parent=1)]
        store_table(CodeTable.ATTACHMENT_PURPOSE, rows, origin=CodeOrigin.DOWNLOADED)
        assert [codes.purpose_owner(code) for code in (1, 2)] == ["website", "subject"]

    @pytest.mark.parametrize(
        ("text", "first"),
        [
            ("110108", (110108, "北京市海淀区")),
            ("hdq", (110108, "北京市海淀区")),
            ("  海淀 ", (110108, "北京市海淀区")),
            ("CQS", (500000, "重庆市")),
        ],
    )
    def test_it_finds_regions_by_number_name_and_initials(self, text: str, first: tuple[int, str]) -> None:
        assert codes.search(CodeTable.REGION, text, 5)[0] == first

    def test_it_finds_the_best_first_and_no_more_than_asked(self) -> None:
        found = codes.search(CodeTable.REGION, "鼓楼区", 3)
        assert len(found) == 3
        assert all(name.endswith("市鼓楼区") for _, name in found)
        assert codes.search(CodeTable.SERVICE_CONTENT, "app", 1) == [(28, "APP")]
        assert codes.search(CodeTable.REGION, " ", 5) == codes.search(CodeTable.REGION, "海", 0) == []
        assert codes.search(CodeTable.SERVER_LOCATION, "香港", 5) == []

    def test_it_remembers_a_table_until_told_to_forget(self, django_assert_num_queries) -> None:
        codes.forget()
        with django_assert_num_queries(1):
            codes.choices_for(CodeTable.NATURE)
            codes.name_of(CodeTable.NATURE, 4)
        CodeEntry.objects.filter(table=CodeTable.NATURE, code=4).update(name="改名")
        assert codes.name_of(CodeTable.NATURE, 4) == "企业"
        codes.forget()
        assert codes.name_of(CodeTable.NATURE, 4) == "改名"

    def test_it_notices_within_a_while_what_another_process_wrote(self, monkeypatch) -> None:
        assert codes.name_of(CodeTable.NATURE, 4) == "企业"
        CodeEntry.objects.filter(table=CodeTable.NATURE, code=4).update(name="改名")
        now = codes.time.monotonic()
        monkeypatch.setattr(codes.time, "monotonic", lambda: now + codes.MAX_AGE_S + 1)
        assert codes.name_of(CodeTable.NATURE, 4) == "改名"


@pytest.mark.usefixtures("seeded")
class TestRegions:
    def test_it_goes_down_from_province_to_county(self) -> None:
        assert len(codes.provinces()) == 31
        assert codes.children(110000) == [(110100, "市辖区")]
        assert (110108, "海淀区") in codes.children(110100)
        assert codes.children(441900) == []

    @pytest.mark.parametrize(
        ("code", "path"),
        [
            (110000, "北京市"),
            (110100, "北京市"),
            (110108, "北京市海淀区"),
            (500230, "重庆市丰都县"),
            (220200, "吉林省吉林市"),
            (330106, "浙江省杭州市西湖区"),
            (429004, "湖北省仙桃市"),
            (441900, "广东省东莞市"),
            (659001, "新疆维吾尔自治区石河子市"),
        ],
    )
    def test_it_writes_regions_as_in_an_address(self, code: int, path: str) -> None:
        assert codes.region_path(code) == path

    def test_it_derives_provinces_from_any_code(self) -> None:
        assert [codes.province_of(code) for code in (110108, 110100, 110000)] == [110000] * 3

    def test_it_names_a_municipality_once_where_the_bureau_repeats_it(self) -> None:
        store_table(CodeTable.REGION, [CodeRow(110100, "北京市")], origin=CodeOrigin.DOWNLOADED)
        assert codes.region_path(110108) == "北京市海淀区"

    def test_it_keeps_the_country_when_a_few_regions_are_amended(self) -> None:
        done = store_table(CodeTable.REGION, [CodeRow(110199, "新设区")], origin=CodeOrigin.DOWNLOADED)
        assert (done.created, done.retired) == (1, 0)
        assert codes.was_downloaded(CodeTable.REGION)
        assert (110199, "新设区") in codes.children(110100)
        assert codes.is_known(CodeTable.REGION, 330106)

    def test_it_keeps_counties_within_reach_when_a_whole_download_lacks_their_city(self) -> None:
        rows = [CodeRow(420000, "湖北省"), CodeRow(429004, "仙桃市")]
        store_table(CodeTable.REGION, rows, origin=CodeOrigin.DOWNLOADED, complete=True)
        assert codes.provinces() == [(420000, "湖北省")]
        assert codes.children(420000) == [(429004, "仙桃市")]
        assert codes.region_path(429004) == "湖北省仙桃市"


@pytest.mark.django_db
class TestSeeding:
    def test_it_seeds_once_and_changes_nothing_the_second_time(self) -> None:
        first = load_builtin_codes()
        assert first[CodeTable.REGION].created == 3228
        before = list(CodeEntry.objects.order_by("pk").values())
        second = load_builtin_codes()
        assert list(CodeEntry.objects.order_by("pk").values()) == before
        assert second[CodeTable.REGION].unchanged == 3228
        assert not any(done.created or done.updated or done.retired for done in second.values())

    def test_it_mends_a_seed_row_and_retires_one_that_left_the_seed(self) -> None:
        load_builtin_codes()
        CodeEntry.objects.filter(table=CodeTable.NATURE, code=4).update(name="旧名", initials="jm")
        CodeEntry.objects.create(table=CodeTable.NATURE, code=77, name="从前的")
        done = load_builtin_codes()[CodeTable.NATURE]
        assert (done.created, done.updated, done.retired) == (0, 1, 1)
        mended = CodeEntry.objects.get(table=CodeTable.NATURE, code=4)
        assert (mended.name, mended.initials) == ("企业", "qy")
        assert not CodeEntry.objects.get(table=CodeTable.NATURE, code=77).is_valid

    @pytest.mark.parametrize("origin", [CodeOrigin.DOWNLOADED, CodeOrigin.IMPORTED])
    def test_it_never_touches_a_table_that_is_not_its_own(self, origin: CodeOrigin) -> None:
        load_builtin_codes()
        rows = [CodeRow(4, "企业法人"), CodeRow(5, "个人", is_valid=False)]
        stored = store_table(CodeTable.NATURE, rows, origin=origin)
        assert (stored.created, stored.updated, stored.retired) == (0, 2, 16)
        done = load_builtin_codes()
        assert done[CodeTable.NATURE].skipped == 18
        assert codes.choices_for(CodeTable.NATURE) == [(4, "企业法人")]
        assert codes.name_of(CodeTable.NATURE, 5) == "个人"
        assert codes.name_of(CodeTable.NATURE, 20) == "仲裁机构"
        assert codes.was_downloaded(CodeTable.NATURE)
        assert not codes.was_downloaded(CodeTable.LANGUAGE)

    def test_it_shows_a_download_to_the_next_reader(self) -> None:
        load_builtin_codes()
        assert codes.choices_for(CodeTable.CANCEL_REASON) == []
        store_table(CodeTable.CANCEL_REASON, [CodeRow(1, "停办")], origin=CodeOrigin.DOWNLOADED)
        assert codes.choices_for(CodeTable.CANCEL_REASON) == [(1, "停办")]

    def test_it_keeps_what_a_later_download_does_not_mention(self) -> None:
        store_table(CodeTable.LANGUAGE, [CodeRow(1, "甲"), CodeRow(2, "乙")], origin=CodeOrigin.DOWNLOADED)
        store_table(CodeTable.LANGUAGE, [CodeRow(2, "丙")], origin=CodeOrigin.DOWNLOADED)
        assert codes.choices_for(CodeTable.LANGUAGE) == [(1, "甲"), (2, "丙")]

    def test_it_meets_a_seed_row_although_the_download_names_no_parent(self) -> None:
        load_builtin_codes()
        store_table(CodeTable.SERVER_LOCATION, [CodeRow(2, "北京局")], origin=CodeOrigin.DOWNLOADED)
        row = CodeEntry.objects.get(table=CodeTable.SERVER_LOCATION, code=2)
        assert (row.name, row.parent, row.origin) == ("北京局", None, CodeOrigin.DOWNLOADED)

    def test_it_takes_the_last_of_two_rows_with_one_code(self) -> None:
        rows = [CodeRow(1, "甲"), CodeRow(1, "乙")]
        done = store_table(CodeTable.LANGUAGE, rows, origin=CodeOrigin.IMPORTED)
        assert done.created == 1
        assert codes.choices_for(CodeTable.LANGUAGE) == [(1, "乙")]

    def test_it_cuts_names_that_are_longer_than_the_column(self) -> None:
        store_table(CodeTable.REPORTING_UNIT, [CodeRow(1, "长" * 300)], origin=CodeOrigin.DOWNLOADED)
        assert codes.name_of(CodeTable.REPORTING_UNIT, 1) == "长" * 255

    def test_it_refuses_the_same_code_twice_also_without_a_parent(self) -> None:
        CodeEntry.objects.create(table=CodeTable.LANGUAGE, code=1, name="甲")
        with pytest.raises(IntegrityError), transaction.atomic():
            CodeEntry.objects.create(table=CodeTable.LANGUAGE, code=1, name="乙")
        CodeEntry.objects.create(table=CodeTable.CERTIFICATE_OF_NATURE, code=1, name="甲", parent=4)
        CodeEntry.objects.create(table=CodeTable.CERTIFICATE_OF_NATURE, code=1, name="甲", parent=5)
        assert CodeEntry.objects.count() == 3


@pytest.mark.parametrize(
    ("name", "initials"),
    [("海淀区", "hdq"), ("重庆市", "cqs"), ("APP", "app"), ("网上炒股/股票基金", "wscggpjj")],
)
def test_it_takes_pinyin_initials(name: str, initials: str) -> None:
    assert codes.pinyin_initials(name) == initials


@pytest.mark.django_db
class TestCommand:
    def test_it_tells_the_counts_on_stderr(self) -> None:
        out, err = StringIO(), StringIO()
        call_command("load_codes", stdout=out, stderr=err)
        assert "region：新增 3228" in err.getvalue()
        assert out.getvalue() == ""
        assert codes.choices_for(CodeTable.NATURE)

    def test_it_writes_one_json_document_on_request(self) -> None:
        out = StringIO()
        call_command("load_codes", "--json", stdout=out, stderr=StringIO())
        tables = {row["table"]: row for row in json.loads(out.getvalue())["tables"]}
        assert tables["nature"]["created"] == 18
