"""What the operator's environment becomes: refused in a sentence, or what Django, Celery and the adapters take."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet
from pydantic import ValidationError

from happ_project import env, server_addresses

GIVEN: dict[str, Any] = {
    "happ_env": "production",
    "secret_key": "a secret of more than thirty-two characters",
    "happ_encryption_keys": Fernet.generate_key().decode(),
    "database_url": "postgresql://happ@db/happ",
    "redis_url": "redis://redis:6379",
    "public_url": "https://happ.example",
    "allowed_hosts": "happ.example",
}
ANOTHER_KEY = Fernet.generate_key().decode()


def read(**changed: Any) -> env.Environment:
    return env.Environment(_env_file=None, **GIVEN | changed)


@pytest.mark.parametrize("keys", ["none", "", " , ", "AAAA,short"])
def test_production_does_not_start_with_a_key_that_encrypts_nothing(keys: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        read(happ_encryption_keys=keys)

    assert [told.partition(":")[0] for told in env.complaints(refusal.value)] == ["HAPP_ENCRYPTION_KEYS"]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"database_url": "nonsense"}, "DATABASE_URL"),
        ({"database_url": "mysql://happ@db/happ"}, "DATABASE_URL"),
        ({"redis_url": "http://redis:6379"}, "REDIS_URL"),
        ({"redis_url": "redis:6379"}, "REDIS_URL"),
    ],
)
def test_an_address_of_a_server_that_cannot_be_one_is_refused(wrong: dict[str, str], named: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        read(**wrong)

    (told,) = env.complaints(refusal.value)
    assert told.startswith(f"{named}: must be an address like ")


def test_several_keys_are_a_rotation() -> None:
    known = GIVEN["happ_encryption_keys"]

    assert env.entries(read(happ_encryption_keys=f"{ANOTHER_KEY}, {known},").happ_encryption_keys) == [
        ANOTHER_KEY,
        known,
    ]


def test_adapters_are_given_what_is_theirs_and_nothing_else() -> None:
    told = read(
        echat_callers="192.0.2.0/24, 198.51.100.0/24", wasender_base_url="https://w.example/api/"
    ).for_adapters()

    assert told["ECHAT_CALLERS"] == ["192.0.2.0/24", "198.51.100.0/24"]
    assert told["WASENDER_BASE_URL"] == "https://w.example/api"
    assert not {"SECRET_KEY", "HAPP_ENCRYPTION_KEYS", "DATABASE_URL", "OPENAI_API_KEY"} & told.keys()


@pytest.mark.parametrize(
    ("url", "redis", "broker"),
    [
        ("unix:///run/valkey.sock", "unix:///run/valkey.sock?db=3", "redis+socket:///run/valkey.sock?virtual_host=3"),
        ("redis://redis:6379/", "redis://redis:6379/3", "redis://redis:6379/3"),
        ("redis://redis:6379/0", "redis://redis:6379/3", "redis://redis:6379/3"),
        ("rediss://:p%2Fw@redis", "rediss://:p%2Fw@redis/3", "rediss://:p%2Fw@redis/3"),
    ],
)
def test_each_part_has_a_numbered_database_of_redis(url: str, redis: str, broker: str) -> None:
    assert (server_addresses.redis(url, 3), server_addresses.broker(url, 3)) == (redis, broker)


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("postgresql://u%40x:p%2Fw@db:6000/happ", {"USER": "u@x", "PASSWORD": "p/w", "HOST": "db", "PORT": "6000"}),
        ("postgresql://happ@/happ?host=/run/pg", {"USER": "happ", "PASSWORD": "", "HOST": "/run/pg", "PORT": ""}),
    ],
)
def test_a_database_is_named_in_one_line(url: str, wanted: dict[str, str]) -> None:
    told = server_addresses.database(url)

    assert {name: told[name] for name in wanted} == wanted
    assert told["NAME"] == "happ"


@pytest.mark.parametrize(
    ("url", "port", "ssl", "tls"),
    [
        ("smtps://u:p@mail.example", 465, True, False),
        ("smtp://u:p@mail.example", 587, False, True),
        ("smtp://mail.example:25", 25, False, False),
    ],
)
def test_a_mail_server_is_spoken_to_as_its_address_says(url: str, port: int, ssl: bool, tls: bool) -> None:
    told = server_addresses.email(url)

    assert (told["EMAIL_PORT"], told["EMAIL_USE_SSL"], told["EMAIL_USE_TLS"]) == (port, ssl, tls)
