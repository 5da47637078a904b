"""Who asks the REST API: a program with an access token, or a person with a JWT.

Each leaves in `request.auth` a grant (`core.api.views.Grant`) that names the company to work in.
"""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication

from happ_project.companies import permissions
from happ_project.companies.models import AccessToken, Company, Membership, User
from happ_project.companies.selectors import memberships
from happ_project.companies.services import access_tokens
from happ_project.core.api import ids

COMPANY_HEADER = "X-Company-Id"


class Program:
    """The `request.user` of an access token: nobody in person."""

    is_authenticated = True
    is_active = True
    is_staff = False
    pk = None


class TokenGrant:
    """An access token reaches its own company and nothing else."""

    membership = None

    def __init__(self, token: AccessToken) -> None:
        self.token = token

    def company_for(self, request: Request, named: str | None) -> Company:
        if named is not None and ids.parse(named, "companyId") != self.token.company_id:
            raise _no_company()
        return _open(self.token.company)

    def require_owner(self) -> None:
        """The owner made the token."""


class PersonGrant:
    """A person works in the company of the path, of the header `X-Company-Id`, or in the one they chose last."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.membership: Membership | None = None

    def company_for(self, request: Request, named: str | None) -> Company:
        wanted = named or request.headers.get(COMPANY_HEADER)
        company_id = ids.parse(wanted, "companyId" if named else COMPANY_HEADER) if wanted else None
        self.membership = memberships.current(self.user, company_id=company_id)
        if self.membership is None:
            if company_id is not None:
                raise _no_company()
            raise ValidationError(_("You have no company yet: create one with POST /api/companies."))
        return _open(self.membership.company)

    def require_owner(self) -> None:
        permissions.require_owner(self.membership)


def _no_company() -> Http404:
    return Http404(_("There is no such company, or you are not in it. Check the id."))


def _open(company: Company) -> Company:
    if not company.is_open:
        raise PermissionDenied(_("This company is closed. Write to us to open it again."))
    return company


class AccessTokenAuthentication(BaseAuthentication):
    """`X-Access-Token: happ_…`."""

    def authenticate(self, request: Request) -> tuple[Any, TokenGrant] | None:
        plain = request.headers.get("X-Access-Token")
        if plain is None:
            return None
        token = access_tokens.recognise(plain.strip())
        if token is None:
            raise AuthenticationFailed(
                _("This access token is unknown or revoked. Create one in Settings → Access tokens.")
            )
        return Program(), TokenGrant(token)

    def authenticate_header(self, request: Request) -> str:
        return "X-Access-Token"


class JwtAuthentication(BaseAuthentication):
    """`Authorization: Bearer <accessToken>`, from `POST /api/auth/sign-in`."""

    def authenticate(self, request: Request) -> tuple[User, PersonGrant] | None:
        try:
            found = JWTAuthentication().authenticate(request)
        except AuthenticationFailed:
            raise AuthenticationFailed(
                _("The token is invalid or has expired. Get a new one from POST /api/auth/refresh or sign-in.")
            ) from None
        if found is None:
            return None
        user: Any = found[0]
        return user, PersonGrant(user)

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'
