from __future__ import annotations

from collections.abc import Iterator

import pytest

from filing.services import codes


@pytest.fixture(autouse=True)
def fresh_code_tables() -> Iterator[None]:
    """Keep code tables that one test remembered from the next: its rows are rolled back."""
    codes.forget()
    yield
    codes.forget()
