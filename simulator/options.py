"""What the papers leave open, or where bureaus differ: one value each. docs/simulator.md tells what each means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import time
from functools import cache
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError
from typing import Any

from simulator.invalid import ConfigInvalid, check_names, names_of

Check = Callable[[Any], Any]


@dataclass(frozen=True)
class Options:
    """The defaults are the first values of the tables in docs/simulator.md."""

    # How calls are answered.
    repeat: str = "ok"
    more_file_code: int = 3
    last_file_code: int = 1
    empty_code: int = 2
    ack_code: str = "queue"
    previous: str = "as_sent"
    previous_name: str = "entry"
    previous_none: str = "empty"
    answer_style: str = "plain"
    bamm_form: str = "either"
    bamm_number: str = "either"
    password_tries: int = 5
    max_waiting_files: int | None = None
    hours: tuple[str, str] | None = None
    hours_for: str = "all"
    # What the checks ask for.
    standing: str = "valid"
    operations: tuple[int, ...] | None = None
    strict_province: bool = False
    filing_password: str | None = "Demo-12345"
    password_case: str = "either"
    password_charset: str = "gbk"
    password_asked: str = "required"
    change_unnamed: str = "keep"
    max_changes: int | None = None
    old_system: tuple[str, ...] = ()
    address_ranges: tuple[str, ...] | None = None
    address_result: bool = False
    mobile_limit: int | None = None
    unique_site_names: bool = False
    image_limit: str = "bytes"
    check_reasons: bool = False
    # What comes back.
    bundle: int = 100
    order: str = "result_first"
    results: str = "both"
    bs_form: str = "as_sent"
    omit: tuple[str, ...] = ()
    filed_part: str = "whole"
    silent: bool = False
    share_filed: bool = True
    access_cancelled: str = "data"
    quiet_success: tuple[str, ...] = ()
    strict_download: bool = True
    download_encoding: str = "GBK"

    def changed(self, doc: Mapping[str, Any]) -> Options:
        """A copy with some options replaced. Raises: ConfigInvalid for an unknown name or value."""
        check_names(doc, names_of(Options), "options")
        values = {}
        for name, value in doc.items():
            try:
                values[name] = CHECKS[name](value)
            except (TypeError, ValueError) as error:
                raise ConfigInvalid(f"options: {name}: {error}") from error
        return replace(self, **values)


def _one_of(*choices: Any) -> Check:
    def check(value: Any) -> Any:
        if isinstance(value, bool) or value not in choices:
            raise ValueError(f"must be one of {', '.join(map(str, choices))}")
        return value

    return check


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("must be a whole number, 1 or more")
    return value


def _or_null(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be text")
    return value


def _list_of(check: Check) -> Check:
    def check_all(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError("must be a list")
        return tuple(check(item) for item in value)

    return check_all


def _hours(value: Any) -> tuple[str, str]:
    start, end = _list_of(_text)(value)
    time.fromisoformat(start), time.fromisoformat(end)
    return start, end


def _ranges(value: Any) -> tuple[str, ...]:
    ranges: tuple[str, ...] = _list_of(_text)(value)
    parse_ranges(ranges)
    return ranges


@cache
def parse_ranges(ranges: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """First and last address as numbers, of "203.0.113.0/24" or "203.0.113.5-203.0.113.9". Raises: ValueError."""
    found = []
    for item in ranges:
        try:
            if "-" in item:
                first, last = (int(IPv4Address(part.strip())) for part in item.split("-"))
            else:
                network = IPv4Network(item)
                first, last = int(network.network_address), int(network.broadcast_address)
        except (AddressValueError, NetmaskValueError) as error:
            raise ValueError(f"{item} is no address range") from error
        found.append((first, last))
    return tuple(found)


CHECKS: Mapping[str, Check] = {
    "repeat": _one_of("ok", "code14", "code999"),
    "more_file_code": _one_of(3, 0, 1),
    "last_file_code": _one_of(1, 0, 3),
    "empty_code": _one_of(2, 0, 1, 3),
    "ack_code": _one_of("queue", "queue2", "zero"),
    "previous": _one_of("as_sent", "plain", "rezipped"),
    "previous_name": _one_of("entry", "zip", "own"),
    "previous_none": _one_of("empty", "absent"),
    "answer_style": _one_of("plain", "exact", "padded"),
    "bamm_form": _one_of("either", "plain", "md5"),
    "bamm_number": _one_of("either", "subject", "website"),
    "password_tries": _count,
    "max_waiting_files": _or_null(_count),
    "hours": _or_null(_hours),
    "hours_for": _one_of("all", "upload"),
    "standing": _one_of("valid", "invalid", "deleted"),
    "operations": _or_null(_list_of(_one_of(1, 2, 3, 4, 5, 6, 7, 35, 101, 102))),
    "strict_province": _flag,
    "filing_password": _or_null(_text),
    "password_case": _one_of("either", "lower", "upper"),
    "password_charset": _one_of("gbk", "utf-8"),
    "password_asked": _one_of("required", "given", "always"),
    "change_unnamed": _one_of("keep", "return", "drop"),
    "max_changes": _or_null(_count),
    "old_system": _list_of(_text),
    "address_ranges": _or_null(_ranges),
    "address_result": _flag,
    "mobile_limit": _or_null(_count),
    "unique_site_names": _flag,
    "image_limit": _one_of("bytes", "characters", "none"),
    "check_reasons": _flag,
    "bundle": _count,
    "order": _one_of("result_first", "data_first", "together"),
    "results": _one_of("both", "decision_only", "result_only"),
    "bs_form": _one_of("as_sent", "number", "subject"),
    "omit": _list_of(_one_of("Bs", "Czlx", "Jlid")),
    "filed_part": _one_of("whole", "changed"),
    "silent": _flag,
    "share_filed": _flag,
    "access_cancelled": _one_of("data", "zxsj"),
    "quiet_success": _list_of(_one_of("HSJG", "WBACLJG", "XZHYD")),
    "strict_download": _flag,
    "download_encoding": _one_of("GBK", "GB18030", "UTF-8"),
}
