"""All numbers and names here are invented."""

from __future__ import annotations

import ipaddress
import string
from datetime import date

import pytest
import stdnum.cn.ric
import stdnum.cn.uscc
from hypothesis import given
from hypothesis import strategies as st

from filing.identifiers import (
    PROVINCE_OF_ABBREVIATION,
    BadAddress,
    BadDomain,
    ascii_domain,
    check_credit_code,
    check_emails,
    check_filing_number,
    check_id_card,
    check_mobile,
    check_office_phone,
    format_ipv4,
    is_public_ipv4,
    is_under,
    normalise_domain,
    normalise_host,
    parse_filing_number,
    parse_ipv4,
    province_of_number,
    subject_number_of,
)

TODAY = date(2026, 1, 1)
CREDIT_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


class TestFilingNumbers:
    @given(
        st.sampled_from(sorted(PROVINCE_OF_ABBREVIATION)),
        st.one_of(st.integers(10**7, 10**8 - 1), st.integers(2020000001, 2099999999)),
        st.integers(1, 999999),
        st.sampled_from(["", "A", "X", "K"]),
    )
    def test_it_takes_every_regular_number_apart(self, sign: str, n: int, serial: int, service: str) -> None:
        subject = f"{sign}ICP备{n}号"
        number = parse_filing_number(f"{subject}-{serial}{service}")
        assert number is not None
        assert (number.subject, number.serial, number.service) == (subject, serial, service)
        assert number.province == PROVINCE_OF_ABBREVIATION[sign]
        assert number.is_regular
        assert subject_number_of(number.text) == subject_number_of(subject) == subject

    @given(st.text(max_size=40))
    def test_it_never_fails_on_any_text(self, text: str) -> None:
        parse_filing_number(text)
        subject_number_of(text)
        province_of_number(text)
        check_filing_number(text, website=True)

    def test_it_knows_31_provinces(self) -> None:
        assert len(PROVINCE_OF_ABBREVIATION) == len(set(PROVINCE_OF_ABBREVIATION.values())) == 31
        assert PROVINCE_OF_ABBREVIATION["新"] == 650000
        assert PROVINCE_OF_ABBREVIATION["渝"] == 500000

    @pytest.mark.parametrize(
        ("plate", "written", "province"),
        [("川", "蜀", 510000), ("贵", "黔", 520000), ("云", "滇", 530000), ("甘", "陇", 620000)],
    )
    def test_it_reads_number_plate_forms_but_compares_by_the_official_one(
        self, plate: str, written: str, province: int
    ) -> None:
        number = parse_filing_number(f"{plate}ICP备10000001号-2")
        assert number is not None
        assert number.province == province == province_of_number(number.text)
        assert number.subject == f"{plate}ICP备10000001号"
        assert number.canonical == f"{written}ICP备10000001号-2"
        assert not number.is_regular

    @pytest.mark.parametrize("typed", [" 京icp备 10000001 号－1 ", "京ＩＣＰ备１０００００01号—1"])
    def test_it_reads_numbers_as_people_type_them(self, typed: str) -> None:
        number = parse_filing_number(typed)
        assert number is not None
        assert number.text == "京ICP备10000001号-1"

    def test_it_does_not_take_the_licence_number_for_a_website_serial(self) -> None:
        assert subject_number_of("京B2-20990001") == "京B2-20990001"
        assert subject_number_of("京B2-20990001-3") == "京B2-20990001"
        number = parse_filing_number("京B2-20990001-3")
        assert number is not None
        assert number.serial == 3

    @pytest.mark.parametrize(
        "text", ["", "备案中", "港ICP备10000001号", "京ICP备号", "京公网安备11000000000001号"]
    )
    def test_it_reads_nothing_into_other_texts(self, text: str) -> None:
        assert parse_filing_number(text) is None

    def test_it_says_which_of_the_two_numbers_it_wants(self) -> None:
        assert check_filing_number("京ICP备10000001号-1", website=True) is None
        assert check_filing_number("京ICP备10000001号", website=False) is None
        assert "网站备案号" in (check_filing_number("京ICP备10000001号", website=True) or "")
        assert "去掉" in (check_filing_number("京ICP备10000001号-1", website=False) or "")
        assert "不常见" in (check_filing_number("京ICP备123号", website=False) or "")
        assert province_of_number("京 no number") == 110000


