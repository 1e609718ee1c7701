"""What a search found, with what was typed marked in it."""

from __future__ import annotations

from django import template
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

from filing.search.asked import Asked
from filing.search.marking import pieces

register = template.Library()


@register.simple_tag
def marked(text: str, asked: Asked) -> SafeString:
    """A text with what was typed in <mark>."""
    return format_html_join(
        "",
        "{}",
        (
            (format_html("<mark>{}</mark>", piece) if hit else conditional_escape(piece),)
            for piece, hit in pieces(text, asked)
        ),
    )
