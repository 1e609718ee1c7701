"""Sizes and schemes in which pages are looked at by themselves."""

from __future__ import annotations

import pytest

from tests.browser.conftest import NARROW, WIDE

SIZES = {"1366": WIDE, "390": NARROW}
LOOKS = [
    pytest.param(size, scheme, id=f"{name}-{scheme}", marks=pytest.mark.soak)
    for name, size in SIZES.items()
    for scheme in ("light", "dark")
]
"""Looked at with `-m soak`. Every run walks every page that there is in both sizes (`test_every_page`)."""
