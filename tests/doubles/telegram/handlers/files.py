"""Upload and download."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from telethon.tl import types
from telethon.tl.functions import upload

from tests.doubles.telegram.tl import Result

from .base import Handlers, answers

if TYPE_CHECKING:
    from tests.doubles.telegram.connection import Connection


class FileHandlers(Handlers):
    """Upload and download."""

    @answers(upload.SaveFilePartRequest, upload.SaveBigFilePartRequest)
    def save_part(self, connection: Connection, request: Any) -> Result:
        self.files.save_part(request.file_id, request.file_part, request.bytes)
        return bool(connection.account)

    @answers(upload.GetFileRequest)
    def get_file(self, connection: Connection, request: Any) -> Result:
        assert connection.account
        data = self.files.read(request.location, request.offset, request.limit)
        return types.upload.File(types.storage.FileUnknown(), mtime=0, bytes=data)
