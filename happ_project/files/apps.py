"""The cellar store: files and their signed addresses."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "happ_project.files"
    label = "files"
