"""Composite foreign keys for all tenant tables of the first version."""

from django.db import migrations

from happ_project.core import tenancy_guard


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("companies", "0001_initial"),
        ("files", "0001_initial"),
        ("messengers", "0001_initial"),
        ("assistants", "0002_initial"),
        ("integrations", "0001_initial"),
        ("conversations", "0001_initial"),
    ]
    operations = [migrations.RunPython(tenancy_guard.guard, migrations.RunPython.noop)]
