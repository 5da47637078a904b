"""The base of the API: one shape for refusals, camelCase, paging, the document."""

from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from rest_framework import exceptions, serializers

from happ_project.core.api import errors
from happ_project.core.api.naming import camel
from happ_project.core.api.serializers import Maybe, Serializer, read
from tests.api.conftest import Api


def refusal(error: Exception) -> dict[str, Any]:
    response = errors.handle(error, {})
    assert response is not None
    return response.data


@pytest.mark.parametrize(
    ("error", "status", "message", "fields"),
    [
        (exceptions.ValidationError({"prompt_text": ["Required."]}), 400, "promptText: Required.", {"promptText"}),
        (exceptions.ValidationError("Not like this."), 400, "Not like this.", None),
        (exceptions.ValidationError({"params": [{}, {"name": ["Required."]}]}), 400, "params[1].name: Required.", ...),
        (DjangoValidationError({"retention_days": ["Too many."]}), 400, "retentionDays: Too many.", {"retentionDays"}),
        (DjangoValidationError("The owner cannot leave."), 400, "The owner cannot leave.", None),
        (DjangoValidationError({"__all__": ["No."], "name": ["Taken."]}), 400, "No.", {"name"}),
        (Http404("There is no such chat."), 404, "There is no such chat.", None),
        (Http404(), 404, "There is no such thing here, or it belongs to another company.", None),
        (ObjectDoesNotExist("X matching query does not exist."), 404, "There is no such thing here, or it", None),
        (PermissionDenied("Only the owner."), 403, "Only the owner.", None),
        (exceptions.MethodNotAllowed("PUT"), 405, 'Method "PUT" not allowed.', None),
    ],
)
def test_every_refusal_has_the_one_shape(error: Exception, status: int, message: str, fields: Any) -> None:
    body = refusal(error)

    assert body["statusCode"] == status
    assert body["error"]
    assert body["message"].startswith(message)
    if fields is not ...:
        assert body.get("errors", {}).keys() == (fields or set())


def test_a_fault_of_ours_is_not_hidden() -> None:
    assert errors.handle(RuntimeError("a secret"), {}) is None


@pytest.mark.parametrize(
    ("python", "api"), [("first_message", "firstMessage"), ("id", "id"), ("ai_auto_return", "aiAutoReturn")]
)
def test_a_name_of_pythons_becomes_the_apis(python: str, api: str) -> None:
    assert camel(python) == api


class Shape(Serializer):
    first_message = serializers.CharField()
    prompt_text = Maybe(required=False)
    stored_as = serializers.SerializerMethodField()

    def get_stored_as(self, thing: Any) -> int:
        return len(thing["first_message"])


def test_a_serializer_is_written_in_python_and_speaks_camel_case() -> None:
    assert read(Shape, {"firstMessage": "Hi", "promptText": None}) == {"first_message": "Hi", "prompt_text": None}
    assert Shape({"first_message": "Hi", "prompt_text": ""}).data == {
        "firstMessage": "Hi",
        "promptText": None,
        "storedAs": 2,
    }
    with pytest.raises(exceptions.ValidationError) as refused:
        read(Shape, {"first_message": "Hi"})
    assert list(refused.value.detail) == ["firstMessage"]


def test_the_document_is_served_to_anybody(nobody: Api) -> None:
    document = nobody.get("/api/swagger-json").json()

    assert document["openapi"].startswith("3.")
    assert set(document["components"]["securitySchemes"]) == {"access-token", "jwt-auth"}
    assert "/api/companies/{companyId}/access-tokens/{tokenId}" in document["paths"]
    sign_up = document["paths"]["/api/auth/sign-up"]["post"]
    assert sign_up["responses"]["400"]["content"]["application/json"]["schema"]["$ref"].endswith("/Refusal")


def test_the_reference_page_needs_nothing_from_elsewhere(nobody: Api) -> None:
    page = nobody.get("/reference")

    assert page.status_code == 200
    text = page.content.decode()
    assert "swagger-ui-bundle.js" in text
    assert "http://" not in text.replace("http://www.w3.org", "") and "https://" not in text
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy + ";"
    assert "style-src 'self' 'unsafe-inline'" in policy
    script = nobody.get("/reference", script="")
    assert script.headers["Content-Type"].startswith("application/javascript")
