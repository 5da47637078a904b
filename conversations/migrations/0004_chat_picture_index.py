from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Built while others write: the table of chats is a large one."""

    atomic = False
    dependencies = [('conversations', '0003_pictures_of_customers')]
    operations = [
        AddIndexConcurrently(
            model_name='chat',
            index=models.Index(condition=models.Q(('picture', None), _negated=True), fields=['picture'], name='chat_picture'),
        ),
    ]
