"""Vectors, words and counts of passages in tables of their own; the work of embedding and of trying a search."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import happ_project.core.clock
import happ_project.core.ids
import pgvector.django.halfvec
from django.contrib.postgres.operations import BtreeGinExtension
from django.db import migrations, models

from assistants.migrations import _search as triggers
from happ_project.core import tenancy_guard


class Migration(migrations.Migration):

    dependencies = [
        ('assistants', '0006_bounds_of_answers'),
        ('companies', '0001_initial'),
    ]

    operations = [
        BtreeGinExtension(),
        migrations.CreateModel(
            name='KnowledgeEmbedding',
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
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='KnowledgeSearch',
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
                ('public_id', models.UUIDField(default=happ_project.core.ids.new_id, editable=False, unique=True)),
                ('question', models.CharField(max_length=500)),
                ('result', models.JSONField(null=True)),
            ],
            options={
                'verbose_name_plural': 'knowledge searches',
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='KnowledgeTally',
            fields=[
                ('id', models.UUIDField(default=happ_project.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('model', models.CharField(blank=True, max_length=160)),
                ('count', models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='KnowledgeVector',
            fields=[
                ('id', models.UUIDField(default=happ_project.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('model', models.CharField(max_length=160)),
                ('embedding', pgvector.django.halfvec.HalfVectorField()),
            ],
        ),
        migrations.CreateModel(
            name='KnowledgeWord',
            fields=[
                ('id', models.UUIDField(default=happ_project.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('word', models.CharField(max_length=60)),
                ('passages', models.IntegerField()),
            ],
        ),
        migrations.AddField(
            model_name='modelsettings',
            name='embedding_model',
            field=models.CharField(blank=True, db_default='', help_text='empty: the local one only', max_length=100, verbose_name='model for search'),
        ),
        migrations.AddField(
            model_name='knowledgeembedding',
            name='company',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='companies.company'),
        ),
        migrations.AddField(
            model_name='knowledgeembedding',
            name='document',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='embeddings', to='assistants.knowledgedocument'),
        ),
        migrations.AddField(
            model_name='knowledgesearch',
            name='assistant',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='assistants.assistant'),
        ),
        migrations.AddField(
            model_name='knowledgesearch',
            name='company',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='companies.company'),
        ),
        migrations.AddField(
            model_name='knowledgetally',
            name='assistant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='assistants.assistant'),
        ),
        migrations.AddField(
            model_name='knowledgetally',
            name='company',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='companies.company'),
        ),
        migrations.AddField(
            model_name='knowledgevector',
            name='assistant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='assistants.assistant'),
        ),
        migrations.AddField(
            model_name='knowledgevector',
            name='chunk',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='vectors', to='assistants.knowledgechunk'),
        ),
        migrations.AddField(
            model_name='knowledgevector',
            name='company',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='companies.company'),
        ),
        migrations.AddField(
            model_name='knowledgeword',
            name='assistant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='assistants.assistant'),
        ),
        migrations.AddField(
            model_name='knowledgeword',
            name='company',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='companies.company'),
        ),
        migrations.AddIndex(
            model_name='knowledgeembedding',
            index=models.Index(condition=models.Q(('state__in', ['waiting', 'running'])), fields=['run_at'], name='knowledgeembedding_due'),
        ),
        migrations.AddIndex(
            model_name='knowledgeembedding',
            index=models.Index(condition=models.Q(('state__in', ['waiting', 'running'])), fields=['lane', 'id'], name='knowledgeembedding_lane'),
        ),
        migrations.AddConstraint(
            model_name='knowledgeembedding',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('document',), name='embedding_waits_once'),
        ),
        migrations.AddIndex(
            model_name='knowledgesearch',
            index=models.Index(condition=models.Q(('state__in', ['waiting', 'running'])), fields=['run_at'], name='knowledgesearch_due'),
        ),
        migrations.AddIndex(
            model_name='knowledgesearch',
            index=models.Index(condition=models.Q(('state__in', ['waiting', 'running'])), fields=['lane', 'id'], name='knowledgesearch_lane'),
        ),
        migrations.AddConstraint(
            model_name='knowledgetally',
            constraint=models.UniqueConstraint(fields=('assistant', 'model'), name='tally_once'),
        ),
        migrations.AddIndex(
            model_name='knowledgevector',
            index=models.Index(fields=['assistant', 'model'], name='vector_of_assistant'),
        ),
        migrations.AddConstraint(
            model_name='knowledgevector',
            constraint=models.UniqueConstraint(fields=('chunk', 'model'), name='vector_once'),
        ),
        migrations.AddIndex(
            model_name='knowledgeword',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass('assistant', name='uuid_ops'), django.contrib.postgres.indexes.OpClass('word', name='gin_trgm_ops'), name='word_letters'),
        ),
        migrations.AddConstraint(
            model_name='knowledgeword',
            constraint=models.UniqueConstraint(fields=('assistant', 'word'), name='word_once'),
        ),
        migrations.RunSQL(triggers.SQL, triggers.BACK),
        migrations.RunSQL(triggers.FILL, migrations.RunSQL.noop),
        migrations.SeparateDatabaseAndState(
            # code of the version before still writes these columns; the next version drops them
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE assistants_knowledgechunk ALTER embedding_model SET DEFAULT ''",
                    "ALTER TABLE assistants_knowledgechunk ALTER embedding_model DROP DEFAULT",
                )
            ],
            state_operations=[
                migrations.RemoveField(model_name='knowledgechunk', name='embedding'),
                migrations.RemoveField(model_name='knowledgechunk', name='embedding_model'),
            ],
        ),
        migrations.RunPython(tenancy_guard.guard, migrations.RunPython.noop),
    ]
