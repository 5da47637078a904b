"""`/widget/v1.js`: what a page embeds. One address for ever, so that pages need not change with our releases."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

_SCRIPT = Path(settings.BASE_DIR) / "happ_project" / "static" / "widget" / "v1.js"


@functools.cache
def _script() -> tuple[bytes, str]:
    content = _SCRIPT.read_bytes()
    return content, f'"{hashlib.sha256(content).hexdigest()[:20]}"'


@gzip_page
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Asked again after five minutes, so that a new version reaches every page within them."""
    content, tag = _script()
    known = request.headers.get("If-None-Match", "").removeprefix("W/") == tag
    response = HttpResponse(b"" if known else content, content_type="text/javascript; charset=utf-8")
    response.status_code = 304 if known else 200
    response["ETag"] = tag
    response["Cache-Control"] = "public, max-age=300"
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