class TestDomains:
    @pytest.mark.parametrize(
        ("typed", "domain"),
        [
            ("example.cn", "example.cn"),
            ("  WWW.Example.COM. ", "example.com"),
            ("https://www.example.com.cn:8443/a/b?c=d#e", "example.com.cn"),
            ("//shop.example.gov.cn/", "example.gov.cn"),
            ("ｅｘａｍｐｌｅ．ｃｎ", "example.cn"),
            ("www。example。cn", "example.cn"),
            ("例子.中国", "例子.中国"),
            ("xn--fsqu00a.xn--fiqs8s", "例子.中国"),
            ("www.cn", "www.cn"),
            ("user@example.cn/x", "example.cn"),
        ],
    )
    def test_it_finds_the_registrable_domain(self, typed: str, domain: str) -> None:
        assert normalise_domain(typed) == domain

    @pytest.mark.parametrize(
        ("typed", "word"),
        [
            ("", "请填写域名"),
            ("192.0.2.1", "IP 地址"),
            ("http://[2001:db8::1]/", "IP 地址"),
            ("com.cn", "后缀"),
            ("example.nosuchsuffix", "nosuchsuffix"),
            ("localhost", "localhost"),
            ("a..cn", "不允许"),
            ("-a.cn", "不允许"),
            ("a_b.cn", "不允许"),
            ("我的 网站.cn", "不允许"),
            ("http://[", "域名"),
            (f"{'a' * 64}.cn", "过长"),
        ],
    )
    def test_it_says_why_a_text_is_no_domain(self, typed: str, word: str) -> None:
        with pytest.raises(BadDomain) as refused:
            normalise_domain(typed)
        assert word in refused.value.reason_zh
        assert refused.value.text == typed

    @given(
        # Shorter ones may be suffixes themselves: ah.cn.
        st.from_regex(r"[a-z][a-z0-9]{4,20}", fullmatch=True),
        st.sampled_from(["cn", "com.cn", "com", "中国", "公司.cn"]),
        st.sampled_from(["", "www.", "a.b."]),
        st.sampled_from(["", "http://", "HTTPS://", "//"]),
        st.sampled_from(["", "/", "/p?q=1", ":8080/", "."]),
    )
    def test_it_finds_the_same_domain_in_every_wrapping(
        self, label: str, suffix: str, below: str, scheme: str, tail: str
    ) -> None:
        domain = f"{label}.{suffix}"
        assert normalise_domain(f"{scheme}{below}{domain}{tail}") == domain
        assert normalise_domain(ascii_domain(domain)) == domain

    @given(st.text(max_size=30))
    def test_it_refuses_or_settles_any_text(self, text: str) -> None:
        try:
            domain = normalise_domain(text)
        except BadDomain:
            return
        assert normalise_domain(domain) == domain
        assert ascii_domain(domain).isascii()

    def test_it_tells_what_lies_under_a_domain(self) -> None:
        assert normalise_host("http://WWW.Example.cn/") == "www.example.cn"
        assert is_under("www.example.cn", "example.cn")
        assert is_under("example.cn", "example.cn")
        assert not is_under("notexample.cn", "example.cn")


def id_card(body: str) -> str:
    return body + stdnum.cn.ric.calc_check_digit(body + "0")


class TestIdCards:
    @given(
        st.sampled_from(sorted(PROVINCE_OF_ABBREVIATION.values())),
        st.dates(date(1900, 1, 1), TODAY),
        st.integers(0, 999),
        st.integers(0, 17),
        st.integers(1, 9),
    )
    def test_it_takes_right_numbers_and_finds_every_mistyped_digit(
        self, province: int, born: date, order: int, place: int, shift: int
    ) -> None:
        number = id_card(f"{province + 101}{born:%Y%m%d}{order:03}")
        assert check_id_card(number, today=TODAY) is None
        assert check_id_card(f" {number.lower()} ", today=TODAY) is None
        if number[place] != "X":
            mistyped = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
            assert check_id_card(mistyped, today=TODAY)

    def test_it_names_the_right_last_sign(self) -> None:
        number = id_card("11010120000101001")
        wrong = "3" if number[-1] != "3" else "4"
        reason = check_id_card(number[:-1] + wrong, today=TODAY)
        assert reason is not None
        assert f"应为 {number[-1]}，现在是 {wrong}" in reason

    @pytest.mark.parametrize(
        ("number", "word"),
        [
            ("", "18 位"),
            ("110101900101001", "现在是 15 位"),
            ("11010120000101001A", "只能是数字"),
            ("1101012000010100１一", "只能是数字"),
            (id_card("99010120000101001"), "前两位"),
            (id_card("11010120001301001"), "出生日期"),
            (id_card("11010120270101001"), "出生日期"),
            (id_card("11010118000101001"), "出生日期"),
        ],
    )
    def test_it_says_what_to_correct(self, number: str, word: str) -> None:
        assert word in (check_id_card(number, today=TODAY) or "")


