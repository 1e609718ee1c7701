"""The table of docs/rules.md: who tells each code before the bureau does.

`manage.py shell -c "from filing.rules_page import table_of_codes as t; print(t())"` prints it;
tests/filing/test_deciders.py holds the document to it.
"""

from __future__ import annotations

from filing.result_codes import all_codes
from filing.rules.words import deciders

WORDS = {
    "rule": "a rule",
    "packing": "packing",
    "built": "cannot come",
    "bureau": "the bureau",
    "never": "not reported",
    "good": "no fault",
}


def table_of_codes() -> str:
    """In Markdown. Codes of data that this product does not report stand in one line for each range."""
    lines = ["| code | the bureau's words | who tells it | why nobody else |", "| --- | --- | --- | --- |"]
    never: list[int] = []
    for code, known in all_codes().items():
        who, why = deciders()[code]
        if who == "never":
            never.append(code)
        else:
            lines.append(f"| {code} | {known.message} | {WORDS[who]} | {why} |")
    for first in (2000, 3000):
        codes = [code for code in never if first <= code < first + 1000]
        lines.append(f"| {codes[0]}–{codes[-1]} | | {WORDS['never']} | {deciders()[codes[0]][1]} |")
    return "\n".join(lines)
