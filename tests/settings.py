"""The settings of the tests: the real ones, quicker, and away from anybody's data."""

import atexit
import shutil
import tempfile
from pathlib import Path

from happ_project.settings import *  # noqa: F403

DATA_DIR = Path(tempfile.mkdtemp(prefix="happ-tests-"))
atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)

DEBUG = False
OPENAI_API_KEY = OPENAI_BASE_URL = OPENAI_MODEL = OPENAI_EMBEDDING_MODEL = ""  # whatever a developer has in .env
ADDRESS_KEPT_SECONDS = 0.0
EXPECTED_ROLES: list[str] = []
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA_DIR / "files"}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir()
PUBLIC_URL = "https://happ.test"
