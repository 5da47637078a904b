"""The settings that come from the environment, typed, and refused with a sentence when they cannot be right."""

from functools import cache
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


def entries(text: str) -> list[str]:
    """The parts of a list that is written with commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


class Providers(BaseSettings):
    """What adapters may ask for: each finds these under the variable's name in its `io.settings`."""

    wasender_base_url: str = "https://www.wasenderapi.com/api"
    telegram_bot_base_url: str = "https://api.telegram.org"
    viber_bot_base_url: str = "https://chatapi.viber.com/pa"
    echat_base_url: str = "https://e-chat.tech/api/viber/v2"
    echat_seconds_between_messages: float = Field(default=1.0, ge=0)
    echat_file_field: Literal["file", "text"] = "file"
    echat_callers: str = ""
    meta_app_id: str = ""
    meta_app_secret: str = Field(default="", repr=False)
    meta_verify_token: str = Field(default="", repr=False)
    meta_config_id: str = ""
    meta_scopes: str = ""
    meta_graph_version: str = Field(default="v26.0", pattern=r"^v\d+\.\d+$")
    meta_graph_url: str = "https://graph.facebook.com"
    meta_dialog_url: str = "https://www.facebook.com"
    instagram_app_id: str = ""
    instagram_app_secret: str = Field(default="", repr=False)
    instagram_graph_url: str = "https://graph.instagram.com"
    instagram_dialog_url: str = "https://www.instagram.com"
    instagram_token_url: str = "https://api.instagram.com"  # noqa: S105 - an address
    telegram_api_id: int = 0
    telegram_api_hash: str = Field(default="", repr=False)
    telegram_test_dc: str = ""
    telegram_test_dc_key: str = ""

    def for_adapters(self) -> dict[str, Any]:
        told = {name.upper(): getattr(self, name) for name in Providers.model_fields}
        return {**told, "ECHAT_CALLERS": entries(self.echat_callers)}


class Bounds(BaseSettings):
    """How many of each one company may have (`core.allowance`); of companies one person."""

    most_companies: int = Field(default=20, ge=1)
    most_access_tokens: int = Field(default=50, ge=1)
    most_invitations: int = Field(default=200, ge=1)
    most_channels: int = Field(default=200, ge=1)
    most_webhooks: int = Field(default=20, ge=1)
    most_assistants: int = Field(default=200, ge=1)
    most_documents: int = Field(default=5_000, ge=1)
    most_gigabytes: int = Field(default=50, ge=1)

    def bounds(self) -> dict[str, int]:
        return {name.removeprefix("most_"): getattr(self, name) for name in Bounds.model_fields}


class Environment(Providers, Bounds):
    """One field per variable; `.env.example` lists them with their meaning."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore")

    happ_env: Literal["development", "production"] = "development"
    happ_debug: bool = False
    secret_key: str = Field(min_length=32, repr=False)
    happ_encryption_keys: str = Field(repr=False)
    database_url: str
    redis_url: str
    happ_data_dir: str = "./var"
    public_url: str = ""
    port: int = 8000
    allowed_hosts: str = ""
    email_url: str = ""
    default_from_email: str = "Happ <no-reply@localhost>"
    web_threads: int = 8
    happ_trusted_proxies: int = Field(default=0, ge=0)
    log_level: str = "INFO"
    expected_roles: str = ""
    happ_demo_password: str = Field(default="", repr=False)
    outbound_allowed_private: str = ""

    openai_api_key: str = Field(default="", repr=False)
    openai_base_url: str = ""
    openai_model: str = ""
    openai_embedding_model: str = ""
    openai_sees: bool = True
    openai_transcription_model: str = ""
    openai_transcription_url: str = ""
    openai_transcription_key: str = Field(default="", repr=False)
    openai_fallback_model: str = ""
    trace_days: int = Field(default=30, ge=1)
    event_days: int = Field(default=90, ge=1)

    @field_validator(
        "public_url",
        "openai_base_url",
        "openai_transcription_url",
        "wasender_base_url",
        "telegram_bot_base_url",
        "viber_bot_base_url",
        "echat_base_url",
        "meta_graph_url",
        "meta_dialog_url",
        "instagram_graph_url",
        "instagram_dialog_url",
        "instagram_token_url",
    )
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must be an address that begins with https:// (or http:// in development)")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _is_a_database(cls, value: str) -> str:
        if not value.startswith(("postgresql://", "postgres://")):
            raise ValueError("must be an address like postgresql://user:password@host:5432/name")
        return value

    @field_validator("redis_url")
    @classmethod
    def _is_a_redis(cls, value: str) -> str:
        if not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must be an address like redis://:password@host:6379 (rediss:// with TLS)")
        return value

    @model_validator(mode="after")
    def _is_fit_for_production(self) -> "Environment":
        if self.is_production:
            if not self.public_url.startswith("https://"):
                raise ValueError("PUBLIC_URL: production needs the https:// address under which messengers reach Happ")
            if self.telegram_test_dc:
                raise ValueError("TELEGRAM_TEST_DC: another Telegram than the real one is for tests only")
            if not self.allowed_hosts:
                raise ValueError("ALLOWED_HOSTS: production needs the host names that Happ answers to")
            _check_keys(self.happ_encryption_keys)
        return self

    @property
    def is_production(self) -> bool:
        return self.happ_env == "production"


def _check_keys(text: str) -> None:
    """Better now than when the first credential is to be kept."""
    from cryptography.fernet import Fernet

    try:
        made = [Fernet(key) for key in entries(text)]
    except ValueError:
        made = []
    if not made:
        raise ValueError(
            "HAPP_ENCRYPTION_KEYS: each is 32 bytes in URL-safe base64, as Fernet.generate_key() makes them"
        )


@cache
def load() -> Environment:
    """Read the environment once; raises pydantic's `ValidationError`, which names the variable."""
    return Environment()


def complaints(error: ValidationError) -> list[str]:
    """What is wrong with the settings, a sentence each, for the person who set them."""
    return [_complaint(wrong["type"], wrong["loc"], wrong["msg"]) for wrong in error.errors()]


def _complaint(kind: str, place: tuple[int | str, ...], said: str) -> str:
    name, said = ".".join(map(str, place)).upper(), said.removeprefix("Value error, ")
    if kind == "missing":
        return f"{name} is not set."
    return f"{name}: {said}" if name else said
