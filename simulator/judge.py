"""What answers say of a call: identity, algorithm numbers, sequence, hours. Pure checks, no state."""

from __future__ import annotations

from datetime import time

from simulator.config import Unit
from simulator.envelope import Refused, md5_base64
from simulator.options import Options
from simulator.soap import Call

RAND_VAL_LENGTH = 20
MISSING_SHOWN = 1000


def check_identity(call: Call, unit: Unit | None, peer: str) -> Unit:
    """Raises: Refused with 4, 5, 12, 13, 16 or 19."""
    missing = [name for name in ("ispId", "userName", "randVal", "pwdHash") if not call.text(name)]
    if missing:
        raise Refused(12, f"missing: {', '.join(missing)}")
    if unit is None:
        raise Refused(13, "unknown unit")
    if unit.registered_address is not None and peer != unit.registered_address:
        raise Refused(13, f"came from {peer}")
    if call.text("userName") != unit.user_name:
        raise Refused(4)
    if len(call.text("randVal")) < RAND_VAL_LENGTH:
        raise Refused(16)
    secret = (unit.password + call.text("randVal")).encode("gbk", "replace")
    if call.text("pwdHash").strip() != md5_base64(secret):
        raise Refused(5)
    if not unit.enabled:
        raise Refused(19)
    return unit


def check_hash_algorithm(call: Call) -> None:
    """Raises: Refused with 10."""
    if call.text("hashAlgorithm").strip() != "0":
        raise Refused(10, "hashAlgorithm must be 0")


def check_algorithms(call: Call, unit: Unit) -> bool:
    """Whether the upload is encrypted. Raises: Refused with 9, 10 or 11."""
    check_hash_algorithm(call)
    if call.text("compressionFormat").strip() != "0":
        raise Refused(11, "compressionFormat must be 0")
    given = call.text("encryptAlgorithm").strip()
    if given not in ("0", "1"):
        raise Refused(9, "encryptAlgorithm must be 0 or 1")
    if unit.encrypt and given == "0":
        raise Refused(9, "this unit must encrypt")
    return given == "1"


def missing_numbers(sequence: int, last: int) -> list[int]:
    """The numbers that must come before this one; a gap as wide as the field is not written out."""
    return list(range(last + 1, min(sequence, last + 1 + MISSING_SHOWN)))


def check_hours(options: Options, local_clock: str, method: str) -> None:
    """local_clock: hh:mm in Shanghai. Raises: Refused with 20; the hours are its detail."""
    if options.hours is None or (options.hours_for == "upload" and method != "isp_upload"):
        return
    start, end = (time.fromisoformat(item) for item in options.hours)
    now = time.fromisoformat(local_clock)
    inside = start <= now < end if start <= end else now >= start or now < end
    if not inside:
        raise Refused(20, "-".join(options.hours))
