"""A method of the interface called by a person: request and answer to be looked at, who called what written down.

Credentials, filing passwords and contents are neither shown nor kept; identity numbers and phones are masked.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.utils import timezone
from lxml import etree

from filing.actors import person
from filing.masking import mask_text
from filing.result_codes import explain
from filing.services.errors import NotAllowed
from reporting.answers import MOST_ANSWER_BYTES
from reporting.choices import Direction, Method
from reporting.errors import LinkFault
from reporting.models import HandCall, Link
from reporting.services.locks import link_lock
from reporting.services.previous import USUAL_CODES
from reporting.services.raw_call import CREDENTIALS, DEFAULTS, PARAMETERS, raw_call
from xsd import NotWellFormed, parse_leniently

CHANGES_AT_BUREAU: Mapping[Method, Direction] = {
    Method.UPLOAD: Direction.SENDING,
    Method.ACKNOWLEDGE: Direction.RECEIVING,
}
"""These change something at the bureau: the method's name is typed, and the link's own work in that direction waits."""

SECRET = frozenset({"bamm"})
CONTENT = frozenset({"beianInfo"})
MOST_SHOWN, MOST_GIVEN, LONG_VALUE = 20_000, 200, 200
_DECLARATION = re.compile(r"^[\s\ufeff]*<\?xml[^>]*\?>")


@dataclass(frozen=True)
class Called:
    """What came of it. `sent`: parameters in order, as they may be shown. `body`: the answer, or empty where there was none.

    `trouble`: why no answer could be read. Units: seconds.
    """

    method: Method
    at: datetime
    seconds: float
    sent: tuple[tuple[str, str], ...]
    code: int | None = None
    message: str = ""
    remedy: str = ""
    body: str = ""
    trouble: str = ""

    @property
    def family(self) -> str:
        if self.code is None:
            return "bad"
        return "good" if self.code in USUAL_CODES else "attention"


def parameters_of(method: Method) -> tuple[str, ...]:
    """The names that a person may give."""
    return tuple(name for name in PARAMETERS[method] if name not in CREDENTIALS)


def call_by_hand(
    link: Link, method: Method, given: Mapping[str, str], *, user: User, typed_name: str = ""
) -> Called:
    """Call a method as a person asked; takes no longer than the link waits.

    Raises: NotAllowed where the name was not typed or the link is at work in that direction; BadArgument.
    """
    direction = CHANGES_AT_BUREAU.get(method)
    if direction is not None and typed_name.strip() != method.value:
        raise NotAllowed(f"它会改变管局一侧：请键入方法名 {method.value} 再调用")
    given = {name: value for name, value in given.items() if value != ""}
    at, began = timezone.now(), time.monotonic()
    facts: dict[str, object] = {}
    with ExitStack() as stack:
        if direction is not None and not stack.enter_context(link_lock(link, direction)):
            raise NotAllowed(f"链路正在{direction.label}，等这一轮做完再调用")
        try:
            answer, text = raw_call(link, method, dict(given))
            known = explain(answer.code)
            facts = {
                "code": answer.code,
                "message": mask_text(answer.message or known.message),
                "remedy": known.remedy if answer.code else "",
                "body": shown_body(text),
            }
        except LinkFault as error:
            facts = {"trouble": mask_text(str(error))}
    called = Called(method, at, time.monotonic() - began, _sent(link, method, given), **facts)  # type: ignore[arg-type]
    HandCall.objects.create(
        link=link,
        method=method,
        given=dict(kept(given)),
        by=user,
        by_name=person(user).name,
        at=at,
        seconds=called.seconds,
        code=called.code,
        message=called.message or called.trouble,
    )
    return called


def kept(given: Mapping[str, str]) -> list[tuple[str, str]]:
    """What was typed, as it may be kept and shown."""
    return [(name, _shown(name, value)) for name, value in given.items()]


def _shown(name: str, value: str) -> str:
    if name in SECRET:
        return "（不显示）"
    if name in CONTENT or len(value) > LONG_VALUE:
        return f"（{len(value)} 个字符）"
    return mask_text(value)[:MOST_GIVEN]


def _sent(link: Link, method: Method, given: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    rows = []
    for name in PARAMETERS[method]:
        if name in given:
            rows.append((name, _shown(name, given[name])))
        elif name == "ispId":
            rows.append((name, str(link.isp_id)))
        elif name in CREDENTIALS:
            rows.append((name, "（自动填入，不显示）"))
        else:
            rows.append((name, str(DEFAULTS.get(name, ""))))
    return tuple(rows)


def shown_body(text: str) -> str:
    """An answer as it may be shown: indented, long contents as their length, numbers of people masked."""
    body = "<?xml version='1.0' encoding='UTF-8'?>" + _DECLARATION.sub("", text, count=1).strip()
    try:
        tree, _overlooked = parse_leniently(body.encode("utf-8", "replace"), max_bytes=MOST_ANSWER_BYTES)
    except NotWellFormed:
        return mask_text(text)[:MOST_SHOWN]
    for node in tree.getroot().iter():
        if isinstance(node.tag, str) and node.text and (len(node.text) > LONG_VALUE or node.tag in CONTENT):
            node.text = f"…{len(node.text)} 个字符…"
    etree.indent(tree, "  ")
    return mask_text(etree.tostring(tree, encoding="unicode"))[:MOST_SHOWN]
