
import django.db.models.deletion
import happ_project.core.clock
import happ_project.core.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('companies', '0001_initial'),
        ('conversations', '0005_voice_written_down'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AnswerReview',
            fields=[
                ('id', models.UUIDField(default=happ_project.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('verdict', models.CharField(choices=[('good', 'Good'), ('bad', 'Bad')], max_length=4)),
                ('note', models.TextField(blank=True)),
                ('state', models.CharField(choices=[('open', 'Open'), ('done', 'Done')], default='open', max_length=4)),
                ('outcome', models.CharField(blank=True, help_text='what came of it, in words', max_length=200)),
                ('created_at', models.DateTimeField(default=happ_project.core.clock.now, editable=False)),
                ('done_at', models.DateTimeField(null=True)),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='companies.company')),
                ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reviews', to='conversations.message')),
            ],
            options={
                'indexes': [models.Index(fields=['company', 'state', '-created_at'], name='reviews_to_see_to')],
                'constraints': [models.UniqueConstraint(fields=('message', 'author'), name='review_once')],
            },
        ),
        migrations.CreateModel(
            name='CopilotTask',
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
                ('action', models.CharField(choices=[('suggest', 'Suggest a reply'), ('shorter', 'Shorter'), ('friendlier', 'Friendlier'), ('translate', 'Translate for the customer'), ('summarise', 'Summarise the chat'), ('handoff', 'Summary for the person who takes over')], max_length=12)),
                ('draft', models.TextField(blank=True)),
                ('result', models.TextField(blank=True)),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('chat', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='copilot_tasks', to='conversations.chat')),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='companies.company')),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('state__in', ['waiting', 'running'])), fields=['run_at'], name='copilottask_due'), models.Index(condition=models.Q(('state__in', ['waiting', 'running'])), fields=['lane', 'id'], name='copilottask_lane'), models.Index(fields=['chat', 'action', '-id'], name='copilot_of_chat')],
            },
        ),
        migrations.CreateModel(
            name='TurnRecord',
            fields=[
                ('id', models.UUIDField(default=happ_project.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('exchanges', models.JSONField(default=list, help_text='one for each call of the model: lines, tools, text, tokens')),
                ('cost', models.DecimalField(decimal_places=8, help_text='US dollars; null: not known', max_digits=14, null=True)),
                ('at', models.DateTimeField(default=happ_project.core.clock.now, editable=False)),
                ('company', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='companies.company')),
                ('turn', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='records', to='conversations.aiturn')),
            ],
            options={
                'indexes': [models.Index(fields=['company', 'at'], name='turn_record_by_age')],
            },
        ),
    ]
