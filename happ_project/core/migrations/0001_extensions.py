"""What PostgreSQL must bring: vectors, trigrams, and ids beside words in one index."""

from django.contrib.postgres.operations import BtreeGinExtension, TrigramExtension
from django.db import migrations
from pgvector.django import VectorExtension


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    run_before = [("assistants", "0001_initial"), ("conversations", "0001_initial")]
    operations = [TrigramExtension(), BtreeGinExtension(), VectorExtension()]
