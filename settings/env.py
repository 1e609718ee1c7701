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


class SettingRefused(ImproperlyConfigured):
    """A setting is missing or unsafe; `name` is the environment variable that must be mended."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
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
        raise SettingRefused(name, "is not set")
    return default


def env_bool(name: str, default: bool | None = None) -> bool:
    """Read a yes or no (1/0, true/false, yes/no, on/off).

    Raises: SettingRefused for any other word, and if it is not set and there is no default.
    """
    value = os.environ.get(name, "").strip().lower()
    if not value and default is not None:
        return default
    if not value:
        raise SettingRefused(name, "is not set")
    if value in TRUE_WORDS:
        return True
    if value in FALSE_WORDS:
        return False
    raise SettingRefused(name, f"must be 1 or 0 (true/false, yes/no, on/off), not {value!r}")


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
        raise SettingRefused(name, f"must be a whole number, not {value!r}") from error
    if minimum is not None and number < minimum:
        raise SettingRefused(name, f"must be at least {minimum}, not {number}")
    if maximum is not None and number > maximum:
        raise SettingRefused(name, f"must be at most {maximum}, not {number}")
    return number


def env_float(name: str, default: float | None = None, *, above: float | None = None) -> float:
    """Read a finite number, greater than `above` where that is given.

    Raises: SettingRefused for anything else, and if it is not set and there is no default.
    """
    value = env_str(name, None if default is None else repr(default))
    try:
        number = float(value)
    except ValueError as error:
        raise SettingRefused(name, f"must be a number, not {value!r}") from error
    if not math.isfinite(number):
        raise SettingRefused(name, f"must be a finite number, not {value!r}")
    if above is not None and number <= above:
        raise SettingRefused(name, f"must be greater than {above:g}, not {number:g}")
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
        raise SettingRefused(name, f"there is no folder {folder}")
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
        raise SettingRefused(name, "is not set")
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
        raise SettingRefused(name, f"is set twice, in {name} and in {file_name}; keep one")
    try:
        value = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingRefused(file_name, f"the file {path} cannot be read ({error})") from error
    if not value:
        raise SettingRefused(file_name, f"the file {path} is empty")
    return value


def parse_encryption_keys(name: str, text: str) -> list[str]:
    """Check keys divided by commas or blanks: each is base64 of 32 random bytes; the first one encrypts.

    Shape: the keys as base64 texts in the given order.
    Raises: SettingRefused for no key, a key of another length, one that is clearly not random, or a doubled one.
    """
    keys = text.replace(",", " ").split()
    if not keys:
        raise SettingRefused(name, "is not set")
    for place, key in enumerate(keys, start=1):
        try:
            raw = base64.b64decode(key, validate=True)
        except (binascii.Error, ValueError) as error:
            raise SettingRefused(name, f"key {place} is not base64") from error
        if len(raw) != ENCRYPTION_KEY_BYTES:
            raise SettingRefused(
                name, f"key {place} has {len(raw)} bytes, it must have {ENCRYPTION_KEY_BYTES}"
            )
        if len(set(raw)) < ENCRYPTION_KEY_BYTES // 4:
            raise SettingRefused(name, f"key {place} is not random")
    if len(set(keys)) != len(keys):
        raise SettingRefused(name, "the same key stands there twice")
    return keys
