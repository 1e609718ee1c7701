"""Where things lie: the checkout, the data folder, and the secrets that dev and test keep in it."""

from __future__ import annotations

import base64
import os
import secrets
import tempfile
from pathlib import Path

from settings.env import ENCRYPTION_KEY_BYTES, env_path

BASE_DIR = Path(__file__).resolve().parent.parent


def data_dir() -> Path:
    """The data folder: `ICP_DATA_DIR`, or var/ in the checkout."""
    return env_path("ICP_DATA_DIR", BASE_DIR / "var")


def kept_secret(path: Path, fresh: str) -> str:
    """Read a secret from a file of mode 0600; the first caller writes `fresh` into it, whoever else races."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp gives mode 0600
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(fresh + "\n")
        try:
            os.link(draft, path)  # fails where another process was faster: then its secret is the one
        except FileExistsError:
            pass
        finally:
            os.unlink(draft)
    return path.read_text(encoding="ascii").strip()


def fresh_encryption_key() -> str:
    return base64.b64encode(secrets.token_bytes(ENCRYPTION_KEY_BYTES)).decode("ascii")
