"""One shape for every refusal of the REST API, with a sentence that says what to do.

`{"statusCode": 400, "error": "Bad Request", "message": "promptText: This field is required.",
"errors": {"promptText": ["This field is required."]}}`; `errors` is there when fields are at fault.
Services refuse with Django's own exceptions (`ValidationError`, `PermissionDenied`, `ObjectDoesNotExist`).
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, cast

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views import defaults
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error
from rest_framework.views import exception_handler

from happ_project.core.api.naming import camel


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's `EXCEPTION_HANDLER`; what it does not know (a fault of ours) goes on to Django and becomes a 500."""
    if isinstance(error, DjangoValidationError):
        error = exceptions.ValidationError(as_serializer_error(error))
    elif isinstance(error, Http404 | ObjectDoesNotExist):
        error = exceptions.NotFound(
            _spoken(error) or _("There is no such thing here, or it belongs to another company.")
        )
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied(str(error) or None)
    elif isinstance(error, exceptions.NotAuthenticated):
        error.detail = exceptions.ErrorDetail(_who(context["request"]), code=error.default_code)
    response = exception_handler(error, context)
    if response is not None:
        response.data = body(response.status_code, response.data)
    return response


def _who(request: Request) -> str:
    """What the address wants to see of whoever asks; a program's key is no person."""
    asked = [
        each.authenticate_header(request) or ""
        for each in cast("list[BaseAuthentication]", request.authenticators or [])
    ]
    if any(header.startswith("X-Access-Token") for header in asked):
        return _(
            "Say who asks: send the header X-Access-Token with an access token of the company, or "
            "Authorization: Bearer with a token from POST /api/auth/sign-in."
        )
    return _("This address is for people: send Authorization: Bearer with a token from POST /api/auth/sign-in.")


def _spoken(error: Exception) -> str:
    """The sentence of a 404, unless it is Django's own about queries."""
    text = str(error)
    return "" if "matching query does not exist" in text or "given query" in text else text


def body(status: int, detail: Any) -> dict[str, Any]:
    """The one shape, from DRF's nested details."""
    found: dict[str, list[str]] = {}
    for path, text in _flat(detail, ""):
        found.setdefault(path, []).append(text)
    general = found.pop("", None)
    if general:
        message = general[0]
    elif found:
        field, texts = next(iter(found.items()))
        message = f"{field}: {texts[0]}"
    else:
        message = HTTPStatus(status).phrase
    shape: dict[str, Any] = {"statusCode": status, "error": HTTPStatus(status).phrase, "message": message}
    return {**shape, "errors": found} if found else shape


_GENERAL = {"detail", "non_field_errors", "__all__"}


def _flat(detail: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(detail, dict):
        for key, value in detail.items():
            if isinstance(key, int):  # the place in a list
                yield from _flat(value, f"{path}[{key}]")
                continue
            name = "" if key in _GENERAL else camel(str(key))
            yield from _flat(value, f"{path}.{name}".strip("."))
    elif isinstance(detail, list | tuple):
        for i, value in enumerate(detail):
            nested = isinstance(value, dict | list | tuple)
            yield from _flat(value, f"{path}[{i}]" if nested else path)
    else:
        yield path, str(detail)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The 404 of addresses that do not exist: JSON under `/api/`, the page elsewhere."""
    if not request.path.startswith("/api/"):
        return defaults.page_not_found(request, exception)
    text = _("There is no %(method)s %(path)s. The addresses are listed at /reference.")
    return JsonResponse(body(404, text % {"method": request.method, "path": request.path}), status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """The answer when we failed: JSON under `/api/`, the page elsewhere; the log has the traceback."""
    if not request.path.startswith("/api/"):
        return defaults.server_error(request)
    return JsonResponse(body(500, _("Something went wrong on our side. Try again in a moment.")), status=500)
