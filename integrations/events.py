"""The news of this room; `happ_project/subscriptions.py` says who hears it."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationSwitched:
    """An integration was switched on or off by a person."""

    company_id: UUID
    integration_id: UUID
    enabled: bool
