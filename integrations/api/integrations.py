"""Integrations in the REST API: seen, assigned, switched, set. Connecting one is a person's business."""

from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from assistants.models import Assistant
from happ_project.core.api import ids
from happ_project.core.api.serializers import read
from happ_project.core.api.views import CompanyAPIView
from integrations import selectors
from integrations.api import serializers as shapes
from integrations.models import Integration
from integrations.services import integrations


def _details(integration: Integration) -> dict[str, Any]:
    return {
        **integrations.as_json(integration),
        "debounceSeconds": integration.debounce_seconds,
        "finishedSeconds": integration.finished_seconds,
        "longestWaitSeconds": integration.longest_wait_seconds,
        "answersWithinMinutes": integration.answers_within_minutes,
        "botCommand": integration.bot_command,
        "groupAnswers": integration.group_answers,
    }


class Integrations(CompanyAPIView):
    @extend_schema(
        operation_id="getIntegrations", tags=["integrations"], responses=shapes.IntegrationDetails(many=True)
    )
    def get(self, request: Request) -> Response:
        """The channels that customers write to, with their settings."""
        return Response([_details(each) for each in selectors.visible()])


class Messengers(CompanyAPIView):
    @extend_schema(operation_id="getMessengers", tags=["chats"], responses=shapes.IntegrationShape(many=True))
    def get(self, request: Request) -> Response:
        """The connected messengers: one entry for each channel that customers write to."""
        return Response([integrations.as_json(each) for each in selectors.visible()])


class OneIntegration(CompanyAPIView):
    def _row(self, integration_id: str) -> Integration:
        return ids.find(selectors.visible(), integration_id, what=_("integration"))

    @extend_schema(operation_id="getIntegration", tags=["integrations"], responses=shapes.IntegrationDetails)
    def get(self, request: Request, integration_id: str) -> Response:
        """One channel with its settings."""
        return Response(_details(self._row(integration_id)))

    @extend_schema(
        operation_id="updateIntegration",
        tags=["integrations"],
        request=shapes.IntegrationChange,
        responses=shapes.IntegrationDetails,
    )
    def patch(self, request: Request, integration_id: str) -> Response:
        """Assign an assistant (new chats only), change how it answers, switch it on or off.

        Switching off cancels what is pending and takes its chats out of the inbox; their history is kept for the
        company's `retentionDays` and comes back if it is switched on again before that.
        """
        row = self._row(integration_id)
        changes = read(shapes.IntegrationChange, request.data, partial=True)
        with transaction.atomic():  # what is refused changes nothing
            _change(row, changes)
        return Response(_details(self._row(integration_id)))


def _change(row: Integration, changes: dict[str, Any]) -> None:
    enabled = changes.pop("enabled", None)
    if "assistant_id" in changes:
        integrations.assign(row, _assistant(changes.pop("assistant_id")))
    if changes:
        _set(row, changes)
    if enabled is not None:
        _switch(row, enabled)


def _assistant(assistant_id: Any) -> Assistant | None:
    if assistant_id is None:
        return None
    found = Assistant.objects.filter(pk=assistant_id, deleted_at=None).first()
    if found is None:
        raise ValidationError({"assistantId": _("There is no such assistant in this company.")})
    return found


def _set(row: Integration, changes: dict[str, Any]) -> None:
    longest = changes.get("longest_wait_seconds", row.longest_wait_seconds)
    if longest < changes.get("debounce_seconds", row.debounce_seconds):
        text = _("Must be at least as long as debounceSeconds.")
        raise DjangoValidationError({"longest_wait_seconds": text})
    integrations.update_settings(row, **changes)


def _switch(row: Integration, enabled: bool) -> None:
    if not enabled:
        integrations.switch_off(row)
        return
    try:
        integrations.switch_on(row)
    except integrations.NotReady as refusal:
        raise ValidationError({"enabled": str(refusal)}) from None
