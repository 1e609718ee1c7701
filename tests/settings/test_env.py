"""Environment readers: each refuses a bad value by the name of its variable."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from settings.env import (
    SettingRefused,
    env_bool,
    env_float,
    env_folder,
    env_int,
    env_list,
    env_path,
    env_secret,
    env_str,
    parse_encryption_keys,
)

NAME = "ICP_TEST_VALUE"
KEY_A = base64.b64encode(bytes(range(32))).decode()
KEY_B = base64.b64encode(bytes(range(100, 132))).decode()


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)
    monkeypatch.delenv(f"{NAME}_FILE", raising=False)


@pytest.mark.parametrize("reader", [env_str, env_bool, env_int, env_float, env_path, env_list, env_secret])
@pytest.mark.parametrize("value", [None, "", "   "])
def test_it_refuses_a_missing_value_by_name(
    reader: Callable[[str], Any], value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if value is not None:
        monkeypatch.setenv(NAME, value)
    with pytest.raises(SettingRefused, match=NAME) as caught:
        reader(NAME)
    assert caught.value.name == NAME


@pytest.mark.parametrize(
    ("word", "meaning"), [("1", True), ("TRUE", True), (" on ", True), ("0", False), ("No", False)]
)
def test_it_reads_yes_and_no(word: str, meaning: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, word)
    assert env_bool(NAME) is meaning


@pytest.mark.parametrize("word", ["2", "maybe", "是", "truee"])
def test_it_refuses_a_word_that_is_neither(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, word)
    with pytest.raises(SettingRefused, match=NAME):
        env_bool(NAME, default=False)


@pytest.mark.parametrize("text", ["eight", "8.5", "0", "65536"])
def test_it_refuses_a_number_out_of_bounds(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, text)
    with pytest.raises(SettingRefused, match=NAME):
        env_int(NAME, 8000, minimum=1, maximum=65_535)


def test_it_reads_a_number_at_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "65535")
    assert env_int(NAME, 8000, minimum=1, maximum=65_535) == 65_535


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "fast"])
def test_it_refuses_a_factor_that_cannot_scale(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, text)
    with pytest.raises(SettingRefused, match=NAME):
        env_float(NAME, 1.0, above=0.0)


def test_it_reads_a_factor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "0.05")
    assert env_float(NAME, 1.0, above=0.0) == 0.05


def test_it_makes_a_path_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(NAME, "here/data")
    assert env_path(NAME) == tmp_path / "here" / "data"


def test_it_wants_a_folder_that_exists(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert env_folder(NAME) is None
    monkeypatch.setenv(NAME, str(tmp_path))
    assert env_folder(NAME) == tmp_path
    monkeypatch.setenv(NAME, str(tmp_path / "nowhere"))
    with pytest.raises(SettingRefused, match="nowhere"):
        env_folder(NAME)


def test_it_reads_a_list_without_empty_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, " a.example, ,b.example,")
    assert env_list(NAME) == ["a.example", "b.example"]


def test_it_reads_a_secret_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from-a-file\n")
    monkeypatch.setenv(f"{NAME}_FILE", str(secret))
    assert env_secret(NAME) == "from-a-file"


def test_it_refuses_a_secret_set_twice_without_showing_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("one-value")
    monkeypatch.setenv(f"{NAME}_FILE", str(secret))
    monkeypatch.setenv(NAME, "other-value")
    with pytest.raises(SettingRefused, match=f"{NAME}_FILE") as caught:
        env_secret(NAME)
    assert "value" not in str(caught.value).replace(NAME, "")


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe"])
def test_it_refuses_a_secret_file_that_holds_none(
    content: bytes | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    if content is not None:
        secret.write_bytes(content)
    monkeypatch.setenv(f"{NAME}_FILE", str(secret))
    with pytest.raises(SettingRefused, match=f"{NAME}_FILE"):
        env_secret(NAME, "default")


def test_it_keeps_the_order_of_encryption_keys() -> None:
    assert parse_encryption_keys(NAME, f"{KEY_B},{KEY_A}") == [KEY_B, KEY_A]
    assert parse_encryption_keys(NAME, f"{KEY_A}\n{KEY_B}\n") == [KEY_A, KEY_B]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not base64!",
        base64.b64encode(bytes(range(31))).decode(),
        base64.b64encode(bytes(32)).decode(),
        f"{KEY_A},{KEY_A}",
        f"{KEY_A},short",
    ],
)
def test_it_refuses_weak_encryption_keys(text: str) -> None:
    with pytest.raises(SettingRefused, match=NAME):
        parse_encryption_keys(NAME, text)
