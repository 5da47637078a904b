"""The port the product is reached at, opened before anything starts: a restart of the web process refuses nobody."""

import errno
import ipaddress
import os
import socket
from collections.abc import Mapping

from happ_project.supervisor.problems import Problem

DEFAULT = "127.0.0.1"


def host(settings: Mapping[str, str]) -> str:
    """The address of this machine to listen at (`HAPP_BIND`)."""
    given = settings.get("HAPP_BIND", DEFAULT)
    try:
        return str(ipaddress.ip_address(given.strip("[]")))
    except ValueError:
        raise Problem(
            f"HAPP_BIND is {given!r}: set it to an address of this machine, or 0.0.0.0 for all of them."
        ) from None


def at(address: str, port: int) -> socket.socket:
    """A listening socket, or a `Problem` that says what to do."""
    listening = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((address, port))
        listening.listen(512)
    except OSError as error:
        listening.close()
        raise Problem(_advice(error, address, port)) from None
    return listening


def _advice(error: OSError, address: str, port: int) -> str:
    if isinstance(error, PermissionError):
        return f"Port {port} is reserved for root: set PORT to one above 1023."
    if error.errno == errno.EADDRINUSE:
        free = port + 1 if port < 65535 else port - 1
        return f"Port {port} is in use by another program: stop that, or choose another: PORT={free} make run"
    return f"Cannot listen at {address} ({os.strerror(error.errno or 0)}): set HAPP_BIND to an address of this machine."


def reached_at(listening: socket.socket) -> tuple[str, int]:
    """Where a browser or a check on this machine finds it."""
    address, port = listening.getsockname()[:2]
    everywhere = {"0.0.0.0": DEFAULT, "::": "::1"}  # noqa: S104 - names what is shown instead
    return everywhere.get(address, address), port


def url(listening: socket.socket) -> str:
    """The address to open on this machine."""
    address, port = reached_at(listening)
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"
