import django.db.models.deletion
from django.db import migrations, models
from happ_project.core import tenancy_guard


class Migration(migrations.Migration):

    dependencies = [
        ('assistants', '0004_models_to_choose'),
        ('companies', '0001_initial'),
        ('conversations', '0002_answers_nobody_read'),
        ('files', '0001_initial'),
        ('integrations', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='chat',
            name='picture',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='files.storedfile'),
        ),
        migrations.AddField(
            model_name='chat',
            name='picture_asked_at',
            field=models.DateTimeField(help_text='when the messenger was asked for the picture last', null=True),
        ),
        migrations.RunPython(tenancy_guard.guard, migrations.RunPython.noop),
    ]
