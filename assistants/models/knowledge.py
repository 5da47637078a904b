"""What assistants know: documents, and the passages they were cut into."""

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assistants.knowledge.sources import troubles
from assistants.models.assistants import Assistant
from happ_project.core import ids, wording
from happ_project.core.jobs import Job
from happ_project.core.tenancy import CompanyOwned


class KnowledgeDocument(CompanyOwned, Job):
    """A text, page or file that an assistant knows; the row is also the job of reading it."""

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        URL = "url", _("Web page")
        FILE = "file", _("File")

    class Chunking(models.TextChoices):
        TOKENS = "tokens", _("By length")
        ITEMS = "items", _("By items")

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        READING = "reading", _("Reading")
        SPLITTING = "splitting", _("Splitting")
        EMBEDDING = "embedding", _("Embedding")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")

    work: ClassVar[str] = "assistants.services.indexing.run"
    after_failure: ClassVar[str] = "assistants.services.indexing.gave_up"
    default_queue: ClassVar[str] = "knowledge"
    failure_is_trouble: ClassVar[bool] = False
    max_attempts: ClassVar[int] = 5
    longest_run: ClassVar[int] = 1
    kept_for: ClassVar[timedelta | None] = None

    id: Any = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(unique=True, default=ids.new_id, editable=False)
    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="documents")
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.TEXT)
    description = models.TextField(_("description"), blank=True)
    content = models.TextField(_("text"), blank=True)
    url = models.URLField(max_length=1000, blank=True)
    file = models.ForeignKey("files.StoredFile", null=True, on_delete=models.SET_NULL, related_name="+")
    is_vector = models.BooleanField(default=True)
    is_system = models.BooleanField(default=False)
    chunking_strategy = models.CharField(max_length=10, choices=Chunking.choices, default=Chunking.TOKENS)
    item_delimiter = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    status_detail = models.TextField(blank=True, help_text="what failed last, in English; `trouble` in any language")
    trouble = models.JSONField(null=True, help_text="code and params, see knowledge/sources/troubles.py")
    progress_done = models.PositiveIntegerField(default=0, db_default=0)
    progress_total = models.PositiveIntegerField(default=0, db_default=0)
    format = models.CharField(max_length=10, blank=True, default="", db_default="", help_text="what the source is")
    source_unread = models.BooleanField(default=False, db_default=False, help_text="to be fetched or parsed (again)")
    read_at = models.DateTimeField(null=True, help_text="when the page or file, as it is now, was last read")
    recrawl_hours = models.PositiveIntegerField(default=0, db_default=0, help_text="0: the page is read once")
    etag = models.CharField(max_length=200, blank=True, default="", db_default="")
    last_modified = models.CharField(max_length=200, blank=True, default="", db_default="")
    indexed_as = models.CharField(max_length=64, blank=True, default="", db_default="", help_text="digest of the text")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(Job.Meta):
        pass

    def __str__(self) -> str:
        return self.name

    @property
    def is_settled(self) -> bool:
        """Nothing is being done to it now; a page may be due for another visit later."""
        return self.status in {self.Status.READY, self.Status.FAILED}

    @property
    def why(self) -> str:
        """What went wrong last, in the language of whoever asks; '' if nothing did."""
        trouble = self.trouble or {}
        sentence = troubles.template(trouble)
        return gettext(sentence) % trouble["params"] if sentence else wording.translated(self.status_detail)


class KnowledgeChunk(CompanyOwned):
    """A passage. It is never changed, only replaced: what search keeps of it is counted when it comes and goes.

    Its meaning is in `KnowledgeVector`; `lemmas` are the words of title and text in basic form, in order. From them a
    trigger makes `terms`, with one term more that names the assistant: then one index knows both.
    """

    document = models.ForeignKey(KnowledgeDocument, on_delete=models.CASCADE, related_name="chunks")
    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveIntegerField()
    title = models.TextField(blank=True)
    text = models.TextField()
    lemmas = models.TextField(blank=True)
    terms = SearchVectorField(null=True, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "position"], name="chunk_once")]
        indexes = [
            models.Index(fields=["assistant", "id"], name="chunk_of_assistant"),
            GinIndex(fields=["terms"], name="chunk_terms"),
        ]

    def __str__(self) -> str:
        return f"{self.document_id}/{self.position}"
