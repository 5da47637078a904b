"""The statements of `core/jobs.py` that every row of work passes: written by hand, made once for each kind of job."""

from functools import cache

from django.db import connection, models

from happ_project.core import prepared


@cache
def offer(model: type[models.Model]) -> str:
    """The oldest due rows that head their lanes, marked as offered; of a dead worker's, too."""
    table = connection.ops.quote_name(model._meta.db_table)
    return f"""
        WITH due AS (
            SELECT t.id FROM {table} t
            WHERE t.state IN ('waiting', 'running') AND t.run_at <= %(now)s AND t.queue = %(queue)s
              AND (t.locked_until IS NULL OR t.locked_until <= %(now)s)
              AND NOT EXISTS (SELECT 1 FROM {table} older WHERE older.lane = t.lane AND older.id < t.id
                              AND older.state IN ('waiting', 'running'))
            ORDER BY t.run_at LIMIT %(most)s FOR UPDATE SKIP LOCKED)
        UPDATE {table} SET state = 'waiting', locked_until = %(until)s FROM due WHERE {table}.id = due.id
        RETURNING {table}.id, {table}.company_id"""  # noqa: S608 - the only text put in is our own table's name


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
        UPDATE {table} SET run_at = %s, locked_until = NULL
        WHERE {column} = %s AND state = 'waiting' AND attempts = 0"""  # noqa: S608
