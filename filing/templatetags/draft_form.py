"""What only the pages of work need: sizes of images."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def kb(size_bytes: int) -> str:
    """A size as people compare it with a limit: 73 KB, 3.1 MB."""
    if size_bytes < 1_000_000:
        return f"{max(1, -(-size_bytes // 1000))} KB"
    return f"{size_bytes / 1_000_000:.1f} MB"
