from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_issued_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests look at our files unless they say otherwise, whatever the environment of the run."""
    monkeypatch.delenv("ICP_XSD_DIR", raising=False)
