"""The month's answers that nobody read are counted by an index of their own, built while the product runs."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("companies", "0001_initial"), ("conversations", "0001_initial")]
    operations = [
        AddIndexConcurrently(
            "aiturn",
            models.Index(
                fields=["company", "finished_at"],
                condition=models.Q(outcome__in=["overtaken", "stopped"]),
                name="turn_thrown_away",
            ),
        ),
    ]
