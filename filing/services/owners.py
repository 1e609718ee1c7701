"""Whose a request is, as a key: its subject's certificate, hashed, so that two requests of one owner find each other."""

from __future__ import annotations

import hashlib

from filing.identifiers import tidy_certificate_number


def owner_key(certificate_type: int | None, certificate_number: str) -> str:
    """The key of a certificate; "" where type or number is missing. Migration 0010 computes the same."""
    number = tidy_certificate_number(certificate_number)
    if not certificate_type or not number:
        return ""
    return hashlib.sha256(f"{certificate_type}:{number}".encode()).hexdigest()
