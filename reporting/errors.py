"""What can go wrong on the way to the bureau: a type for each decision that the caller must make."""

from __future__ import annotations

from collections.abc import Sequence

from reporting.choices import Trouble
from reporting.schema import SchemaProblem


class LinkFault(Exception):
    """Common to all: the text is Chinese and fit for the link's desk. Field: `trouble`, on which side it lies."""

    trouble = Trouble.EITHER

    def __init__(self, text: str, trouble: Trouble | None = None) -> None:
        super().__init__(text)
        if trouble is not None:
            self.trouble = trouble


class NotSent(LinkFault):
    """Nothing left us (refused connection, unknown host, connect time-out, no WSDL): try again later."""


class OutcomeUnknown(LinkFault):
    """The call left, or may have, and no answer came: ask the bureau, never guess."""

    trouble = Trouble.BUREAU


class BureauUnreadable(OutcomeUnknown):
    """Something answered, but not with an answer of the interface (a page, a cut document, a fault)."""


class InterfaceMismatch(NotSent):
    """The WSDL does not offer the method with the parameters of the interface: a person must look."""


class EnvelopeBroken(LinkFault):
    """What came fails its hash, cannot be decrypted or unzipped, or is a bomb: it is not acknowledged."""


class SchemaInvalid(LinkFault):
    """A document of ours breaks the schema: nothing leaves. Field: `problems`, never empty."""

    trouble = Trouble.OURS

    def __init__(self, problems: Sequence[SchemaProblem]) -> None:
        self.problems = list(problems)
        super().__init__("；".join(f"{each.path}：{each.explanation}" for each in self.problems[:5]))
