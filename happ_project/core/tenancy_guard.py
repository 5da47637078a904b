"""The database's own wall between companies: a row cannot point at another company's row.

For every foreign key from one tenant table to another, `guard` adds a composite key `(key, company)` beside Django's
own. Each migration that adds such a foreign key ends with `RunPython(tenancy_guard.guard, RunPython.noop)`; a test
fails when one is missing.
"""

from collections.abc import Iterator
from typing import Any

from django.db import models


def tenant_keys(apps: Any) -> Iterator[tuple[Any, Any]]:
    """Every (model, foreign key) that points from a tenant table to a tenant table."""
    for model in apps.get_models():
        if not _is_tenant(model):
            continue
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and _is_tenant(field.related_model):
                yield model, field


def _is_tenant(model: Any) -> bool:
    fields = {field.name: field for field in model._meta.concrete_fields}
    company = fields.get("company")
    return isinstance(company, models.ForeignKey) and company.related_model._meta.label == "companies.Company"


def constraint_name(model: Any, field: Any) -> str:
    return f"{model._meta.db_table}_{field.column}_same_company"[:63]


def guard(apps: Any, schema_editor: Any) -> None:
    """Add the composite keys that are missing."""
    quote = schema_editor.quote_name
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE conname LIKE '%_same_company'")
        known = {name for (name,) in cursor.fetchall()}
    for model, field in tenant_keys(apps):
        name = constraint_name(model, field)
        if name in known:
            continue
        table, target = model._meta.db_table, field.related_model._meta.db_table
        key = field.target_field.column
        schema_editor.execute(
            f"CREATE UNIQUE INDEX IF NOT EXISTS {quote(f'{target}_with_company'[:63])} "
            f"ON {quote(target)} ({quote(key)}, company_id)"
        )
        schema_editor.execute(
            f"ALTER TABLE {quote(table)} ADD CONSTRAINT {quote(name)} "
            f"FOREIGN KEY ({quote(field.column)}, company_id) REFERENCES {quote(target)} ({quote(key)}, company_id) "
            "DEFERRABLE INITIALLY DEFERRED"
        )
