"""The database engine of `settings.DATABASES`: Django's for PostgreSQL, which asks less often whether it is there."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is looked at before each request and each task without a question to the server."""

    def is_usable(self) -> bool:
        """A server that ends, or ends this connection, says so or closes: then there is something to be read.

        Where nothing is, a `SELECT 1` could only tell what the statement behind it tells as well; it was every sixth
        of all our transactions.
        """
        if self.connection is not None and not self.errors_occurred and not self.connection.closed:
            poll = select.poll()
            poll.register(self.connection.fileno(), select.POLLIN)
            if not poll.poll(0):
                return True
        return bool(super().is_usable())
