"""What only the pages of work need: images, their sizes, and what became of them."""

from __future__ import annotations

from django import template

from filing.models import Attachment
from filing.rules.materials import MOST_CHARACTERS, MOST_CHARACTERS_OF_FORM
from filing.services import regions
from filing.services.attachments import MOST_BYTES
from filing.services.fitting import doubt_of, most_kb

register = template.Library()


@register.filter
def kb(size_bytes: int) -> str:
    """A size as people compare it with a limit: 73 KB, 3.1 MB."""
    if size_bytes < 1_000_000:
        return f"{max(1, -(-size_bytes // 1000))} KB"
    return f"{size_bytes / 1_000_000:.1f} MB"


@register.filter
def fitted_words(image: Attachment) -> str:
    """What became of an image that was brought: 已缩到 73 KB; its size alone where it is used as it came."""
    if image.original is None:
        return kb(image.size_bytes)
    if image.size_bytes < image.original.size_bytes * 0.9:
        return f"已缩到 {kb(image.size_bytes)}"
    return f"已转正，{kb(image.size_bytes)}" if image.turned else f"已整理，{kb(image.size_bytes)}"


@register.filter
def doubt(image: Attachment, limit_kb: int) -> str:
    """Why its small print may not be readable, in words; empty where nothing speaks for it."""
    is_form = limit_kb == most_kb(MOST_CHARACTERS_OF_FORM)
    return doubt_of(image, MOST_CHARACTERS_OF_FORM if is_form else MOST_CHARACTERS)


@register.simple_tag
def most_upload_bytes() -> int:
    """The most that one image may have when it is brought, so that a page can refuse it before it is sent."""
    return MOST_BYTES


@register.simple_tag
def region_version() -> str:
    """Names the table of regions as it is now; answers of its search may be kept that long."""
    return regions.version()
