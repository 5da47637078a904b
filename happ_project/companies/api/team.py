"""Invitations and access tokens in the REST API: a person's business, with a JWT."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from happ_project.companies.api import serializers as shapes
from happ_project.companies.api import throttles
from happ_project.companies.authentication import JwtAuthentication
from happ_project.companies.models import AccessToken, Invitation, User
from happ_project.companies.services import access_tokens, invitations
from happ_project.core.api import ids
from happ_project.core.api.serializers import Deleted, read
from happ_project.core.api.views import OwnersAPIView


class OwnersView(OwnersAPIView):
    """Only the owner of the company in the path, in person."""

    authentication_classes = (JwtAuthentication,)


class Invitations(OwnersView):
    @extend_schema(
        operation_id="sendInvitation",
        tags=["invitations"],
        request=shapes.InvitationDraft,
        responses={200: shapes.Invited},
    )
    def post(self, request: Request, company_id: str) -> Response:
        """Invite somebody by e-mail. Your own address must be confirmed first."""
        given = read(shapes.InvitationDraft, request.data)
        assert isinstance(request.user, User)
        throttles.spend(request, "invite", account=str(self.company.pk))
        sent = invitations.send(self.company, email=given["email"], by=request.user)
        said = {"message": "Invitation sent", "id": sent.pk, "email": sent.email, "expires_at": sent.expires_at}
        return Response(shapes.Invited(said).data)


class AcceptInvitation(APIView):
    authentication_classes = (JwtAuthentication,)

    @extend_schema(
        operation_id="acceptInvitation",
        tags=["invitations"],
        request=shapes.InvitationToken,
        responses={200: shapes.Joined},
    )
    def post(self, request: Request) -> Response:
        """Join the company with the token from the mail's link."""
        given = read(shapes.InvitationToken, request.data)
        assert isinstance(request.user, User)
        try:
            membership = invitations.accept(given["token"], user=request.user)
        except Invitation.DoesNotExist:
            raise NotFound(_("There is no such invitation. Copy the whole link from the mail.")) from None
        said = {"message": "Invitation accepted", "company_id": membership.company_id}
        return Response(shapes.Joined(said).data)


class Tokens(OwnersView):
    @extend_schema(operation_id="getTokens", tags=["access tokens"], responses=shapes.KnownToken(many=True))
    def get(self, request: Request, company_id: str) -> Response:
        """The company's access tokens, newest first, without the keys themselves."""
        rows = AccessToken.objects.filter(company=self.company).order_by("-created_at")
        return Response(shapes.KnownToken(rows, many=True).data)

    @extend_schema(
        operation_id="generateToken",
        tags=["access tokens"],
        request=shapes.TokenDraft,
        responses={201: shapes.IssuedToken},
    )
    def post(self, request: Request, company_id: str) -> Response:
        """Make an access token. The answer is the only place where its key is ever shown."""
        assert isinstance(request.user, User)
        row, plain = access_tokens.issue(self.company, **read(shapes.TokenDraft, request.data), by=request.user)
        return Response({**shapes.KnownToken(row).data, "token": plain}, status=201)


class OneToken(OwnersView):
    def _row(self, token_id: str) -> AccessToken:
        rows = AccessToken.objects.filter(company=self.company)
        return ids.find(rows, token_id, what=_("access token"), name="tokenId")

    @extend_schema(
        operation_id="updateToken",
        tags=["access tokens"],
        request=shapes.TokenDraft,
        responses=shapes.KnownToken,
    )
    def patch(self, request: Request, company_id: str, token_id: str) -> Response:
        """Rename it."""
        row = self._row(token_id)
        changes = {"name": row.name, **read(shapes.TokenDraft, request.data, partial=True)}
        return Response(shapes.KnownToken(access_tokens.rename(row, **changes)).data)

    @extend_schema(operation_id="revokeToken", tags=["access tokens"], responses={200: Deleted})
    def delete(self, request: Request, company_id: str, token_id: str) -> Response:
        """Revoke it: it stops working at once, for good."""
        row = self._row(token_id)
        access_tokens.revoke(row)
        return Response(Deleted({"message": "Access token revoked", "id": row.pk}).data)
