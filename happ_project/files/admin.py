"""Staff's page of stored files: what they are, not what is in them."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from happ_project.core.admin import LookOnly
from happ_project.files.models import StoredFile


@admin.register(StoredFile)
class StoredFileAdmin(LookOnly):
    list_display: ClassVar[Any] = ("name", "company", "mime", "size", "created_at")
    search_fields: ClassVar[Any] = ("name", "sha256")
    ordering: ClassVar[Any] = ("-created_at",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [name for name in super().get_fields(request, obj) if name != "content"]
