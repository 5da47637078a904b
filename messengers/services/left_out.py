"""Counting what webhooks bring that is not for us, so that nothing vanishes without a trace."""

from collections.abc import Mapping
from uuid import UUID

from django.db import connection

from happ_project.core import clock
from messengers.models import LeftOut

UNKNOWN_ADDRESS = "an address that is not connected"


def count(kind: str, reasons: Mapping[str, int], *, address_id: UUID | None = None) -> None:
    """Add to the counts, in one statement; nothing to add costs nothing."""
    if not reasons:
        return
    table, now = connection.ops.quote_name(LeftOut._meta.db_table), clock.now()
    rows = _summed(reasons)
    line = ", ".join(["(%s, %s, %s, %s, %s)"] * len(rows))
    sql = f"""
        INSERT INTO {table} (kind, address_id, reason, count, last_at) VALUES {line}
        ON CONFLICT (kind, address_id, reason) DO UPDATE SET
        count = {table}.count + excluded.count, last_at = excluded.last_at"""  # noqa: S608 - our own table's name
    values = [value for reason, n in rows for value in (kind, address_id, reason, n, now)]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def _summed(reasons: Mapping[str, int]) -> list[tuple[str, int]]:
    """Cut to what is kept, and in one order, so that two webhooks never wait for each other in a circle."""
    found: dict[str, int] = {}
    for reason, n in reasons.items():
        found[reason[:60]] = found.get(reason[:60], 0) + n
    return sorted(found.items())
