#!/usr/bin/env python
"""Django's command line for Happ; `make manage ARGS="…"` runs it with the settings of the product."""

import os
import sys


def main() -> None:
    """Run the command; settings that are missing or wrong are told in sentences."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "happ_project.settings")
    from django.core.management import execute_from_command_line
    from pydantic import ValidationError

    from happ_project import env

    try:
        env.load()
    except ValidationError as error:
        instead = f'To use the settings of the product that runs here: make manage ARGS="{" ".join(sys.argv[1:])}"'
        sys.exit("\n".join([*env.complaints(error), instead]))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
