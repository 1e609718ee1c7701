"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for when the phone is gone.

The common packages keep secrets and recovery codes readable in the database; ours are sealed and hashed. The arithmetic is
that of `cryptography`.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import time

import segno
from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from accounts.models import RecoveryCode, SecondFactor
from accounts.services.throttle import begin_try, code_key, forgive
from filing.groups import ADMINISTRATORS

ISSUER = "备案报备"
STEP_S, DIGITS, SECRET_BYTES = 30, 6, 20
# A phone's clock may be off by one step, and typing takes time.
STEPS_AROUND = (0, -1, 1)
RECOVERY_CODES, RECOVERY_BYTES = 10, 10
"""80 bits each: nobody guesses one, so a plain hash keeps them."""


class WrongCode(Exception):
    """A code fits nothing, was used before, or is too old."""

    words = "验证码不对或已过期，请看验证器里现在的 6 位数字再输一次。"


def is_on(user: User) -> bool:
    """Whether this person is asked for a code at sign-in."""
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).exists()


def is_required(user: User) -> bool:
    """Whether one of the person's roles asks for a second factor (ICP_REQUIRE_TOTP_FOR)."""
    wanted = set(settings.ICP_REQUIRE_TOTP_FOR)
    if not wanted:
        return False
    if user.is_superuser and ADMINISTRATORS in wanted:
        return True
    return user.groups.filter(name__in=wanted).exists()


def enrolment(user: User) -> SecondFactor:
    """The factor that is being set up: the same secret until it is confirmed, so that a reload spoils nothing.

    Raises: WrongCode where one is on already: it is taken off first, with a code.
    """
    factor, _made = SecondFactor.objects.get_or_create(user=user, defaults={"secret": _new_secret()})
    if factor.confirmed_at is not None:
        raise WrongCode
    return factor


def confirm(user: User, code: str) -> list[str]:
    """Switch the factor on with a first code of the app. Shape: ten recovery codes, told this once.

    Raises: WrongCode; TryLater after too many.
    """
    key = code_key(user)
    begin_try(key)
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(user=user, confirmed_at=None).first()
        if factor is None:
            raise WrongCode
        _take(factor, code)
        factor.confirmed_at = timezone.now()
        factor.save()
        codes = new_recovery_codes(user)
    forgive(key)
    return codes


def check(user: User, code: str) -> str:
    """Take one code of the app, or one recovery code; neither is taken twice. Shape: "app" or "recovery".

    Raises: WrongCode; TryLater after too many.
    """
    key = code_key(user)
    begin_try(key)
    plain = _plain(code)
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(user=user).first()
        # An administrator may have taken it away since the password was asked for.
        if factor is None or factor.confirmed_at is None:
            raise WrongCode
        if re.fullmatch(rf"\d{{{DIGITS}}}", plain, re.ASCII):
            _take(factor, plain)
            factor.save()
            way = "app"
        else:
            unused = RecoveryCode.objects.filter(user=user, digest=_digest(plain), used_at__isnull=True)
            if unused.update(used_at=timezone.now()) != 1:
                raise WrongCode
            way = "recovery"
    forgive(key)
    return way


def remove(user: User) -> bool:
    """Take the factor and its recovery codes away. Shape: whether one was on."""
    RecoveryCode.objects.filter(user=user).delete()
    was_on = is_on(user)
    SecondFactor.objects.filter(user=user).delete()
    return was_on


def new_recovery_codes(user: User) -> list[str]:
    """Ten new ones; what is left of the old ones lets nobody in any more."""
    codes = [base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode() for _ in range(RECOVERY_CODES)]
    with transaction.atomic():
        RecoveryCode.objects.filter(user=user).delete()
        RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(code)) for code in codes)
    return ["-".join(code[place : place + 4] for place in range(0, 16, 4)) for code in codes]


def recovery_codes_left(user: User) -> int:
    """How many recovery codes still let in."""
    return RecoveryCode.objects.filter(user=user, used_at__isnull=True).count()


def typed_secret(factor: SecondFactor) -> str:
    """The secret in groups of four, for typing it into an app that reads no pictures."""
    return " ".join(factor.secret[place : place + 4] for place in range(0, len(factor.secret), 4))


def qr_picture(factor: SecondFactor, name: str) -> str:
    """The secret as an SVG picture for the app. Shape: one <svg> element without style attributes."""
    uri = _totp(factor.secret).get_provisioning_uri(name, ISSUER)
    return segno.make(uri, error="m", micro=False).svg_inline(
        scale=4, border=4, omitsize=True, svgclass="qr", lineclass=None
    )


def code_at(secret: str, moment: float) -> str:
    """The code that an app shows at a moment (seconds since 1970)."""
    return _totp(secret).generate(moment).decode()


def _take(factor: SecondFactor, code: str) -> None:
    plain = _plain(code).encode()
    now = time.time()
    fits = [
        step
        for around in STEPS_AROUND
        if (step := int(now // STEP_S) + around) > factor.last_step
        and bytes_eq(code_at(factor.secret, step * STEP_S).encode(), plain)
    ]
    if not fits:
        raise WrongCode
    factor.last_step = fits[0]


def _totp(secret: str) -> TOTP:
    # SHA-1 is what every authenticator app reads; HMAC does not suffer from its collisions.
    return TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP_S)


def _new_secret() -> str:
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _plain(code: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", code[:64].upper())


def _digest(plain: str) -> str:
    return hashlib.sha256(plain.encode()).hexdigest()
