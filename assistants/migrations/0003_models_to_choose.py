"""Fills the list of models that programs choose by id; prices are data for the operator to keep."""

from django.db import migrations

MODELS = [
    ("builtin", "builtin"),
    ("openai", "gpt-5.4"),
    ("openai", "gpt-5.4-mini"),
    ("openai", "gpt-5.5"),
    ("openai", "gpt-6.2-sol"),
]


def add(apps, schema_editor):
    for provider, name in MODELS:
        apps.get_model("assistants", "LlmModel").objects.get_or_create(provider=provider, name=name, kind="text")


class Migration(migrations.Migration):
    dependencies = [("assistants", "0002_initial")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
