import django.db.models.deletion
import happ_project.core.clock
from django.db import migrations, models
from happ_project.core import tenancy_guard


class Migration(migrations.Migration):

    dependencies = [
        ('companies', '0001_initial'),
        ('messengers', '0002_last_call'),
    ]

    operations = [
        migrations.CreateModel(
            name='PortraitTask',
            fields=[
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='waiting', max_length=10)),
                ('queue', models.CharField(help_text='Celery queue; others are drained elsewhere', max_length=20)),
                ('lane', models.CharField(help_text='rows of one lane run in order, lanes run in parallel', max_length=255)),
                ('attempts', models.PositiveIntegerField(default=0, help_text='tries that count; waits that were asked for do not')),
                ('claims', models.PositiveIntegerField(default=0, help_text='how often a worker took it: the fence, never goes back')),
                ('run_at', models.DateTimeField(default=happ_project.core.clock.now)),
                ('locked_until', models.DateTimeField(help_text='offered to a worker, or leased by one, until then', null=True)),
                ('last_error', models.TextField(blank=True, default='')),
                ('created_at', models.DateTimeField(default=happ_project.core.clock.now, editable=False)),
                ('finished_at', models.DateTimeField(null=True)),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('chat_ref', models.CharField(max_length=200)),
                ('avatar_ref', models.JSONField(default=dict, help_text='where the messenger says that it is')),
                ('address', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='messengers.address')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='companies.company')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('state__in', ['waiting', 'running'])), fields=['run_at'], name='portraittask_due'), models.Index(condition=models.Q(('state__in', ['waiting', 'running'])), fields=['lane', 'id'], name='portraittask_lane')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('attempts', 0), ('state', 'waiting')), fields=('address', 'chat_ref'), name='one_waiting_portrait_per_chat')],
            },
        ),
        migrations.RunPython(tenancy_guard.guard, migrations.RunPython.noop),
    ]
