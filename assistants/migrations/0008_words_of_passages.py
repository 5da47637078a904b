"""One index for the words of passages, assistant by assistant, in place of one for words and one for letters."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.contrib.postgres.search import SearchVector
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("assistants", "0007_search")]
    operations = [
        AddIndexConcurrently(
            model_name="knowledgechunk",
            index=GinIndex(models.F("assistant"), SearchVector("lemmas", config="simple"), name="chunk_words"),
        ),
        RemoveIndexConcurrently(model_name="knowledgechunk", name="chunk_lemmas"),
        RemoveIndexConcurrently(model_name="knowledgechunk", name="chunk_letters"),
    ]
