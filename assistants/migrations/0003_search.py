"""Triggers, functions and indexes of the search in knowledge."""

from django.db import migrations

from assistants.migrations import _search


class Migration(migrations.Migration):
    dependencies = [("assistants", "0002_initial")]
    operations = [migrations.RunSQL(_search.SQL, _search.BACK)]
