"""What assistants know, in the REST API."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from assistants import selectors
from assistants.api import knowledge_shapes as shapes
from assistants.knowledge.sources.troubles import Unreadable
from assistants.models import KnowledgeDocument
from assistants.services import knowledge, looking_up
from happ_project.core import places
from happ_project.core.api import ids, paging
from happ_project.core.api.serializers import Deleted, read
from happ_project.core.api.views import CompanyAPIView
from happ_project.files import services as files
from happ_project.files.models import StoredFile

_COLUMNS = {
    "name": "name",
    "resource_content": "content",
    "resource_url": "url",
    "recrawl_interval_hours": "recrawl_hours",
    "resource_description": "description",
    "is_vector": "is_vector",
    "is_system": "is_system",
    "chunking_strategy": "chunking_strategy",
    "item_delimiter": "item_delimiter",
}


def _columns(given: dict[str, Any]) -> dict[str, Any]:
    return {column: "" if given[name] is None else given[name] for name, column in _COLUMNS.items() if name in given}


def _given(request: Request) -> Any:
    """The body, whether JSON or a form: to a form's reader a box that was left out would be an unticked one."""
    return request.data.dict() if isinstance(request.data, QueryDict) else request.data


def _source(given: dict[str, Any]) -> dict[str, Any]:
    """The file, stored, with its format; {} if none was given. Raises `ValidationError` that names the field."""
    if given.get("file"):
        try:
            file, found = knowledge.store(given["file"], name=given["file"].name)
        except Unreadable as trouble:
            raise ValidationError({"file": knowledge.said(trouble)}) from None
        except files.Unacceptable as refusal:
            raise ValidationError({"file": str(refusal)}) from None
        return {"file": file, "format": found}
    if given.get("file_id"):
        try:
            return {"file": files.get(given["file_id"]), "format": ""}
        except StoredFile.DoesNotExist:
            raise ValidationError({"fileId": _("There is no such file in this company.")}) from None
    return {}


def _rows() -> QuerySet[KnowledgeDocument]:
    return KnowledgeDocument.objects.filter(assistant__deleted_at=None)


def _find(knowledge_id: str) -> KnowledgeDocument:
    found = _rows().filter(public_id=ids.parse(knowledge_id)).first()
    if found is None:
        raise NotFound(_("There is no such knowledge in this company. Check the id."))
    return found


_SEARCHES_AT_ONCE = 4
"""Of one company: each holds a thread of the web until a worker has searched."""


class Busy(APIException):
    status_code = 503
    default_detail = gettext_lazy("No worker had time to search. Try again in a moment.")


class Knowledge(CompanyAPIView):
    @extend_schema(
        operation_id="getAssistantKnowledgeMany",
        tags=["knowledge"],
        parameters=[shapes.KnowledgeFilters, *paging.PARAMETERS],
        responses=shapes.BriefKnowledge(many=True),
    )
    def get(self, request: Request) -> Response:
        """What the assistants know, without the texts themselves."""
        wanted = read(shapes.KnowledgeFilters, request.query_params)
        rows = _rows().defer("content").order_by("id")
        if "assistant_id" in wanted:
            rows = rows.filter(assistant_id=wanted["assistant_id"])
        for name, column in (("name", "name"), ("resource_url", "url")):
            if name in wanted:
                rows = rows.filter(**{f"{column}__icontains": wanted[name]})
        if "search" in wanted:
            text = wanted["search"]
            rows = rows.filter(Q(name__icontains=text) | Q(description__icontains=text) | Q(content__icontains=text))
        return Response(shapes.BriefKnowledge(paging.read(request).of(rows), many=True).data)

    @extend_schema(
        operation_id="createAssistantKnowledge",
        tags=["knowledge"],
        request=shapes.KnowledgeDraft,
        responses={201: shapes.KnowledgeShape},
    )
    def post(self, request: Request) -> Response:
        """Give an assistant a text, a page or a file to know; it answers from it when `status` is `ready`.

        A file comes as `multipart/form-data` in the field `file`, with the other fields beside it.
        """
        draft = read(shapes.KnowledgeDraft, _given(request))
        assistant = selectors.assistants().filter(pk=draft["assistant_id"]).first()
        if assistant is None:
            raise ValidationError({"assistantId": _("There is no such assistant in this company.")})
        add: Any = {"text": knowledge.add_text, "url": knowledge.add_page, "file": knowledge.add_file}[draft["type"]]
        try:
            document = add(assistant, **_columns(draft), **_source(draft))
        except Unreadable as trouble:
            raise ValidationError({"resourceUrl": knowledge.said(trouble)}) from None
        return Response(shapes.KnowledgeShape(document).data, status=201)


class OneKnowledge(CompanyAPIView):
    @extend_schema(operation_id="getAssistantKnowledge", tags=["knowledge"], responses=shapes.KnowledgeShape)
    def get(self, request: Request, knowledge_id: str) -> Response:
        """One text with how far it is read."""
        return Response(shapes.KnowledgeShape(_find(knowledge_id)).data)

    @extend_schema(
        operation_id="updateAssistantKnowledge",
        tags=["knowledge"],
        request=shapes.KnowledgeChange,
        responses=shapes.KnowledgeShape,
    )
    def patch(self, request: Request, knowledge_id: str) -> Response:
        """Change it; a new text, address or file is read, and until then the old passages answer."""
        document = _find(knowledge_id)
        given = read(shapes.KnowledgeChange, _given(request), partial=True, kind=document.kind)
        try:
            changed = knowledge.replace(document, **_columns(given), **_source(given))
        except Unreadable as trouble:
            raise ValidationError({"resourceUrl": knowledge.said(trouble)}) from None
        return Response(shapes.KnowledgeShape(changed).data)

    @extend_schema(operation_id="deleteAssistantKnowledge", tags=["knowledge"], responses={200: Deleted})
    def delete(self, request: Request, knowledge_id: str) -> Response:
        """Forget it at once."""
        knowledge.remove(_find(knowledge_id))
        return Response({"message": "Knowledge deleted successfully", "id": knowledge_id})


class ReadAgain(CompanyAPIView):
    @extend_schema(
        operation_id="readAssistantKnowledgeAgain", tags=["knowledge"], request=None, responses=shapes.KnowledgeShape
    )
    def post(self, request: Request, knowledge_id: str) -> Response:
        """Fetch the page or parse the file again, as after a failure."""
        return Response(shapes.KnowledgeShape(knowledge.read_again(_find(knowledge_id))).data)


class Search(CompanyAPIView):
    @extend_schema(
        operation_id="searchAssistantKnowledge",
        tags=["knowledge"],
        request=shapes.KnowledgeQuestion,
        responses=shapes.KnowledgeFound,
    )
    def post(self, request: Request, assistant_id: str) -> Response:
        """What the assistant would find for a customer's question, and what would come of it. An addition of ours."""
        assistant = ids.find(selectors.assistants(), assistant_id, what=_("assistant"))
        question = read(shapes.KnowledgeQuestion, request.data)["question"]
        with places.place(f"search:{self.company.pk}", most=_SEARCHES_AT_ONCE) as is_free:
            found = looking_up.wait(looking_up.ask(assistant, question)) if is_free else None
        if found is None:
            raise Busy
        return Response(found)
