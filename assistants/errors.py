"""What may go wrong with a model: a closed set, each with one consequence for the turn."""

from assistants.types import Usage


class Unanswered(Exception):
    """A call of a model that ended without an answer."""

    usage: Usage | None = None
    """What it took all the same, as far as that is known; None where nothing is paid for."""


class Cancelled(Unanswered):
    """The turn lost its point while the model was thinking: a person stepped in, or a newer message came."""


class ModelUnavailable(Unanswered):
    """Worth another try after `retry_after` seconds (None: our own back-off)."""

    def __init__(self, reason: str = "", retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class ModelTooSlow(ModelUnavailable):
    """The server took the request, and said nothing more for as long as it had."""


class ModelRejected(Unanswered):
    """Trying again is useless: a wrong key, no quota, a refused request; the text says which."""


class BudgetSpent(ModelRejected):
    """The company has spent what it wants to spend this month; nothing that costs money is asked."""
