"""`python -m happ_project.supervisor`: `up` starts the whole product, `manage` runs a command of Django on its data,
`exec` runs any command with private servers.
"""

import argparse
import os
import signal
import sys
from pathlib import Path

from happ_project.supervisor import processes
from happ_project.supervisor.problems import Problem


def main(arguments: list[str]) -> int:
    """Parse the command line and do it; a problem becomes one sentence and exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m happ_project.supervisor", description=__doc__)
    commands = parser.add_subparsers(dest="action", required=True)
    temporary = commands.add_parser("exec", help="run a command with private PostgreSQL and Valkey")
    temporary.add_argument("--data", type=Path, help="keep the data here instead of in a temporary directory")
    temporary.add_argument("--durable", action="store_true", help="write as safely as in production")
    temporary.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    managing = commands.add_parser("manage", help="run a command of Django on the product's data, running or not")
    managing.add_argument("arguments", nargs=argparse.REMAINDER, metavar="COMMAND")
    whole = commands.add_parser("up", help="start the whole product")
    whole.add_argument("--with-parent", action="store_true", help="stop when the process that started us ends")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.action == "up":
            from happ_project.supervisor import up

            if chosen.with_parent:
                processes.die_with(os.getppid(), signal.SIGTERM)
            return up.run()
        if chosen.action == "manage":
            from happ_project.supervisor import managing as django

            return django.run(chosen.arguments)
        from happ_project.supervisor import temporary as running

        command = chosen.command[1:] if chosen.command[:1] == ["--"] else chosen.command
        if not command:
            parser.error("exec needs a command")
        return running.run(command, data=chosen.data, durable=chosen.durable)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    except OSError as error:
        if error.filename is None:
            raise
        print(
            f"{error.filename}: {error.strerror}. Correct that, or set HAPP_DATA_DIR to another place.", file=sys.stderr
        )
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
