"""The formatting of a changed text stands beside it. A column with a constant default rewrites nothing."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messengers", "0004_indexes_that_are_used")]
    operations = [
        migrations.AddField(
            "messagechange",
            "marks",
            models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list),
        )
    ]
