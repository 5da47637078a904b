"""`manage`: a command of Django on the product's own data, whether the product runs at the moment or not."""

import os
import sys

from happ_project.supervisor import environment, places, servers, temporary
from happ_project.supervisor.problems import Problem


def run(arguments: list[str]) -> int:
    """Run `manage.py` with these arguments and return its exit code."""
    os.environ.update(environment.read())
    data = places.default_data()
    command = [sys.executable, str(places.PROJECT / "manage.py"), *arguments]
    if not os.environ.get("DATABASE_URL") and not (data / "postgres").is_dir():
        raise Problem(f"There are no data in {data} yet: start Happ once (`make run`), or set HAPP_DATA_DIR.")
    if not places.is_running(data):
        return temporary.run_in(data, command, durable=True)
    where = places.prepare(data)
    addresses = {variable: server.url for variable, server in servers.needed(where, os.environ).items()}
    keys = {key: value for key, value in places.secrets_for(data).items() if not os.environ.get(key)}
    return temporary.run_command(command, {**os.environ, **keys, **addresses, "HAPP_DATA_DIR": str(data)})
