"""Fills the list of models that a company chooses from; prices are data, kept by staff in the admin.

US dollars per million tokens as OpenAI's public price list of 2026 has them: standard tier, short context, nothing from
a cache. None: unknown.
"""

from decimal import Decimal

from django.db import migrations

MODELS = [
    ("builtin", "text", "builtin", None, None),
    ("openai", "text", "gpt-6.2-sol", None, None),
    ("openai", "text", "gpt-5.5", "5", "30"),
    ("openai", "text", "gpt-5.4", "2.5", "15"),
    ("openai", "text", "gpt-5.4-mini", "0.75", "4.5"),
    ("openai", "text", "gpt-5.4-nano", "0.2", "1.25"),
    ("openai", "embedding", "text-embedding-3-large", "0.13", "0"),
    ("openai", "embedding", "text-embedding-3-small", "0.02", "0"),
]


def add(apps, schema_editor):
    rows = apps.get_model("assistants", "LlmModel").objects
    for provider, kind, name, given, taken in MODELS:
        prices = {"input_price": given and Decimal(given), "output_price": taken and Decimal(taken)}
        rows.get_or_create(provider=provider, kind=kind, name=name, defaults=prices)


class Migration(migrations.Migration):
    dependencies = [("assistants", "0003_search")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
