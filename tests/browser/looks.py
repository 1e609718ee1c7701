"""Sizes and schemes in which pages are looked at by themselves."""

from __future__ import annotations

import pytest

from tests.browser.conftest import NARROW, WIDE

LOOKS = [
    pytest.param(WIDE, "light", id="1366-light"),
    pytest.param(WIDE, "dark", id="1366-dark", marks=pytest.mark.soak),
    pytest.param(NARROW, "light", id="390-light", marks=pytest.mark.soak),
    pytest.param(NARROW, "dark", id="390-dark", marks=pytest.mark.soak),
]
"""Every run looks at one of them, and walks every page in both sizes (`test_every_page`); all four with `-m soak`."""
