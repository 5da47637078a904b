"""The one settings file; what differs between machines comes from the environment (`env.py`, `.env.example`)."""

import warnings
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path

from csp.constants import SELF
from django.utils.translation import gettext_lazy as _

from happ_project import env, server_addresses

ENV = env.load()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(ENV.happ_data_dir).resolve()

IS_PRODUCTION = ENV.is_production
DEBUG = ENV.happ_debug and not IS_PRODUCTION
SECRET_KEY = ENV.secret_key
ENCRYPTION_KEYS = env.entries(ENV.happ_encryption_keys)
PUBLIC_URL = ENV.public_url or f"http://127.0.0.1:{ENV.port}"
ALLOWED_HOSTS = env.entries(ENV.allowed_hosts) or ([] if IS_PRODUCTION else ["*"])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "happ_project.core.admin_config.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "django_cotton",
    "csp",
    "happ_project.apps.HappConfig",
    "happ_project.core",
    "happ_project.companies",
    "happ_project.files",
    "messengers",
    "assistants",
    "integrations",
    "conversations",
]

MIDDLEWARE = [
    "happ_project.core.proxies.ClientAddress",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "happ_project.core.dashboard.middleware.FromActionsToPages",
    "happ_project.core.dashboard.middleware.NoRoomForMore",
    "django_htmx.middleware.HtmxMiddleware",
    "happ_project.companies.middleware.CurrentCompany",
]

ROOT_URLCONF = "happ_project.urls"
WSGI_APPLICATION = None
ASGI_APPLICATION = "happ_project.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "happ_project.core.dashboard.context.shell",
            ],
        },
    }
]
COTTON_DIR = "components"


# --- data -------------------------------------------------------------------------------------------------------------


DATABASES = {"default": server_addresses.database(ENV.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


REDIS_BROKER_URL = server_addresses.redis(ENV.redis_url, 1)
REDIS_STATE_URL = server_addresses.redis(ENV.redis_url, 4)
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            # the layer waits five seconds for the next message; redis-py's own limit of five would end idle sockets
            "hosts": [{"address": server_addresses.redis(ENV.redis_url, 2), "socket_timeout": 20}],
            "capacity": 500,
            "expiry": 30,
            "prefix": "happ",
        },
    }
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": server_addresses.redis(ENV.redis_url, 3),
    }
}

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA_DIR / "files"}},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if IS_PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
if not IS_PRODUCTION:
    warnings.filterwarnings("ignore", message="No directory at")  # there is none: nothing is collected then
WHITENOISE_USE_FINDERS = not IS_PRODUCTION  # a first try need not wait until everything is collected and compressed
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "happ_project" / "static"]
FILE_URL_SECONDS = 7 * 24 * 3600
LARGEST_UPLOAD = 16 * 1024 * 1024
LARGEST_DOCUMENT = 50 * 1024 * 1024  # of knowledge
DATA_UPLOAD_MAX_MEMORY_SIZE = LARGEST_UPLOAD
WEB_THREADS = ENV.web_threads
TRUSTED_PROXIES = ENV.happ_trusted_proxies


# --- work -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Queue:
    """How many rows of a Celery queue may be offered and not taken yet, after how long they are offered again, and over
    how many tasks is spread what falls due at once (0: one for each row, which may wait for a model or a messenger)."""

    depth: int
    offer_seconds: int = 10
    spread: int = 0


JOB_QUEUES = {
    # a row behind one that waits for its files is offered again soon, and another thread takes it
    "inbound": Queue(depth=64, offer_seconds=5, spread=2),
    "ai": Queue(depth=40, offer_seconds=30),
    "outbound": Queue(depth=60),
    "webhooks": Queue(depth=16),  # a slow receiver has the others of its company put off, and their tasks are in vain
    "knowledge": Queue(depth=10, offer_seconds=30),
}

