"""News of the mind."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class DocumentIndexed:
    """A document can be found now, or could not be read: then `error` says why."""

    company_id: UUID
    assistant_id: UUID
    document_id: UUID
    error: str = ""
