from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator

import pytest
from django.conf import settings

from filing.masking import MaskFilter, mask, mask_text
from tests import factories

CARD = factories.SUBJECT_CARD
MOBILE = "13800000000"


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("", ""),
        ("甲", "甲"),
        ("1234", "1***"),
        ("12345", "123*5"),
        (MOBILE, "138****0000"),
        (CARD, "110105********002X"),
        (factories.CREDIT_CODE, "911101********00X4"),
    ],
)
def test_it_masks_one_value_and_keeps_a_head_and_a_tail(value: str, masked: str) -> None:
    assert mask(value) == masked


@pytest.mark.parametrize("length", range(2, 30))
def test_it_always_hides_something_and_never_changes_the_length(length: int) -> None:
    value = "123456789" * 4
    found = mask(value[:length])
    assert len(found) == length
    assert "*" in found
    assert length < 8 or found.count("*") >= 4


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"身份证{CARD}有误", "身份证110105********002X有误"),
        (f"{CARD.lower()}；{CARD}", "110105********002x；110105********002X"),
        ("旧证 110105491231002。", "旧证 110105******002。"),
        (f"信用代码={factories.CREDIT_CODE}", "信用代码=911101********00X4"),
        (f"电话:{MOBILE},", "电话:138****0000,"),
        (f"{MOBILE};13900000001", "138****0000;139****0001"),
        (f"+86{MOBILE}", "+86138****0000"),
        (f"+86-{MOBILE}", "+86-138****0000"),
        (f"0086{MOBILE}", "0086138****0000"),
        ("座机010-12345678", "座机010-*****678"),
        ("0755-1234567", "0755-****567"),
        ("01012345678", "010*****678"),
        ("075512345678", "0755*****678"),
    ],
)
def test_it_masks_numbers_in_running_text(text: str, masked: str) -> None:
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "报备单位 110000000001 的第 1271 号文件 B110000000001N1271.xml",
        "2026-11-24 06:30:48,123 203.0.113.10 京ICP备2026000001号-1",
        "sha256:" + "1380000000013800000000" * 2 + "a" * 20,
        "1234567890123456789012345678",
        "port 8000, 12800000000",
        "MA01ABCD1E",
    ],
)
def test_it_leaves_other_numbers_alone(text: str) -> None:
    assert mask_text(text) == text


# --- in the log -----------------------------------------------------------------------------------


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A logger as the settings make one: its handler masks."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(MaskFilter())
    logger = logging.Logger("of this test")
    logger.addHandler(handler)
    yield logger, stream
    handler.close()


def test_it_masks_the_arguments_of_a_log_line(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = log
    logger.warning("returned %s for %s", CARD, {"mobile": MOBILE})
    assert stream.getvalue() == "returned 110105********002X for {'mobile': '138****0000'}\n"


def test_it_masks_an_exception_also_one_that_another_handler_has_written_out(
    log: tuple[logging.Logger, io.StringIO],
) -> None:
    logger, stream = log
    try:
        raise ValueError(f"bad card {CARD}")
    except ValueError:
        logger.exception("could not store")
        record = logger.makeRecord("x", logging.ERROR, "", 0, "again", (), sys.exc_info())
    record.exc_text = logging.Formatter().formatException(record.exc_info or sys.exc_info())
    logger.handle(record)
    assert stream.getvalue().count("ValueError: bad card 110105********002X") == 2
    assert CARD not in stream.getvalue()


def test_it_leaves_a_percent_sign_in_a_masked_line_alone(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = log
    logger.warning("100%% of %s", "50%s")
    assert stream.getvalue() == "100% of 50%s\n"


def test_it_is_switched_on_for_every_handler_of_the_project() -> None:
    handlers = settings.LOGGING["handlers"].values()
    assert all("mask" in each["filters"] for each in handlers)
    assert settings.LOGGING["filters"]["mask"]["()"] == "filing.masking.MaskFilter"
