"""How a message looks stands beside its text; old ones are plain. A constant default rewrites no row."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0005_indexes_that_are_used")]
    operations = [
        migrations.AddField(
            "message",
            "marks",
            models.JSONField(
                blank=True,
                db_default=models.Value([], models.JSONField()),
                default=list,
                help_text="how the text looks, which is complete without: see core/formatted.py",
            ),
        )
    ]
