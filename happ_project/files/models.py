"""What is stored: one row per content and company."""

from django.db import models

from happ_project.core import clock
from happ_project.core.tenancy import CompanyOwned


class StoredFile(CompanyOwned):
    """A file of a company; the same content is stored once."""

    sha256 = models.CharField(max_length=64)
    mime = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField(help_text="bytes")
    name = models.CharField(max_length=200, blank=True, help_text="as the sender called it")
    content = models.FileField(max_length=200)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "sha256", "mime"], name="file_once")]

    def __str__(self) -> str:
        return self.name or self.sha256[:12]

    @property
    def is_image(self) -> bool:
        return self.mime.startswith("image/")
