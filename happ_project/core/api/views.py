"""The base of the API's views: who asks, for which company, inside that company's scope."""

from contextlib import ExitStack
from typing import Any, Protocol

from django.http.response import HttpResponseBase
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.views import APIView

from happ_project.core import ratelimit, tenancy

REQUESTS, SECONDS = 200, 4
"""What a company's programs may ask at once, and how fast they may again (50 a second in the long run)."""


class Grant(Protocol):
    """What authentication leaves in `request.auth`: the right to act for a company."""

    def company_for(self, request: Request, named: str | None) -> Any:
        """The company that the request is about; `named` is the one in its path. Raises 404 and 403."""

    def require_owner(self) -> None:
        """For what is the owner's business, and their programs'. Raises `PermissionDenied`."""


class CompanyAPIView(APIView):
    """A view that works inside one company: `self.company`, with the scope open until the answer is made.

    Answers must be plain data: a queryset evaluated later would find the scope closed.
    """

    company: Any

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with ExitStack() as self._scope:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.company = request.auth.company_for(request, kwargs.get("company_id"))  # type: ignore[union-attr]
        wait = ratelimit.wait(f"api:{self.company.pk}", limit=REQUESTS, seconds=SECONDS)
        if wait:
            raise Throttled(wait)
        self._scope.enter_context(tenancy.company_scope(self.company))


class OwnersAPIView(CompanyAPIView):
    """The company's keys and settings: for its owner and its programs."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        request.auth.require_owner()  # type: ignore[union-attr]
