"""What was typed and could not be saved: kept in the person's session until it is saved or thrown away.

It gets there when a draft cannot hold it (a word where a number belongs), and when somebody posts a form after the
session has ended: after signing in again it is put back into the form.
"""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from filing.forms.translation import PASSWORD
from filing.forms.typed import Typed

NEW = ""
"""The key of a filing that has no ref yet."""
_SESSION_KEY = "unsaved_forms"
MOST_CHARACTERS = 1_000_000
_MOST = 8
"""Forms kept for one person; the oldest give way."""


@dataclass
class Unsaved:
    """A form that waits. `revision` and `edits` are those of the draft that it was opened with."""

    typed: Typed
    revision: int
    edits: int
    signed_out: bool = False


def keep(session: MutableMapping[str, Any], ref: str, form: Unsaved) -> None:
    """Keep a form, without a password typed into it. What no person types in a day is not kept: anybody may post to a
    sign-in page."""
    form = replace(form, typed={name: value for name, value in form.typed.items() if name != PASSWORD})
    if len(json.dumps(form.typed)) > MOST_CHARACTERS:
        return
    forms = dict(session.get(_SESSION_KEY, {}))
    forms.pop(ref, None)
    forms[ref] = asdict(form)
    for oldest in list(forms)[:-_MOST]:
        del forms[oldest]
    session[_SESSION_KEY] = forms


def find(session: MutableMapping[str, Any], ref: str) -> Unsaved | None:
    found = session.get(_SESSION_KEY, {}).get(ref)
    return Unsaved(**found) if found else None


def forget(session: MutableMapping[str, Any], ref: str) -> None:
    if ref in session.get(_SESSION_KEY, {}):
        session[_SESSION_KEY] = {key: form for key, form in session[_SESSION_KEY].items() if key != ref}
