"""Events are found by their chat, to be emptied when it or one of its messages is deleted."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("integrations", "0001_initial")]

    operations = [
        AddIndexConcurrently(
            "event",
            models.Index(condition=models.Q(("chat_id__isnull", False)), fields=["chat_id"], name="event_of_chat"),
        )
    ]
