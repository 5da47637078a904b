"""What reception tells the house."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class CompanyCreated:
    """A company has come into being; published inside its scope and its transaction."""

    company_id: UUID


@dataclass(frozen=True)
class CompanySwitched:
    """Staff has closed or opened a company; published inside its scope and the transaction."""

    company_id: UUID
    is_open: bool


@dataclass(frozen=True)
class MemberLeft:
    """A person is no longer a member; published inside the company's scope and the transaction."""

    company_id: UUID
    user_id: UUID
