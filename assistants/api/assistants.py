"""Assistants in the REST API."""

import json
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from assistants import selectors
from assistants.api import serializers as shapes
from assistants.models import Assistant
from assistants.services import assistants, versions
from happ_project.companies import permissions
from happ_project.companies.models import User
from happ_project.companies.selectors import memberships
from happ_project.core.api import ids, paging
from happ_project.core.api.naming import camel
from happ_project.core.api.serializers import Deleted, read
from happ_project.core.api.views import CompanyAPIView

_KEPT = frozenset({*shapes.Voice._declared_fields, "text_llm_model_id"})
_COLUMNS = {
    "name": "name",
    "description": "description",
    "first_message": "first_message",
    "prompt_text": "prompt",
    "language": "language",
    "llm_model": "model",
    "guardrails": "guardrails",
    "business_hours": "business_hours",
}
_AS_GIVEN = (
    "ai_auto_return_delay_minutes",
    "person_words_by_language",
    "discloses",
    "answers_per_hour",
    "most_answers",
)


def find(assistant_id: Any) -> Assistant:
    return ids.find(selectors.assistants(), assistant_id, what=_("assistant"))


def _fields(given: dict[str, Any], *, voice: dict[str, Any]) -> dict[str, Any]:
    """Columns from what a client sent; what is the voice product's goes on top of the `voice` there was."""
    fields = {column: given[name] or "" for name, column in _COLUMNS.items() if name in given}
    fields |= {name: given[name] for name in _AS_GIVEN if name in given}
    if "person_words" in given:
        fields["person_words"] = "\n".join(given["person_words"])
    kept = {camel(name): value for name, value in given.items() if name in _KEPT}
    if given.get("text_llm_model_id"):
        fields["model"] = _model_name(given["text_llm_model_id"])
    if "type" in given:
        kept["templateType"] = given["type"]
    if kept:
        fields["voice"] = {**voice, **json.loads(JSONRenderer().render(kept))}
    return fields


def _model_name(model_id: Any) -> str:
    """Of an id that is none of ours, as those of Happ's own table, "": the company's model answers."""
    found = selectors.llm_models("text").filter(pk=model_id).first()
    return found.name if found else ""


class LlmModels(CompanyAPIView):
    @extend_schema(operation_id="getLlmModels", tags=["assistants"], responses=shapes.LlmModelShape(many=True))
    def get(self, request: Request) -> Response:
        """The models that `textLlmModelId` can name."""
        return Response(shapes.LlmModelShape(selectors.llm_models("text"), many=True).data)


class Assistants(CompanyAPIView):
    @extend_schema(
        operation_id="getAssistants",
        tags=["assistants"],
        parameters=[shapes.AssistantFilters, *paging.PARAMETERS],
        responses=shapes.BriefAssistant(many=True),
    )
    def get(self, request: Request) -> Response:
        """The company's assistants, by name."""
        wanted = read(shapes.AssistantFilters, request.query_params)
        rows = selectors.assistants()
        nothing = wanted.get("type", "text") != "text" or "folder_id" in wanted
        if nothing or wanted.get("company_id", self.company.pk) != self.company.pk:
            return Response([])
        if "name" in wanted:
            rows = rows.filter(name__icontains=wanted["name"])
        if "search" in wanted:
            rows = rows.filter(Q(name__icontains=wanted["search"]) | Q(description__icontains=wanted["search"]))
        return Response(shapes.BriefAssistant(paging.read(request).of(rows), many=True).data)

    @extend_schema(
        operation_id="createAssistant",
        tags=["assistants"],
        request=shapes.AssistantDraft,
        responses={201: shapes.AssistantShape},
    )
    def post(self, request: Request) -> Response:
        """Make an assistant."""
        draft = read(shapes.AssistantDraft, request.data)
        if draft.get("company_id", self.company.pk) != self.company.pk:
            text = _("This is not the company you act for. Leave it out, or name it in the header X-Company-Id.")
            raise ValidationError({"companyId": text})
        if isinstance(request.user, User):
            permissions.require_maker(memberships.current(request.user, company_id=self.company.pk))
        made = assistants.create(company_id=self.company.pk, **_fields(draft, voice={}))
        return Response(shapes.AssistantShape(made).data, status=201)


class OneAssistant(CompanyAPIView):
    @extend_schema(operation_id="getAssistant", tags=["assistants"], responses=shapes.AssistantShape)
    def get(self, request: Request, assistant_id: str) -> Response:
        """One assistant as customers know it; what people have not published yet is not in it."""
        return Response(shapes.AssistantShape(versions.published(find(assistant_id))).data)

    @extend_schema(
        operation_id="updateAssistant",
        tags=["assistants"],
        request=shapes.AssistantChange,
        responses=shapes.AssistantShape,
    )
    def patch(self, request: Request, assistant_id: str) -> Response:
        """Change what is given, leave the rest. New conversations speak by it at once."""
        assistant = find(assistant_id)
        given = read(shapes.AssistantChange, request.data, partial=True)
        changed = assistants.change(assistant, **_fields(given, voice=assistant.voice))
        return Response(shapes.AssistantShape(versions.published(changed)).data)

    @extend_schema(operation_id="deleteAssistant", tags=["assistants"], responses={200: Deleted})
    def delete(self, request: Request, assistant_id: str) -> Response:
        """Remove it with its knowledge; its chats and integrations have no assistant then."""
        assistants.remove(find(assistant_id))
        return Response({"message": "Assistant deleted successfully", "id": assistant_id})


class Copy(CompanyAPIView):
    @extend_schema(
        operation_id="copyAssistant",
        tags=["assistants"],
        request=shapes.CopyRequest,
        responses={200: shapes.Copied},
    )
    def post(self, request: Request, assistant_id: str) -> Response:
        """Copy it with its texts, to this company or to another one of yours; the original stays."""
        assistant = find(assistant_id)
        wanted = read(shapes.CopyRequest, request.data).get("company_id", self.company.pk)
        self._check(request, wanted)
        copied = assistants.copy(assistant, company_id=wanted)
        return Response({"success": True, "newAssistantId": str(copied.pk)})

    def _check(self, request: Request, company_id: Any) -> None:
        """A person may copy to companies of theirs where they may make assistants, a program only to its own."""
        membership = None
        if isinstance(request.user, User):
            membership = memberships.current(request.user, company_id=company_id)
        elif company_id == self.company.pk:
            return
        if membership is None or not membership.company.is_open:
            raise NotFound(_("There is no such company, or you are not in it. Check the id."))
        permissions.require_maker(membership)
