"""The statements of `core/jobs.py` that every row of work passes: written by hand, made once for each kind of job."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection, models

from happ_project.core import prepared


def due(kinds: Sequence[tuple[type[models.Model], int]]) -> bytes:
    """Rows that head their lanes and are due, or will be until $2 while it is $1; a dead worker's, too.

    `kinds`: tables, and the most rows of each. Columns: the kind's place, then `id, company_id, run_at, claims`.
    """
    return " UNION ALL ".join(_due(place, *kind) for place, kind in enumerate(kinds)).encode()


def _due(place: int, model: Any, most: int) -> str:
    table, queue = connection.ops.quote_name(model._meta.db_table), model.default_queue
    return f"""
        (SELECT {place}, t.id, t.company_id, t.run_at, t.claims FROM {table} t
         WHERE t.state IN ('waiting', 'running') AND t.queue = '{queue}' AND t.run_at <= $2
           AND (t.locked_until IS NULL OR t.locked_until <= $1)
           AND NOT EXISTS (SELECT 1 FROM {table} older WHERE older.lane = t.lane AND older.id < t.id
                           AND older.state IN ('waiting', 'running'))
         ORDER BY t.run_at LIMIT {most})"""  # noqa: S608 - our own tables and queues


@cache
def claim(model: type[models.Model], by: str) -> str:
    table = connection.ops.quote_name(model._meta.db_table)
    return f"""
        UPDATE {table} SET state = 'running', attempts = attempts + 1, claims = claims + 1, locked_until = %(until)s
        WHERE id = (
            SELECT t.id FROM {table} t
            WHERE t.{by} = %(key)s AND t.run_at <= %(now)s
              AND (t.state = 'waiting' OR (t.state = 'running' AND t.locked_until <= %(now)s))
              AND NOT EXISTS (SELECT 1 FROM {table} older WHERE older.lane = t.lane AND older.id < t.id
                              AND older.state IN ('waiting', 'running'))
            ORDER BY t.id LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING {prepared.columns_of(model)}"""  # noqa: S608 - the only text put in is our own model's names


@cache
def finish(model: type[models.Model], columns: tuple[str, ...] = ()) -> str:
    """`columns` are the row's own that are written along; their values come last before the conditions'."""
    table = connection.ops.quote_name(model._meta.db_table)
    more = "".join(f", {name} = %s" for name in prepared.names_of(model, columns))
    return f"""
        UPDATE {table} SET state = %s, locked_until = NULL, last_error = %s, finished_at = %s{more}
        WHERE id = %s AND state = 'running' AND claims = %s
        RETURNING EXISTS (SELECT 1 FROM {table} next WHERE next.lane = %s AND next.id > %s
                          AND next.state IN ('waiting', 'running'))"""  # noqa: S608 - our own table's quoted name


@cache
def push_back(model: type[models.Model], column: str) -> str:
    table = connection.ops.quote_name(model._meta.db_table)
    # the only text put in are our own model's table and a column of its
    return f"""
        UPDATE {table} SET run_at = %s
        WHERE {column} = %s AND state = 'waiting' AND attempts = 0"""  # noqa: S608
