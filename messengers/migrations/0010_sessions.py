import django.db.models.deletion
import happ_project.core.clock
import happ_project.core.crypto
import happ_project.core.ids
from django.db import migrations, models

from happ_project.core import tenancy_guard


class Migration(migrations.Migration):

    dependencies = [
        ('companies', '0001_initial'),
        ('messengers', '0030_custom_messenger'),
        ('happ', '0001_same_company'),
    ]

    operations = [
        migrations.AddField(
            model_name='address',
            name='limited_until',
            field=models.DateTimeField(help_text='until when the messenger asked us to wait', null=True),
        ),
        migrations.AddField(
            model_name='sessionlease',
            name='retry_at',
            field=models.DateTimeField(help_text='nobody connects it before: the messenger asked to wait', null=True),
        ),
        migrations.CreateModel(
            name='SessionState',
            fields=[
                ('id', models.UUIDField(default=happ_project.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('state', happ_project.core.crypto.EncryptedJSONField(blank=True, default=happ_project.core.crypto.Secret, help_text="the messenger's own counting; empty: begin with now")),
                ('saved_at', models.DateTimeField(default=happ_project.core.clock.now)),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='session_state', to='messengers.messengeraccount')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='companies.company')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='SessionPeer',
            fields=[
                ('id', models.UUIDField(default=happ_project.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('peer_id', models.BigIntegerField()),
                ('data', happ_project.core.crypto.EncryptedJSONField(blank=True, default=happ_project.core.crypto.Secret)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='messengers.messengeraccount')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='companies.company')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('account', 'peer_id'), name='session_peer_once')],
            },
        ),
        migrations.CreateModel(
            name='MessageChange',
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
                ('message_ref', models.UUIDField(help_text='of the deliveries')),
                ('kind', models.CharField(choices=[('edit', 'Edit'), ('delete', 'Delete')], max_length=10)),
                ('text', models.TextField(blank=True)),
                ('address', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='messengers.address')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='companies.company')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('state__in', ['waiting', 'running'])), fields=['run_at'], name='messagechange_due'), models.Index(condition=models.Q(('state__in', ['waiting', 'running'])), fields=['lane', 'id'], name='messagechange_lane')],
            },
        ),
        migrations.RunPython(tenancy_guard.guard, migrations.RunPython.noop),
    ]
