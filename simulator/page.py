"""The page at /: what came in, what waits, what is filed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.bureau import Bureau


def render_page(bureau: Bureau) -> str:
    return "<!doctype html><meta charset=utf-8><title>模拟管局</title>"
