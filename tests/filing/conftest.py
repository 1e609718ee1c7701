from __future__ import annotations

from collections.abc import Iterator

import pytest

from filing.services import codes
from tests.filing import tables


@pytest.fixture(autouse=True)
def fresh_code_tables() -> Iterator[None]:
    """Keep code tables that one test remembered from the next: its rows are rolled back."""
    codes.forget()
    yield
    codes.forget()


@pytest.fixture
def builtin_tables(fresh_code_tables: None) -> None:
    """The built-in code tables in memory: no database is needed to ask them."""
    tables.remember()
