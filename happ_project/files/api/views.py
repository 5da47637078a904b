"""Files in the REST API: uploaded once, then named by id in messages and knowledge."""

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from happ_project.core.api.serializers import Serializer
from happ_project.core.api.views import CompanyAPIView
from happ_project.files import services as files


class Upload(Serializer):
    file = serializers.FileField()


class FileShape(Serializer):
    id = serializers.UUIDField(help_text="Give it as `fileId`.")
    name = serializers.CharField()
    mime = serializers.CharField(help_text="What the content is, whatever its name says.")
    size = serializers.IntegerField(help_text="In bytes.")
    url = serializers.CharField(help_text="Signed; works for some days.")


class Files(CompanyAPIView):
    parser_classes = (MultiPartParser,)

    @extend_schema(operation_id="uploadFile", tags=["files"], request=Upload, responses={201: FileShape})
    def post(self, request: Request) -> Response:
        """Upload a file as `multipart/form-data`, in the field `file`."""
        sent = request.FILES.get("file")
        if not isinstance(sent, UploadedFile):
            raise ValidationError({"file": _("Choose a file: send it as multipart/form-data in the field file.")})
        try:
            file = files.store(sent.read(), name=sent.name or "", mime=sent.content_type)
        except files.Unacceptable as refusal:
            raise ValidationError({"file": str(refusal)}) from None
        shown = {"id": file.pk, "name": file.name, "mime": file.mime, "size": file.size, "url": files.signed_url(file)}
        return Response(FileShape(shown).data, status=201)
