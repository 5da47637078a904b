"""Fills in what OpenAI asked in its public price list of 2026, where staff has entered no price; the rest is unknown.

US dollars per million tokens, standard tier, short context, nothing from a cache. Staff keeps them in the admin.
"""

from decimal import Decimal

from django.db import migrations

PRICES = [
    ("text", "gpt-5.5", "5", "30"),
    ("text", "gpt-5.4", "2.5", "15"),
    ("text", "gpt-5.4-mini", "0.75", "4.5"),
    ("text", "gpt-5.4-nano", "0.2", "1.25"),
    ("embedding", "text-embedding-3-large", "0.13", "0"),
    ("embedding", "text-embedding-3-small", "0.02", "0"),
]


def fill(apps, schema_editor):
    rows = apps.get_model("assistants", "LlmModel").objects
    for kind, name, given, taken in PRICES:
        row, _ = rows.get_or_create(provider="openai", name=name, kind=kind)
        if row.input_price is None and row.output_price is None:
            row.input_price, row.output_price = Decimal(given), Decimal(taken)
            row.save(update_fields=["input_price", "output_price"])


class Migration(migrations.Migration):
    dependencies = [("assistants", "0004_use_of_models")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
