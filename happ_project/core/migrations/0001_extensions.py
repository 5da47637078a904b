"""What PostgreSQL must bring: vectors and trigrams."""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations
from pgvector.django import VectorExtension


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    run_before = [("assistants", "0001_initial"), ("conversations", "0001_initial")]
    operations = [TrigramExtension(), VectorExtension()]
