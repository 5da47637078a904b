"""What daphne serves: HTTP through Django's WSGI handler in threads, WebSockets through Channels."""

# ruff: noqa: E402 - Django has to be set up before anything that reads settings or models is imported

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "happ_project.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

wsgi = get_wsgi_application()  # loads the apps; what follows needs them

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import re_path

from happ_project import bridge, urls

MULTIPART_ROOM = 1024 * 1024  # what a form adds around the largest file


async def refuse_socket(scope: bridge.Scope, receive: bridge.Receive, send: bridge.Send) -> None:
    """Nothing listens at this address."""
    await receive()
    await send({"type": "websocket.close", "code": 4404})


http = bridge.WsgiBridge(
    wsgi,
    threads=settings.WEB_THREADS,
    largest_body=settings.LARGEST_UPLOAD + MULTIPART_ROOM,
    largest_form=settings.LARGEST_DOCUMENT + MULTIPART_ROOM,
    large_forms=("/api/assistant-knowledge", "/assistants/"),  # documents
)
# Whose pages may open a socket is the consumers' question: the widget's allowed origins differ by integration.
sockets = URLRouter([*urls.websocket_urlpatterns, re_path(r"", refuse_socket)])  # type: ignore[arg-type]
application = ProtocolTypeRouter({"http": http, "websocket": AuthMiddlewareStack(sockets)})
