"""Small pieces of HTML. Every value that came from outside is escaped here or by the caller's escape()."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from simulator import codes
from simulator.messages import SHANGHAI

TEMPLATES = Path(__file__).parents[1] / "templates"


def frame(title: str, body: str, **values: object) -> str:
    """A whole page; body is HTML."""
    return _template("frame.html").substitute(
        title=escape(title), css=_text("page.css"), js=_text("page.js"), body=body, **values
    )


def fill(name: str, **values: object) -> str:
    """A template of the folder with its places filled by HTML."""
    return _template(name).substitute(**values)


def table(head: Iterable[str], rows: Iterable[Iterable[str]], *, name: str = "") -> str:
    """Cells are HTML. name: a class, for widths."""
    titles = list(head)
    heads = "".join(f"<th scope=col>{title}</th>" for title in titles)
    lines = "".join(
        "<tr>"
        + "".join(
            f'<td data-title="{title}"><div>{cell}</div></td>'
            for title, cell in zip(titles, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll"><table class="{name}"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )


def choices(values: Mapping[str, str], chosen: str = "") -> str:
    return "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(text)}</option>'
        for value, text in values.items()
    )


def state(word: str, family: str) -> str:
    """A state in word, colour and shape. family: waiting, good, attention, bad, returned, none."""
    return f'<span class="state" data-state="{family}">{escape(word)}</span>'


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """Name and value, both HTML."""
    return (
        '<dl class="facts">' + "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows) + "</dl>"
    )


def text_block(text: str) -> str:
    """Text as it is, in a box that also the keyboard can scroll."""
    return f'<pre tabindex="0">{escape(text)}</pre>'


def nothing(text: str) -> str:
    return f'<p class="empty">{text}</p>'


def code_words(code: int) -> str:
    """A code with its words, as a bureau's staff read it."""
    return f'<b class="code">{code}</b> {escape(codes.message(code))}'


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, SHANGHAI).strftime("%m-%d %H:%M:%S")


def span(seconds: float) -> str:
    """How long, in the largest fitting unit."""
    for size, name in ((86400, "天"), (3600, "小时"), (60, "分钟")):
        if seconds >= size:
            return f"{seconds / size:.0f} {name}"
    return f"{max(seconds, 0):.0f} 秒"


def hidden(values: Mapping[str, Any]) -> str:
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(str(value))}">'
        for name, value in values.items()
    )


@cache
def _text(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _template(name: str) -> Template:
    return Template(_text(name))
