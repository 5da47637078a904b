"""Steps of migrations that Django would make under a lock of the whole table."""

from django.db import migrations, models
from django.db.migrations.operations.base import Operation


def without_index(model: str, name: str, field: models.Field, *, index: str, on: str) -> Operation:
    """The foreign key `name` of `model` is from now on `field`, which has no index of its own: drop that while others
    write. `on`: table and column, as in "chats (id)". Django would check every row's reference anew besides.

    The migration must not be atomic.
    """
    drop = f'DROP INDEX CONCURRENTLY IF EXISTS "{index}"'
    # only names that a migration gives are put in
    make = f'CREATE INDEX CONCURRENTLY IF NOT EXISTS "{index}" ON {on}'
    return migrations.SeparateDatabaseAndState(
        database_operations=[migrations.RunSQL(drop, make)],
        state_operations=[migrations.AlterField(model, name, field)],
    )
