"""The OpenAPI document and the reference page, both served by the product itself."""

from functools import cache
from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularSwaggerSplitView


@cache
def document_of_this_api() -> dict[str, Any]:
    """Made from the code; it changes only with it."""
    with translation.override("en"):
        return SchemaGenerator().get_schema(request=None, public=True)


@require_safe
def document(request: HttpRequest) -> HttpResponse:
    """The OpenAPI 3 document of this API."""
    return JsonResponse(document_of_this_api(), headers={"Access-Control-Allow-Origin": "*"})


class Reference(SpectacularSwaggerSplitView):
    """The reference page, from files of our own; `?script` is its start-up script."""

    url_name = "api-document"
    title = "Happ API"
    template_name = "reference.html"  # the library's own fetches an icon from elsewhere


# Swagger UI styles its elements inline; scripts stay ours alone
reference = csp_update({"style-src": [SELF, UNSAFE_INLINE]})(Reference.as_view())
