"""The pages for people: the front, one request, one file. Chinese, in one piece, without anything from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from simulator.pages.documents import case_page, download_page, upload_page
from simulator.pages.front import front_page

if TYPE_CHECKING:
    from simulator.bureau import Bureau

__all__ = ["render"]

PAGES = {"/case": case_page, "/upload": upload_page, "/download": download_page}


def render(bureau: Bureau, path: str, query: str) -> str | None:
    """The page at an address; None where nothing stands there."""
    values = {name: found[-1] for name, found in parse_qs(query).items()}
    if path == "/":
        return front_page(bureau, show_all="all" in values)
    page = PAGES.get(path)
    return page(bureau, values) if page is not None else None
