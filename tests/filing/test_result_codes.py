from __future__ import annotations

import pytest

from filing.result_codes import LATER_CODES, LINK_CODES, SUCCESS_CODES, all_codes, explain


def test_it_explains_a_known_code() -> None:
    found = explain(1022)
    assert (found.code, found.category, found.fields) == (1022, "icp", ("Syurl",))
    assert found.message.startswith("网站首页地址格式错误")
    assert found.remedy
    assert found.is_known


def test_it_splits_several_fields_and_keeps_none_empty() -> None:
    assert explain(1003).fields == ("Zt_xx/Dwmc", "Zt_xx/Zj/Zjlx", "Zt_xx/Zj/Zjhm")
    assert explain(0).fields == ()


@pytest.mark.parametrize("code", [-1, 23, 1000, 4711, 10**12])
def test_it_sends_staff_to_the_bureaus_words_for_an_unknown_code(code: int) -> None:
    found = explain(code)
    assert (found.code, found.category, found.message, found.fields) == (code, "unknown", "", ())
    assert "原文" in found.remedy
    assert not found.is_known


def test_it_holds_every_code_once_with_message_and_remedy() -> None:
    codes = all_codes()
    assert len(codes) == 204
    assert {row.category for row in codes.values()} == {"method", "icp", "ip", "domain", "general"}
    assert all(row.message and row.remedy for row in codes.values())
    assert set(range(23)) | {901, 902, 999} <= codes.keys()
    assert set(range(1001, 1069)) | {1999, 5999} <= codes.keys()


def test_it_knows_the_codes_that_steer_the_link_and_keeps_them_apart() -> None:
    assert set(SUCCESS_CODES) == {1001, 1060, 1062, 2998, 3998}
    assert set(LATER_CODES) == {1051, 1052}
    assert set(LINK_CODES) == {5003, 5004, 5009, 5011, 1054}
    assert all_codes().keys() >= SUCCESS_CODES | LATER_CODES | LINK_CODES
    assert not (SUCCESS_CODES & LATER_CODES or LATER_CODES & LINK_CODES or SUCCESS_CODES & LINK_CODES)
