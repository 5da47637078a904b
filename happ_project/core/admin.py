"""The base of staff's pages: everything can be looked at, little can be changed, secrets are not shown."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin

from happ_project.core import jobs, tenancy
from happ_project.core.crypto import EncryptedJSONField

SECRETS = {"password", "digest", "token_digest", "webhook_token", "token", "key", "secret", "session_data"}
"""Names of columns that no page shows; encrypted columns are left out by their kind."""


class LookOnly(ModelAdmin):
    """All columns but secrets, read-only; `editable` names the few that staff may change."""

    editable: ClassVar[tuple[str, ...]] = ()
    show_full_result_count = False
    list_per_page = 50
    compressed_fields = True

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and request.user.is_staff)

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """For actions, whoever has the right; on a page of one row, only where something can be changed."""
        return super().has_change_permission(request, obj) and (obj is None or bool(self.editable))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in self.model._meta.concrete_fields if not is_secret(field)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [name for name in self.get_fields(request, obj) if name not in self.editable]

    def get_list_select_related(self, request: HttpRequest) -> list[str]:
        shown = set(self.get_list_display(request))
        return [f.name for f in self.model._meta.concrete_fields if f.is_relation and f.name in shown]


def is_secret(field: models.Field) -> bool:
    return isinstance(field, EncryptedJSONField) or field.name in SECRETS


class JobAdmin(LookOnly):
    """Rows of work, the newest first; a failed one can be given another round of attempts."""

    list_display: ClassVar[Any] = ("id", "company", "state", "attempts", "run_at", "last_error_line", "created_at")
    list_filter: ClassVar[Any] = ("state", "queue")
    ordering: ClassVar[Any] = ("-id",)
    actions: ClassVar[Any] = ("redrive",)

    @admin.display(description=gettext_lazy("last error"))
    def last_error_line(self, job: Any) -> str:
        return job.last_error.partition("\n")[0][:120]

    @admin.action(description=gettext_lazy("Try again: another round of attempts, now"), permissions=["change"])
    def redrive(self, request: HttpRequest, queryset: QuerySet) -> None:
        again = queryset.filter(state__in=[jobs.Job.State.FAILED, jobs.Job.State.CANCELLED])
        in_each_company(self, request, again, jobs.redrive, said=_("%d will be tried again."))


def in_each_company(
    page: ModelAdmin, request: HttpRequest, rows: QuerySet, work: Callable[[Any], None], *, said: str
) -> None:
    """Do the work for each row inside the scope of its company; `said` has a %d for how many there were."""
    count = 0
    for row in rows:
        if row.company_id is None:
            work(row)
        else:
            with tenancy.company_scope(row.company_id):
                work(row)
        count += 1
    page.message_user(request, said % count, messages.SUCCESS if count else messages.WARNING)
