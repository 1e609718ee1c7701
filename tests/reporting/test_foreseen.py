"""Three hundred bad filings before a bureau that judges by checks of its own: what is told here before sending."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.bad_filings import GOOD, BadFiling, cases
from benchmarks.bureau_world import CONFIG, PASSWORD, World, build
from benchmarks.foreseen import LEAST_SHARE, look, tell
from filing.rules.words import deciders
from simulator import serve


@pytest.fixture
def world(db: None, attachment_root: Any) -> Any:
    with serve(CONFIG) as running:
        yield build(running)


@pytest.mark.timeout(180)
def test_it_tells_nearly_every_fault_before_it_is_sent(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    good = look(
        world, [BadFiling("", 0, operation, make(world), PASSWORD) for operation, make in GOOD.items()]
    )
    assert [(each.case.operation, each.judged, each.told) for each in good] == [
        (
            operation,
            (1025,) if operation == "cancel_access" else (),
            "block" if operation == "cancel_access" else "",
        )
        for operation in GOOD
    ], "each case spoils a document that nothing is wrong with (the only access of a website, but for that)"

    seen = look(world, cases(world))
    assert [(each.case.fault, each.case.code, each.judged) for each in seen if not each.is_true] == []
    with capsys.disabled():
        share = tell(seen)
    assert share >= LEAST_SHARE
    missed = {each.case.code for each in seen if not each.told}
    assert {deciders()[code][0] for code in missed} == {"bureau"}, "all that our own data can decide"
