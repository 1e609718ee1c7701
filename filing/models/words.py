"""What rows are searched by, as the database computes it: their words in one text, and the grams of it.

The functions are made by the migrations `search_words` and are IMMUTABLE: what they say of a row stands in indexes. Whoever
changes one makes the indexes anew.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.fields.ranges import BigIntegerRangeField
from django.db.models import Func, TextField


class FoldedName(Func):
    """A name in small letters, full-width signs made plain."""

    function = "filing_folded"
    output_field = TextField()

    def __init__(self, name: str = "name", **extra: Any) -> None:
        super().__init__(name, **extra)


class SubjectWords(Func):
    """Name, its pinyin initials and filing number of a subject, folded."""

    function = "filing_subject_words"
    output_field = TextField()

    def __init__(self, *columns: Any, **extra: Any) -> None:
        super().__init__(*(columns or ("name", "initials", "number")), **extra)


class RequestWords(Func):
    """Subject name, its pinyin initials, ref and domains of a request, folded."""

    function = "filing_request_words"
    output_field = TextField()

    def __init__(self, *columns: Any, **extra: Any) -> None:
        super().__init__(*(columns or ("subject_name", "subject_initials", "ref", "domains")), **extra)


class Grams(Func):
    """The grams of folded words: two characters where one of them is not ASCII, three where all are."""

    function = "filing_grams"
    arity = 1
    output_field = ArrayField(TextField())


class Span(Func):
    """The addresses of a range, both ends included."""

    function = "int8range"
    template = "%(function)s(%(expressions)s, '[]')"
    output_field = BigIntegerRangeField()

    def __init__(self, *columns: Any, **extra: Any) -> None:
        super().__init__(*(columns or ("start", "end")), **extra)
