from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="recording",
            field=models.JSONField(blank=True, help_text="of sound and film: seconds, waveform (0 to 31)", null=True),
        ),
    ]
