"""Sealing everything anew with the current key, value by value, so that an old key can be taken away.

What is left to do stands in the values themselves (each names its key), so a run that was killed goes on where it was, and
a second one changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Model

from filing.secrets import CannotOpen, SealedBinaryField, SealedTextField, key_names
from filing.services.sealed_bytes import read_sealed, write_sealed

log = logging.getLogger(__name__)

AT_ONCE = 500
NAME_BYTES = 4


@dataclass(frozen=True)
class Column:
    """One column that holds sealed values."""

    model: type[Model]
    field: str
    column: str

    def __str__(self) -> str:
        return f"{self.model._meta.label_lower}.{self.field}"


@dataclass
class Resealed:
    """What a run did: how many values by column, and those that no configured key opens, as (column, key of the row)."""

    done: dict[str, int] = field(default_factory=dict)
    cannot: list[tuple[str, int]] = field(default_factory=list)


def sealed_columns() -> list[Column]:
    """Every sealed column of every model, whichever package it is in."""
    return [
        Column(model, each.name, str(each.column))
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
        for each in model._meta.local_fields
        if isinstance(each, SealedBinaryField | SealedTextField)
    ]


def names_in_use() -> dict[str, dict[str, int]]:
    """By which keys the values of each column are sealed, and how many by each. Columns without values are left out."""
    found: dict[str, dict[str, int]] = {}
    for each in sealed_columns():
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT encode({_name_of(each)}, 'hex'), count(*) FROM {_table(each)} "
                f"WHERE {_is_sealed(each)} GROUP BY 1 ORDER BY 1"
            )
            if counts := dict(cursor.fetchall()):
                found[str(each)] = counts
    return found


def reseal_all(told: Callable[[str, int], None] | None = None) -> Resealed:
    """Seal with the first key what another one sealed. `told` hears of each batch: column and how many so far."""
    found = Resealed()
    for each in sealed_columns():
        done = 0
        for keys in _batches(each):
            for key in keys:
                if _reseal(each, key):
                    done += 1
                else:
                    found.cannot.append((str(each), key))
            if told:
                told(str(each), done)
        if done:
            found.done[str(each)] = done
    log.info("sealed anew: %s; cannot be opened: %s", found.done, len(found.cannot))
    return found


def _batches(each: Column) -> Iterator[list[int]]:
    """The rows whose value is sealed by another key, some at a time; those that cannot be opened are passed by."""
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {_pk(each)} FROM {_table(each)} WHERE {_is_sealed(each)} AND {_name_of(each)} <> %s "
                f"AND {_pk(each)} > %s ORDER BY 1 LIMIT %s",
                [bytes.fromhex(key_names()[0]), after, AT_ONCE],
            )
            keys = [row[0] for row in cursor.fetchall()]
        if not keys:
            return
        yield keys
        after = keys[-1]


@transaction.atomic
def _reseal(each: Column, key: int) -> bool:
    """One value, with its row held: nobody writes another meanwhile. False where no configured key opens it."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 1 FROM {_table(each)} WHERE {_pk(each)} = %s AND {_is_sealed(each)} FOR UPDATE", [key]
        )
        if cursor.fetchone() is None:
            return True
    row = each.model(pk=key)
    try:
        plain = b"".join(read_sealed(row, each.column))
    except CannotOpen as error:
        log.error("%s of row %s: %s", each, key, error)
        return False
    write_sealed(row, each.column, plain)
    return True


def _table(each: Column) -> str:
    return connection.ops.quote_name(each.model._meta.db_table)


def _pk(each: Column) -> str:
    return connection.ops.quote_name(str(each.model._meta.pk.column))


def _name_of(each: Column) -> str:
    return f"substring({connection.ops.quote_name(each.column)} FROM 1 FOR {NAME_BYTES})"


def _is_sealed(each: Column) -> str:
    """An empty text is kept empty, so that it can be seen to be missing."""
    return f"octet_length({connection.ops.quote_name(each.column)}) > 0"
