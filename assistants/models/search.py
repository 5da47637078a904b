"""What search needs besides the passages: their vectors, the words of each assistant, how many there are of each.

Words and counts are kept by triggers of the database (migration `0007_search`), as an index is: they are right by
whichever way passages and vectors come and go.
"""

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from pgvector.django import HalfVectorField

from assistants.models.assistants import Assistant
from assistants.models.knowledge import KnowledgeChunk, KnowledgeDocument
from happ_project.core import ids
from happ_project.core.jobs import Job
from happ_project.core.tenancy import CompanyOwned


class KnowledgeVector(CompanyOwned):
    """The meaning of a passage as one model sees it; a narrow row, so that many are read at once.

    Two partial HNSW indexes, by the number of dimensions, are made in the migration.
    """

    chunk = models.ForeignKey(KnowledgeChunk, on_delete=models.CASCADE, related_name="vectors", db_index=False)
    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="+", db_index=False)
    model = models.CharField(max_length=160)
    embedding = HalfVectorField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chunk", "model"], name="vector_once")]
        indexes = [models.Index(fields=["assistant", "model"], name="vector_of_assistant")]

    def __str__(self) -> str:
        return f"{self.chunk_id} by {self.model}"


class KnowledgeWord(CompanyOwned):
    """A word, in its basic form, with the number of the assistant's passages in which it stands.

    An index of its trigrams, of both alphabets, is made in the migration `0013_terms`.
    """

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="+", db_index=False)
    word = models.CharField(max_length=60)
    passages = models.IntegerField()

    class Meta:
        # the word first: by the assistant first, the planner sometimes takes it instead of the index of letters
        constraints = [models.UniqueConstraint(fields=["word", "assistant"], name="assistants_word_once")]

    def __str__(self) -> str:
        return f"{self.word}: {self.passages}"


class KnowledgeTally(CompanyOwned):
    """How many passages an assistant has (`model` is ''), and how many vectors by each model."""

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="+", db_index=False)
    model = models.CharField(max_length=160, blank=True)
    count = models.IntegerField()

    class Meta:
        verbose_name_plural = "knowledge tallies"
        constraints = [models.UniqueConstraint(fields=["assistant", "model"], name="tally_once")]

    def __str__(self) -> str:
        return f"{self.model or 'passages'}: {self.count}"


class KnowledgeEmbedding(CompanyOwned, Job):
    """The work of giving a document's passages the vectors they lack; one company's rows run one after another."""

    work: ClassVar[str] = "assistants.services.embedding.run"
    default_queue: ClassVar[str] = "knowledge"
    max_attempts: ClassVar[int] = 10
    kept_for: ClassVar[timedelta | None] = timedelta(days=7)
    failure_is_trouble: ClassVar[bool] = False  # a key, a quota, a budget: the company's own, which its page tells

    id: Any = models.BigAutoField(primary_key=True)
    document = models.ForeignKey(KnowledgeDocument, on_delete=models.CASCADE, related_name="embeddings")

    class Meta(Job.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["document"], condition=models.Q(state="waiting"), name="embedding_waits_once"
            )
        ]

    def __str__(self) -> str:
        return f"vectors of {self.document_id}"


class KnowledgeSearch(CompanyOwned, Job):
    """A question that somebody of the company tries: searched by a worker, because only workers carry the model."""

    work: ClassVar[str] = "assistants.services.looking_up.run"
    default_queue: ClassVar[str] = "ai"
    max_attempts: ClassVar[int] = 3
    kept_for: ClassVar[timedelta | None] = timedelta(hours=1)

    id: Any = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=ids.new_id, editable=False)
    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="+")
    question = models.CharField(max_length=500)
    result = models.JSONField(null=True)

    class Meta(Job.Meta):
        verbose_name_plural = "knowledge searches"

    def __str__(self) -> str:
        return self.question
