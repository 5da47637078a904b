"""The event feed: catching up by cursor, for programs that were away or prefer to ask."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from happ_project.core.api.serializers import read
from happ_project.core.api.views import CompanyAPIView
from integrations import selectors, types
from integrations.api import serializers as shapes
from integrations.services import event_log


class Events(CompanyAPIView):
    @extend_schema(
        operation_id="getEvents", tags=["events"], parameters=[shapes.EventFilters], responses=shapes.EventFeed
    )
    def get(self, request: Request) -> Response:
        """What happened after a cursor, oldest first; nothing is ever skipped.

        Without `after` you get no events and the cursor of now: begin there. When fewer than `take` come, you have
        caught up.
        """
        wanted = read(shapes.EventFilters, request.query_params)
        if "after" not in wanted:
            return Response({"data": [], "cursor": selectors.latest_event_id()})
        kinds = [name.strip() for name in wanted.get("types", "").split(",") if name.strip()]
        unknown = [name for name in kinds if name not in types.ALL]
        if unknown:
            raise ValidationError({"types": _("Unknown: %(names)s.") % {"names": ", ".join(unknown)}})
        found = selectors.events_after(wanted["after"], types=kinds, take=wanted["take"])
        cursor = found[-1].pk if found else wanted["after"]
        return Response({"data": [event_log.as_json(event) for event in found], "cursor": cursor})
