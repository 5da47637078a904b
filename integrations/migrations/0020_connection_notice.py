import django.db.models.deletion
from django.db import migrations, models

import happ_project.core.clock
from happ_project.core import tenancy_guard


class Migration(migrations.Migration):

    dependencies = [
        ('companies', '0001_initial'),
        ('integrations', '0010_group_answers'),
        ('messengers', '0020_upkeep'),
    ]

    operations = [
        migrations.CreateModel(
            name='ConnectionNotice',
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
                ('what', models.CharField(choices=[('broken', 'Broken'), ('healed', 'Healed')], max_length=10)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='messengers.messengeraccount')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='companies.company')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('state__in', ['waiting', 'running'])), fields=['run_at'], name='connectionnotice_due'), models.Index(condition=models.Q(('state__in', ['waiting', 'running'])), fields=['lane', 'id'], name='connectionnotice_lane')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('attempts', 0), ('state', 'waiting')), fields=('account', 'what'), name='one_waiting_notice_per_account')],
            },
        ),
        migrations.RunPython(tenancy_guard.guard, migrations.RunPython.noop),
    ]
