"""The business checks of this bureau, written from the papers alone so that they check the product's."""

from __future__ import annotations
