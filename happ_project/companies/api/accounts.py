"""Signing up and in over the REST API: e-mail and password against a pair of tokens."""

from typing import Any

from django.contrib.auth import authenticate
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from happ_project.companies.api import schema as _schema  # noqa: F401 - registers the names of our authentication
from happ_project.companies.api import serializers as shapes
from happ_project.companies.api import throttles
from happ_project.companies.authentication import JwtAuthentication
from happ_project.companies.models import User
from happ_project.companies.services import accounts, json_web_tokens
from happ_project.core.api.serializers import read


class Open(APIView):
    """For people who have no token yet."""

    authentication_classes: Any = []
    permission_classes: Any = []

    def get_authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def _signed_in(user: User) -> Response:
    pair = json_web_tokens.issue(user)
    tokens = shapes.Tokens(pair).data
    return Response({**tokens, "user": shapes.BriefUser(user).data})


class SignUp(Open):
    @extend_schema(
        operation_id="signUp",
        tags=["auth"],
        request=shapes.Credentials,
        responses={
            200: shapes.SignedIn,
            400: OpenApiResponse(description="A bad address or password, or a known user."),
        },
    )
    def post(self, request: Request) -> Response:
        """Make a user. The tokens come at once; a mail asks them to confirm the address, before they invite people."""
        throttles.spend(request, "sign-up")
        given = read(shapes.Credentials, request.data)
        return _signed_in(accounts.sign_up(given["email"], given["password"]))


class SignIn(Open):
    @extend_schema(
        operation_id="signIn",
        tags=["auth"],
        request=shapes.Credentials,
        responses={200: shapes.SignedIn, 401: OpenApiResponse(description="The address and the password do not fit.")},
    )
    def post(self, request: Request) -> Response:
        """Tokens for a user who knows their password."""
        given = read(shapes.Credentials, request.data)
        throttles.spend(request, "sign-in", account=given["email"])
        user = authenticate(request._request, email=given["email"].lower(), password=given["password"])
        if not isinstance(user, User) or not user.is_active:
            raise AuthenticationFailed(_("The e-mail address or the password is not right."))
        return _signed_in(user)


class Refresh(Open):
    @extend_schema(
        operation_id="refreshTokens",
        tags=["auth"],
        request=shapes.RefreshRequest,
        responses={200: shapes.Tokens, 401: OpenApiResponse(description="Unknown, used or expired: sign in again.")},
    )
    def post(self, request: Request) -> Response:
        """A new pair; the refresh token given is used up by this."""
        given = read(shapes.RefreshRequest, request.data)
        try:
            pair = json_web_tokens.refresh(given["refresh_token"])
        except json_web_tokens.Refused:
            raise AuthenticationFailed(_("This refresh token is used, expired or not ours. Sign in again.")) from None
        return Response(shapes.Tokens(pair).data)


class Me(APIView):
    authentication_classes = (JwtAuthentication,)

    @extend_schema(operation_id="me", tags=["auth"], responses=shapes.Me)
    def get(self, request: Request) -> Response:
        """The signed-in user."""
        return Response(shapes.Me(request.user).data)