CELERY_BROKER_URL = server_addresses.broker(ENV.redis_url, 1)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "webhooks"  # of the chores, which name none: a queue without a worker runs nothing
CELERY_TASK_ACKS_LATE = False  # the job row is the truth; a lost task is offered again
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True  # of late acknowledgement, which none of ours has
# and so nothing is noted in Redis of tasks that a worker holds, which cost it a third of its work with each of them
CELERY_BROKER_TRANSPORT_OPTIONS = {"ack_emulation": False}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
ADDRESS_KEPT_SECONDS = 1.0  # for how long a web process trusts what it knows of a webhook's address
EXPECTED_ROLES = env.entries(ENV.expected_roles)


# --- people -----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "companies.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "happ_project.companies.accounts_adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000 if IS_PRODUCTION else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "frame-ancestors": ["'none'"],
        "form-action": [SELF],
        "base-uri": [SELF],
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("uk", _("Ukrainian"))]
LOCALE_PATHS = [BASE_DIR / "happ_project" / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"


# --- interface for programs -------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "happ_project.companies.authentication.AccessTokenAuthentication",
        "happ_project.companies.authentication.JwtAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser", "rest_framework.parsers.MultiPartParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "happ_project.core.api.errors.handle",
    "UNAUTHENTICATED_USER": None,
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=30),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "USER_ID_FIELD": "id",
    "CHECK_REVOKE_TOKEN": True,  # a changed password ends every sign-in
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Happ API",
    "VERSION": "1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api",
    "POSTPROCESSING_HOOKS": ["happ_project.core.api.schema.finish"],
}
# the dashboard's colour, from light to dark
_TEAL = {
    "50": "oklch(98% 0.01 196)", "100": "oklch(95% 0.025 196)", "200": "oklch(90% 0.05 196)",
    "300": "oklch(83% 0.075 196)", "400": "oklch(74% 0.095 196)", "500": "oklch(64% 0.1 196)",
    "600": "oklch(50% 0.09 196)", "700": "oklch(45% 0.08 196)", "800": "oklch(39% 0.068 196)",
    "900": "oklch(34% 0.055 196)", "950": "oklch(26% 0.045 196)",
}  # fmt: skip
UNFOLD = {
    "SITE_TITLE": "Happ",
    "SITE_HEADER": "Happ",
    "SITE_URL": "/",
    "SITE_ICON": "/static/logo.svg",
    "COLORS": {"primary": _TEAL},
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "/static/logo.svg"}],
}


# --- the world outside ------------------------------------------------------------------------------------------------

OUTBOUND_ALLOWED_PRIVATE = env.entries(ENV.outbound_allowed_private)
PROVIDER_SETTINGS = ENV.for_adapters()
PAGE_READER_NAME = "HappBot"  # what a site's robots.txt calls the reader of knowledge
PAGE_READER_USER_AGENT = f"{PAGE_READER_NAME}/1.0 (+{PUBLIC_URL})"
OPENAI_API_KEY = ENV.openai_api_key
OPENAI_BASE_URL = ENV.openai_base_url
OPENAI_MODEL = ENV.openai_model
OPENAI_EMBEDDING_MODEL = ENV.openai_embedding_model
OPENAI_SEES = ENV.openai_sees
OPENAI_TRANSCRIPTION_MODEL = ENV.openai_transcription_model
OPENAI_TRANSCRIPTION_URL = ENV.openai_transcription_url
OPENAI_TRANSCRIPTION_KEY = ENV.openai_transcription_key
OPENAI_FALLBACK_MODEL = ENV.openai_fallback_model
TRACE_DAYS = ENV.trace_days
EVENT_DAYS = ENV.event_days
MOST = ENV.bounds()


globals().update(server_addresses.email(ENV.email_url))
DEFAULT_FROM_EMAIL = ENV.default_from_email
SERVER_EMAIL = parseaddr(DEFAULT_FROM_EMAIL)[1]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "happ_project.core.logging.Line"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": ENV.log_level},
    "loggers": {
        "django.server": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        "daphne": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        "openai": {"level": "WARNING"},
        "telethon": {"level": "CRITICAL"},  # what it says below may hold phone numbers and whole requests
    },
}
