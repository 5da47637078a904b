"""Which network addresses a URL that somebody typed may lead to: public ones, and those the operator listed."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from happ_project.core.text import gettext_noop as _

_allowed: frozenset[tuple[str, int]] = frozenset()


def allow_private(entries: Iterable[str]) -> None:
    """Replace the exceptions by these, each `host:port` as it stands in the URL (`[::1]:80` for IPv6)."""
    global _allowed
    _allowed = frozenset(_parse(entry.strip()) for entry in entries if entry.strip())


def is_allowed(host: str, port: int) -> bool:
    """Did the operator let this host and port through, whatever it resolves to?"""
    return (host.lower().strip("[]"), port) in _allowed


def is_exempt(url: str) -> bool:
    """`is_allowed` for a whole URL; one that cannot be read is not."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return False
    return is_allowed(parts.hostname or "", port)


def is_public(address: str) -> bool:
    """Is it an address of the open internet? Addresses that carry another one inside count as that one."""
    ip = ipaddress.ip_address(address.strip("[]").partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        # ::a.b.c.d, 6to4 and Teredo may be routed to the IPv4 network behind us
        elif ip.is_reserved or ip.sixtofour is not None or ip.teredo is not None:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _leads_inside(url: str) -> bool:
    """Whether a URL names an address of a private network itself; where a name leads shows only when it is called."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    if is_exempt(url):
        return False
    try:
        return not is_public(host)
    except ValueError:  # a name
        return host == "localhost" or host.endswith(".localhost")


def problem_with(url: str) -> str:
    """Why a URL that a company typed cannot be called, in English and marked for translation; "" if it can be tried."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or not url.isprintable() or " " in url:
        return _("This is no address of a server.")
    if parts.scheme != "https" and not is_exempt(url):
        return _("The address must begin with https://")
    if _leads_inside(url):
        return _("We do not call this address: it leads into a private network.")
    return ""


def _parse(entry: str) -> tuple[str, int]:
    host, separator, port = entry.rpartition(":")
    if not separator or not host or not port.isdigit():
        raise ValueError(f"not host:port: {entry!r}")
    return host.lower().strip("[]"), int(port)
