"""What the commands of the contract share: exit codes, messages to stderr, one JSON document to stdout."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any, NoReturn

from django.core.management.base import CommandParser

from filing.management.recorded import RecordedCommand


class ContractCommand(RecordedCommand):
    """Exit code 0 where done, 1 where the input or the answer was bad, 2 for wrong usage.

    Messages go to stderr; with `--json` one JSON document goes to stdout.
    """

    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="把结果以 JSON 写到标准输出")
        self.add_contract_arguments(parser)

    def add_contract_arguments(self, parser: ArgumentParser) -> None:
        """Arguments besides --json."""

    def say(self, message: str) -> None:
        """One line for people, on stderr."""
        self.stderr.write(message, style_func=lambda text: text)

    def show(self, document: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
        """The result: one JSON document, or lines for people."""
        if as_json:
            text = json.dumps(document, ensure_ascii=False, indent=1)
            # Half a surrogate pair, which JSON from outside may hold, has no UTF-8: it goes out as it came, escaped.
            self.stdout.write(text.encode("utf-8", "backslashreplace").decode())
        else:
            for line in lines:
                self.stdout.write(line)

    def bad(self, message: str = "") -> NoReturn:
        """The input or the answer was bad: exit code 1."""
        if message:
            self.say(message)
        sys.exit(1)
