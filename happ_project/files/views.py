"""Serving a stored file to whoever holds its signed address."""

from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from happ_project.core import clock, tenancy
from happ_project.files import ranges, services
from happ_project.files.models import StoredFile

# what a browser shows without running anything in it; SVG and HTML are not among them
SHOWN_INLINE = {
    "image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/bmp",
    "audio/mpeg", "audio/ogg", "audio/aac", "audio/mp4", "audio/webm", "audio/x-m4a", "audio/m4a", "audio/x-wav",
    "audio/amr",
    "video/mp4", "video/webm", "video/quicktime",
}  # fmt: skip


@require_safe
def serve(request: HttpRequest, file_id: UUID, signature: str, name: str) -> HttpResponseBase:
    """404 for a forged or expired address, so that it says nothing about what exists."""
    claim = services.check_signature(file_id, signature)
    if claim is None:
        raise Http404
    company_id, expires = claim
    with tenancy.company_scope(UUID(company_id)):
        file = StoredFile.objects.filter(pk=file_id).first()
        if file is None:
            raise Http404
        return _answer(request, file, seconds=max(expires - int(clock.now().timestamp()), 0))


def _answer(request: HttpRequest, file: StoredFile, *, seconds: int) -> HttpResponseBase:
    tag = f'"{file.sha256[:32]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": f"private, max-age={seconds}, immutable",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers=headers)
    try:
        content = services.open(file)
    except FileNotFoundError:
        raise Http404 from None
    inline = file.mime in SHOWN_INLINE
    shown_as = file.mime if inline else "application/octet-stream"
    wanted = ranges.wanted(request, size=file.size, tag=tag)
    if wanted is ranges.OUTSIDE:
        content.close()
        return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{file.size}"})
    answer = FileResponse(
        ranges.cut(content, wanted) if wanted else content,
        as_attachment=not inline,
        filename=file.name or "file",
        content_type=shown_as,
        headers={**headers, "Accept-Ranges": "bytes"},
    )
    if wanted:
        answer.status_code = 206
        answer["Content-Length"] = str(len(wanted))
        answer["Content-Range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{file.size}"
    return answer
