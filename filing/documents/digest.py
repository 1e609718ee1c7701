"""Equal content, equal digest: how we know that the same thing was sent to us again."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from filing.documents.operations import OWN_ID_KEY


def without_own_ids(value: Any) -> Any:
    """The document as its author meant it: without the numbers that we gave its records."""
    if isinstance(value, dict):
        return {key: without_own_ids(each) for key, each in value.items() if key != OWN_ID_KEY}
    if isinstance(value, list):
        return [without_own_ids(each) for each in value]
    return value


def digest(value: Any) -> str:
    """SHA-256 in hex of a document without our own ids, independent of the order of keys."""
    text = json.dumps(without_own_ids(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
