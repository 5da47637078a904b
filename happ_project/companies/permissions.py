"""Who may do what in a company: members do the daily work, the owner decides about people, keys and settings."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from happ_project.companies.models import Membership

_MAKE_ASSISTANTS = frozenset({Membership.Role.OWNER, Membership.Role.MEMBER})
"""Roles by name: one that is added some day may nothing until it is named."""


def is_owner(membership: Membership | None) -> bool:
    return membership is not None and membership.role == Membership.Role.OWNER


def require_owner(membership: Membership | None) -> None:
    """Raises `PermissionDenied` for a member; what a member may do is everything but this."""
    if not is_owner(membership):
        raise PermissionDenied(_("Only the owner of the company may do this. Ask them."))


def require_maker(membership: Membership | None) -> None:
    """Raises `PermissionDenied` for who may not make assistants in the company, be it new ones or copies."""
    if membership is None or membership.role not in _MAKE_ASSISTANTS or not membership.company.is_open:
        raise PermissionDenied(_("You may not make assistants in this company. Ask its owner."))