class TestCreditCodes:
    @given(
        st.sampled_from(["91", "12", "N2", "A1", "Y1"]),
        st.integers(100000, 659999),
        st.text(CREDIT_SIGNS, min_size=9, max_size=9),
        st.integers(0, 16),
        st.sampled_from(CREDIT_SIGNS),
    )
    def test_it_takes_right_codes_and_finds_every_mistyped_sign(
        self, head: str, region: int, organisation: str, place: int, sign: str
    ) -> None:
        body = f"{head}{region}{organisation}"
        code = body + stdnum.cn.uscc.calc_check_digit(body)
        assert check_credit_code(code) is None
        assert check_credit_code(code.lower()) is None
        mistyped = code[:place] + sign + code[place + 1 :]
        assert (check_credit_code(mistyped) is None) == (mistyped == code)

    @pytest.mark.parametrize(
        ("code", "word"),
        [
            ("9111010800000000", "现在是 16 位"),
            ("91110108O000000000", "O"),
            ("9111A10800000000AA", "第 3 至 8 位"),
            ("91110108*000000000", "数字和大写字母"),
        ],
    )
    def test_it_says_what_to_correct(self, code: str, word: str) -> None:
        assert word in (check_credit_code(code) or "")


class TestContacts:
    @pytest.mark.parametrize("text", ["13900000000", "13900000000;19900000001"])
    def test_it_takes_mobiles(self, text: str) -> None:
        assert check_mobile(text) is None

    @pytest.mark.parametrize(
        ("text", "word"),
        [
            ("", "请填写"),
            ("1390000000", "1390000000"),
            ("12900000000", "13 至 19"),
            ("13900000000；13900000001", "半角分号"),
            ("13900000000;", "分号前后"),
            ("139０0000000", "11 位数字"),
            (";".join(["13900000000"] * 11), "128"),
        ],
    )
    def test_it_refuses_other_mobiles(self, text: str, word: str) -> None:
        assert word in (check_mobile(text) or "")

    def test_it_takes_ten_mobiles_but_not_a_character_beyond_the_limit(self) -> None:
        assert check_mobile(";".join(["13900000000"] * 10)) is None
        longest = f"{'a' * 117}@example.cn"
        assert len(longest) == 128
        assert check_emails(longest) is None
        assert "现在是 129" in (check_emails(f"a{longest}") or "")

    @pytest.mark.parametrize("text", ["a@b.cn", "a@example.cn;b@example.com"])
    def test_it_takes_mail_addresses(self, text: str) -> None:
        assert check_emails(text) is None

    @pytest.mark.parametrize(
        "text", ["", "example.cn", "a@", "a@b@c.cn", "a@b.cn;x", "a@b.cn，b@b.cn", "a b@c.cn", "a@c.d"]
    )
    def test_it_refuses_other_mail_addresses(self, text: str) -> None:
        assert check_emails(text)

    @pytest.mark.parametrize(
        "text", ["010-00000000", "0571-0000000", "01000000000", "010-00000000;021-00000000"]
    )
    def test_it_takes_office_phones(self, text: str) -> None:
        assert check_office_phone(text) is None

    @pytest.mark.parametrize(
        "text", ["", "00000000", "010-0000 0000", "(010)00000000", "-----------", "010-00000000;1"]
    )
    def test_it_refuses_other_office_phones(self, text: str) -> None:
        assert check_office_phone(text)


class TestAddresses:
    @given(st.integers(1, 2**32 - 1))
    def test_it_reads_what_it_writes(self, number: int) -> None:
        assert parse_ipv4(format_ipv4(number)) == number

    def test_it_counts_as_the_interface_does(self) -> None:
        assert parse_ipv4("1.2.3.4") == 1 * 2**24 + 2 * 2**16 + 3 * 2**8 + 4
        assert parse_ipv4(" 255．255.255。255 ") == 4294967295

    @pytest.mark.parametrize(
        "text", ["", "0.0.0.0", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4/24", "2001:db8::1", "a.b.c.d"]
    )
    def test_it_refuses_other_texts(self, text: str) -> None:
        with pytest.raises(BadAddress) as refused:
            parse_ipv4(text)
        assert refused.value.reason_zh

    @given(st.text(string.digits + ".:/ ", max_size=20))
    def test_it_agrees_with_the_standard_library(self, text: str) -> None:
        try:
            number = parse_ipv4(text)
        except BadAddress:
            return
        assert ipaddress.ip_address(text.strip()) == ipaddress.IPv4Address(number)

    @pytest.mark.parametrize("number", [-1, 2**32])
    def test_it_refuses_numbers_outside_the_range(self, number: int) -> None:
        with pytest.raises(BadAddress):
            format_ipv4(number)

    def test_it_tells_public_addresses(self) -> None:
        assert is_public_ipv4(parse_ipv4("8.8.8.8"))
        for text in ("10.0.0.1", "192.168.1.1", "127.0.0.1", "224.0.0.1", "100.64.0.1"):
            assert not is_public_ipv4(parse_ipv4(text))
