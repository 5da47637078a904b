"""What the processes find in their environment: the person's settings, our keys, the servers' addresses."""

import os
from collections.abc import Mapping
from pathlib import Path

from happ_project.supervisor import places
from happ_project.supervisor.problems import Problem
from happ_project.supervisor.roles import Role


def read(project: Path = places.PROJECT) -> dict[str, str]:
    """The environment, completed by the project's `.env`; an empty value counts as none."""
    from dotenv import dotenv_values

    file = {key: value for key, value in dotenv_values(project / ".env").items() if value}
    return {**file, **{key: value for key, value in os.environ.items() if value}}


def port(settings: Mapping[str, str]) -> int:
    """The port to serve on."""
    given = settings.get("PORT", "8000")
    if not given.isdigit() or not 0 < int(given) < 65536:
        raise Problem(f"PORT is {given!r}: set it to a number between 1 and 65535.")
    return int(given)


def for_processes(
    settings: Mapping[str, str], *, data: Path, keys: Mapping[str, str], addresses: Mapping[str, str], roles: list[Role]
) -> dict[str, str]:
    """Everything the Django processes need."""
    return {
        "MALLOC_ARENA_MAX": "2",  # many threads would otherwise each keep freed memory of their own
        **keys,
        **settings,
        **addresses,
        "HAPP_DATA_DIR": str(data),
        "PORT": str(port(settings)),
        "EXPECTED_ROLES": ",".join(role.name for role in roles if role.beats),
        "DJANGO_SETTINGS_MODULE": "happ_project.settings",
        "PYTHONUNBUFFERED": "1",
    }


def host_name(settings: Mapping[str, str]) -> str:
    """A host name the product answers to, for asking it how it is."""
    public = settings.get("PUBLIC_URL", "").partition("://")[2].partition("/")[0]
    allowed = [name.strip() for name in settings.get("ALLOWED_HOSTS", "").split(",")]
    return next((name for name in [public, *allowed] if name and "*" not in name), "127.0.0.1")
