"""The forms of the product as its pages show them: nobody has to remember a field for it to be attacked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urljoin

from lxml import html

TEXT = {"text", "search", "tel", "url", "email", "", "number", "date", "datetime-local", "time", "hidden"}
"""Kinds of input that a person, or who forges a form, may fill with any text."""
RIGHT = {
    **dict.fromkeys(("at", "seen_at"), "2026-11-20T10:00"),
    **dict.fromkeys(("due_on", "signed_on", "filed_before", "valid_until"), "2027-03-01"),
    **dict.fromkeys(("old", "new"), "203.0.113.7"),
    **{
        "base_url": "https://bureau.example.cn",
        "url": "https://ops.example.cn/icp",
        "isp_id": "990000000009",
    },
    **{"timeout_s": "30", "most_password_tries": "3", "confirmed": "bureau.example.cn"},
    **{"number": "京ICP备2026009001号"},
}
"""What must be right in a form before the texts beside it are looked at."""
OURS = {"csrfmiddlewaretoken", "once", "turn", "revision", "edits", "seen"}
"""What keeps a form from being sent twice; forged forms have tests of their own."""


@dataclass(frozen=True)
class Form:
    """Where it goes, what it holds, and which of it is text."""

    page: str
    method: str
    action: str
    values: list[tuple[str, str]] = field(compare=False)
    texts: tuple[str, ...] = ()

    @property
    def kind(self) -> tuple[str, str, frozenset[str]]:
        """The same form on another page, or for another row, counts once."""
        shape = "/".join(
            "#" if any(sign.isdigit() for sign in each) else each for each in self.action.split("/")
        )
        return self.method, shape, frozenset(self.texts)

    def filled(self, text: str | bytes, *, right: bool = False) -> list[tuple[str, str | bytes]]:
        """What is posted where every text says this; `right`: but for what would have the rest refused unseen."""
        return [
            (name, RIGHT[name] if right and name in RIGHT else text if name in self.texts else value)
            for name, value in self.values
        ]


def forms_of(page: str, body: bytes) -> Iterator[Form]:
    """Every form of a page, with its buttons left out; also what HTMX sends without a form."""
    tree = html.fromstring(body)
    for form in tree.iter("form"):
        method = "post" if form.get("hx-post") else (form.get("method") or "get").lower()
        action = form.get("hx-post") or form.get("hx-get") or form.get("action") or page
        controls = [
            each
            for each in tree.xpath("//input[@name] | //textarea[@name] | //select[@name] | //button[@name]")
            if each.get("form") == form.get("id", "-")
            or (not each.get("form") and form in each.iterancestors())
        ]
        yield _read(page, method, urljoin(page, action).partition("?")[0], controls)


def _read(page: str, method: str, action: str, controls: list[html.HtmlElement]) -> Form:
    values: list[tuple[str, str]] = []
    texts: list[str] = []
    for each in controls:
        name, kind = each.get("name"), (each.get("type") or "").lower()
        if name == "csrfmiddlewaretoken" or kind in ("file", "password", "submit", "reset"):
            continue
        if each.tag == "select":
            chosen = each.value_options and (each.value if isinstance(each.value, str) else None)
            values.append((name, chosen or next((one for one in each.value_options if one), "")))
        elif each.tag == "textarea" or (each.tag == "input" and kind in TEXT):
            values.append((name, each.text or "" if each.tag == "textarea" else each.get("value", "")))
            if name not in OURS and kind != "hidden":
                texts.append(name)
        elif each.tag == "input" and each.get("checked") is not None:
            values.append((name, each.get("value", "on")))
    return Form(page, method, action, values, tuple(dict.fromkeys(texts)))
