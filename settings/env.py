"""Typed readers of environment variables: a bad value is refused with a message that names the variable."""

from __future__ import annotations

import base64
import binascii
import math
import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})
ENCRYPTION_KEY_BYTES = 32
NOT_SET = "没有设置"


class SettingRefused(ImproperlyConfigured):
    """A setting is missing or unsafe; `name` is the environment variable that must be mended."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}：{reason}")
        self.name = name
        self.reason = reason


def env_str(name: str, default: str | None = None) -> str:
    """Read a text; an empty value counts as not set.

    Raises: SettingRefused if it is not set and there is no default.
    """
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise SettingRefused(name, NOT_SET)
    return default


def env_bool(name: str, default: bool | None = None) -> bool:
    """Read a yes or no (1/0, true/false, yes/no, on/off).

    Raises: SettingRefused for any other word, and if it is not set and there is no default.
    """
    value = os.environ.get(name, "").strip().lower()
    if not value and default is not None:
        return default
    if not value:
        raise SettingRefused(name, NOT_SET)
    if value in TRUE_WORDS:
        return True
    if value in FALSE_WORDS:
        return False
    raise SettingRefused(name, f"只能是 1 或 0（true/false、yes/no、on/off），不能是 {value!r}")


def env_choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """Read one of some words, in either case. Raises: SettingRefused for any other."""
    value = env_str(name, default)
    found = next((word for word in allowed if word.lower() == value.lower()), None)
    if found is None:
        raise SettingRefused(name, f"只能是 {'、'.join(allowed)}，不能是 {value!r}")
    return found


def env_int(
    name: str, default: int | None = None, *, minimum: int | None = None, maximum: int | None = None
) -> int:
    """Read a whole number within the given bounds.

    Raises: SettingRefused for anything else, and if it is not set and there is no default.
    """
    value = env_str(name, None if default is None else str(default))
    try:
        number = int(value)
    except ValueError as error:
        raise SettingRefused(name, f"必须是整数，不能是 {value!r}") from error
    if minimum is not None and number < minimum:
        raise SettingRefused(name, f"不能小于 {minimum}，现在是 {number}")
    if maximum is not None and number > maximum:
        raise SettingRefused(name, f"不能大于 {maximum}，现在是 {number}")
    return number


def env_float(name: str, default: float | None = None, *, above: float | None = None) -> float:
    """Read a finite number, greater than `above` where that is given.

    Raises: SettingRefused for anything else, and if it is not set and there is no default.
    """
    value = env_str(name, None if default is None else repr(default))
    try:
        number = float(value)
    except ValueError as error:
        raise SettingRefused(name, f"必须是数字，不能是 {value!r}") from error
    if not math.isfinite(number):
        raise SettingRefused(name, f"必须是有限的数字，不能是 {value!r}")
    if above is not None and number <= above:
        raise SettingRefused(name, f"必须大于 {above:g}，现在是 {number:g}")
    return number


def env_path(name: str, default: Path | None = None) -> Path:
    """Read a path; a relative one counts from the working directory. The result is absolute.

    Raises: SettingRefused if it is not set and there is no default.
    """
    return Path(env_str(name, None if default is None else str(default))).expanduser().absolute()


def env_folder(name: str) -> Path | None:
    """Read the path of a folder that must exist; None where the variable is not set.

    Raises: SettingRefused if there is no such folder.
    """
    if not os.environ.get(name, "").strip():
        return None
    folder = env_path(name)
    if not folder.is_dir():
        raise SettingRefused(name, f"没有目录 {folder}")
    return folder


def env_list(name: str, default: list[str] | None = None) -> list[str]:
    """Read texts divided by commas; blanks around them and empty parts are dropped.

    Raises: SettingRefused if nothing is left and there is no default.
    """
    parts = [part.strip() for part in os.environ.get(name, "").split(",")]
    values = [part for part in parts if part]
    if values:
        return values
    if default is None:
        raise SettingRefused(name, NOT_SET)
    return default


def env_secret(name: str, default: str | None = None) -> str:
    """Read a secret from the variable, or from the file that `<name>_FILE` names (as container secrets come).

    Raises: SettingRefused if both are set, if the file cannot be read or is empty, and if neither is set and
    there is no default. The message never holds the value.
    """
    file_name = f"{name}_FILE"
    path = os.environ.get(file_name, "").strip()
    if not path:
        return env_str(name, default)
    if os.environ.get(name, "").strip():
        raise SettingRefused(name, f"{name} 和 {file_name} 都设置了，请只留一个")
    try:
        value = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingRefused(file_name, f"读不了文件 {path}（{error}）") from error
    if not value:
        raise SettingRefused(file_name, f"文件 {path} 是空的")
    return value


def parse_encryption_keys(name: str, text: str) -> list[str]:
    """Check keys divided by commas or blanks: each is base64 of 32 random bytes; the first one encrypts.

    Shape: the keys as base64 texts in the given order.
    Raises: SettingRefused for no key, a wrong length, a key that is clearly not random, or a doubled one.
    """
    keys = text.replace(",", " ").split()
    if not keys:
        raise SettingRefused(name, NOT_SET)
    for place, key in enumerate(keys, start=1):
        try:
            raw = base64.b64decode(key, validate=True)
        except (binascii.Error, ValueError) as error:
            raise SettingRefused(name, f"第 {place} 个密钥不是 base64") from error
        if len(raw) != ENCRYPTION_KEY_BYTES:
            raise SettingRefused(
                name, f"第 {place} 个密钥有 {len(raw)} 字节，必须是 {ENCRYPTION_KEY_BYTES} 字节"
            )
        if len(set(raw)) < ENCRYPTION_KEY_BYTES // 4:
            raise SettingRefused(name, f"第 {place} 个密钥不是随机生成的")
    if len(set(keys)) != len(keys):
        raise SettingRefused(name, "同一个密钥出现了两次")
    return keys
