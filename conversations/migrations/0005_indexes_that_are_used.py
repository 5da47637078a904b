"""Indexes of a chat's messages and turns that others serve as well, and every row paid for, go."""

from django.db import migrations, models

from happ_project.core import migrating


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("conversations", "0004_chat_picture_index")]
    operations = [
        migrating.without_index(
            "aiturn",
            "chat",
            models.ForeignKey("conversations.chat", on_delete=models.CASCADE, related_name="turns", db_index=False),
            index="conversations_aiturn_chat_id_c9d85fc6",
            on="conversations_aiturn (chat_id)",
        ),
        migrating.without_index(
            "message",
            "chat",
            models.ForeignKey("conversations.chat", on_delete=models.CASCADE, related_name="messages", db_index=False),
            index="conversations_message_chat_id_7bd9dfad",
            on="conversations_message (chat_id)",
        ),
    ]
