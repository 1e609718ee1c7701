"""The states as the documentation tells them are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

from filing.choices import RequestState
from filing.states import MOVES

PAGE = Path(__file__).parents[2] / "docs" / "states.md"
NAMES = re.compile(r"`([a-z_]+)`")


def table() -> dict[str, tuple[str, set[str]]]:
    """Shape: by state its Chinese words and what it may become. "the same" repeats the row above."""
    found: dict[str, tuple[str, set[str]]] = {}
    above: set[str] = set()
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        states = NAMES.findall(cells[0]) if line.startswith("| `") else []
        if not states:
            continue
        words = cells[1].split("、")
        told = {name for name in NAMES.findall(cells[2]) if name in RequestState.values}
        above = told | above if "the same" in cells[2] else told
        found |= {state: (each, above - {state}) for state, each in zip(states, words, strict=True)}
    return found


def test_it_tells_each_state_in_the_words_of_the_screen() -> None:
    assert {state: words for state, (words, _) in table().items()} == dict(RequestState.choices)


def test_it_tells_the_moves_that_the_code_makes() -> None:
    assert {state: moves for state, (_, moves) in table().items()} == {
        str(state): {str(each) for each in moves} for state, moves in MOVES.items()
    }
