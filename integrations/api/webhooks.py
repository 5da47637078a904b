"""Webhook endpoints in the REST API: where events are sent, and the log of every call."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from happ_project.core.api import ids, paging
from happ_project.core.api.serializers import Deleted, read
from happ_project.core.api.views import OwnersAPIView
from integrations import selectors
from integrations.api import serializers as shapes
from integrations.models import WebhookDelivery, WebhookEndpoint
from integrations.services import webhooks


def _find(endpoint_id: str) -> WebhookEndpoint:
    return ids.find(selectors.endpoints(), endpoint_id, what=_("webhook"))


class Endpoints(OwnersAPIView):
    @extend_schema(operation_id="getWebhooks", tags=["webhooks"], responses=shapes.EndpointShape(many=True))
    def get(self, request: Request) -> Response:
        """The addresses of yours that are told of events."""
        return Response(shapes.EndpointShape(selectors.endpoints(), many=True).data)

    @extend_schema(
        operation_id="createWebhook",
        tags=["webhooks"],
        request=shapes.EndpointDraft,
        responses={201: shapes.NewEndpoint},
    )
    def post(self, request: Request) -> Response:
        """Add an address. The answer is the only place where its secret is ever shown."""
        draft = read(shapes.EndpointDraft, request.data)
        try:
            endpoint, secret = webhooks.create(company_id=self.company.pk, **draft)
        except webhooks.Unacceptable as refusal:
            raise ValidationError({refusal.field: str(refusal)}) from None
        return Response({**shapes.EndpointShape(endpoint).data, "secret": secret}, status=201)


class OneEndpoint(OwnersAPIView):
    @extend_schema(operation_id="getWebhook", tags=["webhooks"], responses=shapes.EndpointShape)
    def get(self, request: Request, endpoint_id: str) -> Response:
        """One address."""
        return Response(shapes.EndpointShape(_find(endpoint_id)).data)

    @extend_schema(
        operation_id="updateWebhook", tags=["webhooks"], request=shapes.EndpointChange, responses=shapes.EndpointShape
    )
    def patch(self, request: Request, endpoint_id: str) -> Response:
        """Choose its events, switch it off, or on again after it was paused."""
        endpoint = _find(endpoint_id)
        webhooks.change(endpoint, **read(shapes.EndpointChange, request.data, partial=True))
        return Response(shapes.EndpointShape(endpoint).data)

    @extend_schema(operation_id="deleteWebhook", tags=["webhooks"], responses={200: Deleted})
    def delete(self, request: Request, endpoint_id: str) -> Response:
        """Remove it, with its log."""
        webhooks.remove(_find(endpoint_id))
        return Response({"message": "Webhook deleted successfully", "id": endpoint_id})


def _calls(endpoint: WebhookEndpoint) -> QuerySet[WebhookDelivery]:
    return WebhookDelivery.objects.filter(endpoint=endpoint).select_related("event").order_by("-id")


class Calls(OwnersAPIView):
    @extend_schema(
        operation_id="getWebhookCalls",
        tags=["webhooks"],
        parameters=paging.PARAMETERS,
        responses=shapes.WebhookCall(many=True),
    )
    def get(self, request: Request, endpoint_id: str) -> Response:
        """The log of its calls, newest first."""
        rows = paging.read(request).of(_calls(_find(endpoint_id)))
        return Response(shapes.WebhookCall(rows, many=True).data)


class CallAgain(OwnersAPIView):
    @extend_schema(operation_id="repeatWebhookCall", tags=["webhooks"], request=None, responses=shapes.WebhookCall)
    def post(self, request: Request, endpoint_id: str, call_id: int) -> Response:
        """Make a call of the log once more."""
        call = _calls(_find(endpoint_id)).filter(pk=call_id).first()
        if call is None:
            raise WebhookDelivery.DoesNotExist
        webhooks.send_again(call)
        return Response(shapes.WebhookCall(call).data)
