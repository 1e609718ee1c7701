"""Whether an owner's filing password is right: asked of the bureau, within the few tries that it allows for each filing.

Spec: protocol "Methods" (isp_verifybamm: VerifyRes 0 right, 1 wrong; code 22 after too many). Whether it takes the
password plain or hashed, and whose number, are settings of the link.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection, transaction

from filing.choices import Operation
from filing.identifiers import parse_filing_number, subject_number_of
from filing.models import Request
from filing.services.holdings import record_held, subject_of
from filing.services.revisions import current_revision
from reporting import blocks
from reporting.choices import Method, NumberForm, PasswordForm, PasswordTried
from reporting.errors import NotSent, OutcomeUnknown
from reporting.models import Link, PasswordTry
from reporting.selectors import link_of
from reporting.services import calls

USED_UP_CODE = 22
RIGHT = "0"


@dataclass(frozen=True)
class Verdict:
    """What came of it. `left`: tries that remain for this filing; None where they are not counted (nothing was asked)."""

    outcome: PasswordTried | None
    words: str
    left: int | None = None

    @property
    def is_right(self) -> bool:
        return self.outcome == PasswordTried.RIGHT


def check_password(request: Request, password: str, *, user_name: str = "") -> Verdict:
    """Ask the bureau whether a password is that of the filing which the request is about. Never raises for the bureau's
    sake: what it did not answer is told.

    A try is written down before the call, in a transaction of its own: a killed process has not asked for free.
    """
    password = password or request.icp_password
    link = link_of(request)
    if not password:
        return Verdict(None, "先填备案密码")
    if link is None:
        return Verdict(None, "还没有设好报备链路，无法向管局校验")
    number = _number(request, link)
    if not number:
        return Verdict(None, "先填备案号：密码按备案校验")
    row, left = _take_a_try(link, subject_number_of(number), request, user_name)
    if row is None:
        return Verdict(
            PasswordTried.USED_UP,
            f"这个备案已校验 {link.most_password_tries} 次，再试管局会锁定。向主办者核实，或请其找回密码",
            0,
        )
    return _ask(link, row, number, password, left)


def tries_left(link: Link, subject_number: str) -> int:
    """How many tries remain for a filing. Right ones do not count; what was refused for other reasons neither."""
    used = PasswordTry.objects.filter(link=link, number=subject_number).exclude(
        outcome__in=(PasswordTried.RIGHT, PasswordTried.REFUSED)
    )
    if used.filter(outcome=PasswordTried.USED_UP).exists():
        return 0
    return max(0, link.most_password_tries - used.count())


def _take_a_try(
    link: Link, subject_number: str, request: Request, user_name: str
) -> tuple[PasswordTry | None, int]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            # Two people who ask at once must not both take the last try.
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [subject_number, link.pk]
            )
        left = tries_left(link, subject_number)
        if left == 0:
            return None, 0
        row = PasswordTry.objects.create(
            link=link, number=subject_number, request=request, user_name=user_name[:150]
        )
    return row, left - 1


def _ask(link: Link, row: PasswordTry, number: str, password: str, left: int) -> Verdict:
    told = blocks.password_hash(password) if link.password_form == PasswordForm.HASHED else password
    values = [*calls.credentials(link), calls.HASH_MD5, number, told]
    try:
        answer = calls.perform(link, Method.VERIFY_PASSWORD, values)[0]
    except NotSent as error:
        _settle(row, PasswordTried.REFUSED)
        return Verdict(PasswordTried.REFUSED, f"没有问到管局：{error}。过一会儿再试", left + 1)
    except OutcomeUnknown:
        return Verdict(PasswordTried.ASKED, "管局没有应答，这一次算已用掉。过一会儿再试", left)
    said = answer.fields.get("VerifyRes", "").strip()
    if answer.code == USED_UP_CODE:
        _settle(row, PasswordTried.USED_UP, answer.code)
        return Verdict(PasswordTried.USED_UP, f"管局：{answer.message or '校验次数已用完'}", 0)
    if answer.code != 0 or said not in ("0", "1"):
        _settle(row, PasswordTried.REFUSED, answer.code)
        return Verdict(
            PasswordTried.REFUSED, f"管局没有校验：{answer.message}（代码 {answer.code}）", left + 1
        )
    if said == RIGHT:
        _settle(row, PasswordTried.RIGHT, answer.code)
        return Verdict(PasswordTried.RIGHT, "密码正确", left + 1)
    _settle(row, PasswordTried.WRONG, answer.code)
    return Verdict(PasswordTried.WRONG, f"密码不对，还可校验 {left} 次。向主办者核对", left)


def _settle(row: PasswordTry, outcome: PasswordTried, code: int | None = None) -> None:
    row.outcome, row.code = outcome, code
    row.save(update_fields=["outcome", "code"])


def _number(request: Request, link: Link) -> str:
    """The number that the link's bureau asks for, of the filing that the request is about; "" where it is not known."""
    content = current_revision(request).content
    names = ("website_number", "subject_number", "number")
    stated = next((str(content[name]) for name in names if content.get(name)), "")
    stated = stated or str(content.get("subject", {}).get("number", ""))
    held = record_held(request.operation, request.isp_id, content)
    if link.password_number == NumberForm.WEBSITE:
        number = parse_filing_number(stated)
        if number is not None and number.is_website:
            return stated
        websites = subject_of(held).websites.exclude(number="") if held is not None else None
        first = websites.order_by("number").first() if websites is not None else None
        return first.number if first is not None else ""
    if stated and request.operation != Operation.CANCEL_ACCESS:
        return subject_number_of(stated)
    return subject_of(held).number if held is not None else ""
