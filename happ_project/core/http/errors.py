"""What can go wrong with a request to elsewhere: a closed set, cut by what it says about delivery."""

from __future__ import annotations


class HttpError(Exception):
    """Common ancestor; the text names the host, never path, query or headers, because they may hold secrets."""


class ConnectFailed(HttpError):
    """Surely not sent: no address, no connection, no TLS."""


class TimedOut(HttpError):
    """Sent, at least in part, and no complete answer in time: nobody knows whether it was carried out."""


class Broken(HttpError):
    """Sent, at least in part, and the connection or the answer broke: nobody knows whether it was carried out."""


class TooLarge(HttpError):
    """The answer is larger than we take; the request was carried out."""


class Refused(HttpError):
    """Never sent: not an address that we go to (another scheme, a private network, a redirect to one)."""


class TransactionOpen(RuntimeError):
    """A programming error: a request while a database transaction is open would hold its locks over the network."""
