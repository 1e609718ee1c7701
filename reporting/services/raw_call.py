"""One raw call of an interface method, for joint debugging with a bureau. Changes nothing here but the call's record."""

from __future__ import annotations

from reporting.answers import Answer
from reporting.choices import Method
from reporting.models import Link
from reporting.services import calls

CREDENTIALS = ("ispId", "userName", "randVal", "pwdHash")
PARAMETERS: dict[Method, tuple[str, ...]] = {
    Method.UPLOAD: (
        *CREDENTIALS,
        *(
            "beianInfo",
            "beianInfoHash",
            "dataSequence",
            "encryptAlgorithm",
            "hashAlgorithm",
            "compressionFormat",
        ),
    ),
    Method.DOWNLOAD: (*CREDENTIALS, "hashAlgorithm"),
    Method.ACKNOWLEDGE: (*CREDENTIALS, "hashAlgorithm", "fileName"),
    Method.PREVIOUS_UPLOAD: (*CREDENTIALS, "hashAlgorithm"),
    Method.FILING_STATUS: (*CREDENTIALS, "hashAlgorithm", "queryConditionType", "queryCondition"),
    Method.VERIFY_PASSWORD: (*CREDENTIALS, "hashAlgorithm", "baxh", "bamm"),
}
"""Parameters in the order of the interface. Spec: protocol "Methods"."""

_NUMBERS = frozenset(
    {"ispId", "dataSequence", "encryptAlgorithm", "hashAlgorithm", "compressionFormat", "queryConditionType"}
)
DEFAULTS = {"hashAlgorithm": 0, "compressionFormat": 0, "encryptAlgorithm": 0}


class BadArgument(Exception):
    """A parameter is unknown, missing or no number. The text names it, in Chinese."""


def raw_call(link: Link, method: Method, given: dict[str, str]) -> tuple[Answer, str]:
    """Call a method with the link's credentials and the given parameters; returns the answer and its text.

    Raises: BadArgument, NotSent, OutcomeUnknown.
    """
    names = PARAMETERS[method]
    if unknown := sorted(set(given) - set(names)):
        raise BadArgument(f"{method.value} 没有参数 {'、'.join(unknown)}；它的参数依次是 {'、'.join(names)}")
    own = dict(zip(CREDENTIALS, calls.credentials(link), strict=True))
    values: list[object] = []
    for name in names:
        if name in given:
            values.append(_value(name, given[name]))
        elif name in own:
            values.append(own[name])
        elif name in DEFAULTS:
            values.append(DEFAULTS[name])
        else:
            raise BadArgument(f"缺少参数 {name}，用 --arg {name}=… 给出")
    if method == Method.UPLOAD:
        # It goes past the ledger: before the next file is sent, both sides are compared again.
        Link.objects.filter(pk=link.pk).update(compared_in="")
    return calls.perform(link, method, values)


def _value(name: str, text: str) -> object:
    if name not in _NUMBERS:
        return text
    if not text.lstrip("-").isdigit():
        raise BadArgument(f"参数 {name} 应为整数，现在是“{text}”")
    return int(text)
