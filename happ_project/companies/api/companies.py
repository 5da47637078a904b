"""Companies in the REST API."""

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from happ_project.companies.api import serializers as shapes
from happ_project.companies.authentication import JwtAuthentication, TokenGrant
from happ_project.companies.models import Company, Membership, User
from happ_project.companies.selectors import memberships
from happ_project.companies.services import companies
from happ_project.core.api import paging
from happ_project.core.api.serializers import read
from happ_project.core.api.views import CompanyAPIView


def _reachable(request: Request) -> QuerySet[Company]:
    """The token's one company, or the companies of the person."""
    if isinstance(request.auth, TokenGrant):
        return Company.objects.filter(pk=request.auth.token.company_id)
    assert isinstance(request.user, User)
    return memberships.companies_of(request.user)


def _with_team(rows: QuerySet[Company]) -> QuerySet[Company]:
    return rows.prefetch_related("memberships__user")


class Companies(APIView):
    @property
    def _creates(self) -> bool:
        return self.request.method == "POST"

    def get_authenticators(self) -> list[Any]:
        # founding a company needs a person
        return [JwtAuthentication()] if self.request and self._creates else super().get_authenticators()

    @extend_schema(
        operation_id="getCompanies",
        tags=["companies"],
        parameters=[shapes.CompanyFilters, *paging.PARAMETERS],
        responses=shapes.BriefCompany(many=True),
    )
    def get(self, request: Request) -> Response:
        """The companies you reach: with an access token, its one company."""
        wanted = read(shapes.CompanyFilters, request.query_params)
        rows = _reachable(request).filter(_filters(wanted))
        if "user_id" in wanted:
            rows = rows.filter(pk__in=Membership.objects.filter(user_id=wanted["user_id"]).values("company_id"))
        return Response(shapes.BriefCompany(paging.read(request).of(rows), many=True).data)

    @extend_schema(
        operation_id="createCompany",
        tags=["companies"],
        request=shapes.CompanyDraft,
        responses={201: shapes.CreatedCompany},
    )
    def post(self, request: Request) -> Response:
        """Found a company; you become its owner."""
        draft = _without_nulls(read(shapes.CompanyDraft, request.data))
        assert isinstance(request.user, User)
        return Response(shapes.CreatedCompany(companies.create(request.user, **draft)).data, status=201)


def _filters(wanted: dict[str, Any]) -> Q:
    found = Q()
    for field in ("name", "description"):
        if field in wanted:
            found &= Q(**{f"{field}__icontains": wanted[field]})
    for field in ("status", "owner_id"):
        if field in wanted:
            found &= Q(**{field: wanted[field]})
    if "search" in wanted:
        found &= Q(name__icontains=wanted["search"]) | Q(description__icontains=wanted["search"])
    return found


def _without_nulls(fields: dict[str, Any]) -> dict[str, Any]:
    """The API says null where the column says empty."""
    return {name: "" if value is None else value for name, value in fields.items()}


class MyCompanies(APIView):
    @extend_schema(operation_id="getMyCompanies", tags=["companies"], responses=shapes.FullCompany(many=True))
    def get(self, request: Request) -> Response:
        """The companies where you are owner or member; with an access token, its one company."""
        return Response(shapes.FullCompany(_with_team(_reachable(request)), many=True).data)


class OneCompany(CompanyAPIView):
    @extend_schema(operation_id="getCompany", tags=["companies"], responses=shapes.FullCompany)
    def get(self, request: Request, company_id: str) -> Response:
        """One company with its team."""
        company = _with_team(Company.objects.filter(pk=self.company.pk)).get()
        return Response(shapes.FullCompany(company).data)

    @extend_schema(
        operation_id="updateCompany",
        tags=["companies"],
        request=shapes.CompanyChange,
        responses=shapes.ChangedCompany,
    )
    def patch(self, request: Request, company_id: str) -> Response:
        """Change the company's settings: with an access token, or as its owner."""
        request.auth.require_owner()  # type: ignore[union-attr]
        changes = _without_nulls(read(shapes.CompanyChange, request.data, partial=True))
        return Response(shapes.ChangedCompany(companies.change(self.company, **changes)).data)


class Exit(CompanyAPIView):
    authentication_classes = (JwtAuthentication,)

    @extend_schema(operation_id="exitCompany", tags=["companies"], request=None, responses={200: shapes.Left})
    def delete(self, request: Request, company_id: str) -> Response:
        """Leave the company. Its owner cannot."""
        user = request.user
        assert isinstance(user, User)
        companies.leave(self.company, user=user)
        said = {"message": "User exited company", "company_id": self.company.pk, "user_id": user.pk}
        return Response(shapes.Left(said).data)
