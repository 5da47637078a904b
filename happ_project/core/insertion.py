"""Inserting rows that may be there already: one statement, one round trip, the constraints decide."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection, models
from django.db.models.expressions import DatabaseDefault

from happ_project.core import prepared


def insert_new(rows: Sequence[models.Model], *, otherwise: str = "DO NOTHING") -> int:
    """Insert what no unique constraint knows yet; outside a transaction it is committed when this returns.

    Returns how many that were. Numbers that the database gives do not come back to the rows. `otherwise` is SQL: what
    follows ON CONFLICT where a known row is to be changed instead.

    `bulk_create(ignore_conflicts=True)` does the same in three round trips (BEGIN, INSERT, COMMIT) and builds its SQL
    anew each time, which costs a busy webhook more than everything else it does.
    """
    if not rows:
        return 0
    fields, table, columns = _shape(type(rows[0]))
    line = f"({', '.join(['%s'] * len(fields))})"
    # the only text put in are our own model's table and columns, and the caller's constant
    sql = f"INSERT INTO {table} ({columns}) VALUES {', '.join([line] * len(rows))} ON CONFLICT {otherwise}"  # noqa: S608
    values = [_value(field, row) for row in rows for field in fields]
    with prepared.cursor() as cursor:
        cursor.execute(sql, values)
        inserted = int(cursor.rowcount)
    for row in rows:
        row._state.adding = False  # saving one of them later updates it
    return inserted


def _value(field: models.Field, row: models.Model) -> Any:
    value: Any = field.get_db_prep_save(field.pre_save(row, True), connection)
    # a default of the database's, which is a plain value here
    return value.expression.value if isinstance(value, DatabaseDefault) else value  # type: ignore[attr-defined]


@cache
def _shape(model: type[models.Model]) -> tuple[list[Any], str, str]:
    """The fields that are given (the database numbers the rows), and the quoted names."""
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    quote = connection.ops.quote_name
    return fields, quote(model._meta.db_table), ", ".join(quote(str(field.column)) for field in fields)
