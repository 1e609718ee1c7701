"""Number formats by their properties: what is right passes, and one sign that is wrong is noticed."""

from __future__ import annotations

import ipaddress
from datetime import date

import pytest
import stdnum.cn.ric
import stdnum.cn.uscc
from hypothesis import given
from hypothesis import strategies as st

from filing.identifiers import (
    check_credit_code,
    check_emails,
    check_form,
    check_id_card,
    check_mobile,
    check_office_phone,
    check_qq,
    is_public_ipv4,
    unknown_phone,
    uses_of_range,
)

CREDIT_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
digits = st.text("0123456789", min_size=1, max_size=1)


@st.composite
def credit_codes(draw: st.DrawFn) -> str:
    signs = st.text(CREDIT_SIGNS, min_size=9, max_size=9)
    body = (
        draw(st.sampled_from(["91", "12", "5A", "N2", "92"]))
        + f"{draw(st.integers(110000, 659999))}"
        + draw(signs)
    )
    return body + str(stdnum.cn.uscc.calc_check_digit(body))


@st.composite
def id_cards(draw: st.DrawFn) -> str:
    born = draw(st.dates(min_value=date(1930, 1, 1), max_value=date(2020, 1, 1)))
    body = f"110105{born:%Y%m%d}{draw(st.integers(0, 999)):03d}"
    return body + str(stdnum.cn.ric.calc_check_digit(body + "0"))


@given(code=credit_codes())
def test_it_passes_every_credit_code_whose_check_digit_is_right(code: str) -> None:
    assert check_credit_code(code) is None
    assert check_form("licence", f" {code.lower()} ") is None


@given(code=credit_codes(), place=st.integers(0, 17), sign=st.sampled_from(CREDIT_SIGNS))
def test_it_notices_one_wrong_sign_of_a_credit_code(code: str, place: int, sign: str) -> None:
    other = code[:place] + sign + code[place + 1 :]
    # The standard's weights are coprime to 31: no single sign can be changed unnoticed.
    assert (check_credit_code(other) is None) == (other == code)


@given(card=id_cards(), place=st.integers(0, 16), digit=digits)
def test_it_notices_one_wrong_digit_of_an_identity_card(card: str, place: int, digit: str) -> None:
    assert check_id_card(card) is None
    other = card[:place] + digit + card[place + 1 :]
    assert (check_id_card(other) is None) == (other == card)


@given(body=st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=8, max_size=8))
def test_it_takes_one_check_digit_only_for_an_organisation_code(body: str) -> None:
    right = [sign for sign in "0123456789X" if check_form("organisation_code", body + sign) is None]
    assert len(right) == 1
    assert check_form("organisation_code", f"{body}-{right[0]}") is None


@given(body=st.text("0123456789", min_size=14, max_size=14))
def test_it_takes_one_check_digit_only_for_an_old_licence(body: str) -> None:
    assert len([sign for sign in "0123456789" if check_form("licence", body + sign) is None]) == 1


@pytest.mark.parametrize(
    ("form", "right", "wrong"),
    [
        ("passport", "E12345678", "E123 4567 汉"),
        ("hk_macao_permit", "H12345678", "A12345678"),
        ("taiwan_permit", "12345678", "1234567"),
        ("foreign_card", "CHN110000000001", "CHN1"),
        ("residence_card", "810000199001010000", "810000199001010004"),
        ("organisation_code", "91110108MA000000X4", "91110108MA000000X5"),
    ],
)
def test_it_knows_the_forms_of_other_papers(form: str, right: str, wrong: str) -> None:
    assert (check_form(form, right), bool(check_form(form, wrong))) == (None, True)


def test_it_says_nothing_of_a_form_that_it_does_not_know() -> None:
    assert check_form("seal", "whatever") is None


@given(address=st.ip_addresses(v=4))
def test_it_tells_public_addresses_as_the_standard_library_does(address: ipaddress.IPv4Address) -> None:
    # The library counts two single addresses of 192.0.0.0/24 as global; no web server has them.
    if address not in ipaddress.ip_network("192.0.0.0/24") and address not in ipaddress.ip_network(
        "192.88.99.0/24"
    ):
        assert is_public_ipv4(int(address)) == (address.is_global and not address.is_multicast)


@given(first=st.integers(1, 2**32 - 2), length=st.integers(0, 2**26))
def test_it_finds_a_special_range_anywhere_in_a_wide_one(first: int, length: int) -> None:
    last = min(first + length, 2**32 - 1)
    inside = {each.name for edge in (first, last) for each in uses_of_range(edge, edge)}
    assert inside <= {each.name for each in uses_of_range(first, last)}


@given(text=st.text(max_size=40))
def test_it_never_breaks_on_what_people_type(text: str) -> None:
    for check in (
        check_mobile,
        check_emails,
        check_office_phone,
        check_qq,
        check_credit_code,
        check_id_card,
        unknown_phone,
    ):
        assert check(text) is None or isinstance(check(text), str)


@pytest.mark.parametrize(
    ("check", "right", "wrong"),
    [
        (check_emails, "name@example.cn;b.c+d@例子.中国", "name@example"),
        (check_emails, "name@sub.example.com.cn", "na me@example.cn"),
        (check_qq, "10001;1234567890", "0123456"),
        (unknown_phone, "13800138000;0311-86001234", "14000000000"),
    ],
)
def test_it_takes_what_is_right_and_refuses_what_is_not(check: object, right: str, wrong: str) -> None:
    assert callable(check)
    assert (check(right), bool(check(wrong))) == (None, True)
