"""The pair of tokens that a person's program signs in with: a short one to act, a long one to renew both.

The refresh token is kept by its id only, so that the database holds nothing that signs anybody in.
"""

from dataclasses import dataclass
from typing import Self

from django.db import transaction
from rest_framework_simplejwt import tokens
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.utils import datetime_from_epoch, get_md5_hash_password

from happ_project.companies.models import User


class Refused(Exception):
    """The refresh token is unknown, used, expired, or its user may no longer sign in."""


class RefreshToken(tokens.RefreshToken):
    """simplejwt's, but the row that remembers it does not hold it."""

    @classmethod
    def for_user(cls, user: User) -> Self:  # type: ignore[override]
        token = super(tokens.BlacklistMixin, cls).for_user(user)
        OutstandingToken.objects.create(
            user=user,
            jti=token[api_settings.JTI_CLAIM],
            token="",
            created_at=token.current_time,
            expires_at=datetime_from_epoch(token["exp"]),
        )
        return token


@dataclass(frozen=True)
class Pair:
    access: str
    refresh: str

    expires_in: str = "15m"

    def __repr__(self) -> str:
        return "<Pair of tokens>"


def issue(user: User) -> Pair:
    """A new pair for a user who has just shown who they are."""
    return _pair(RefreshToken.for_user(user))


@transaction.atomic
def refresh(plain: str) -> Pair:
    """A new pair for a refresh token, which is used up by that; raises `Refused`."""
    try:
        token = RefreshToken(plain)  # type: ignore[arg-type]
    except TokenError:
        raise Refused from None
    row = OutstandingToken.objects.select_related("user").filter(jti=token[api_settings.JTI_CLAIM]).first()
    user = row.user if row else None
    if row is None or user is None or not user.is_active:
        raise Refused
    if token.get(api_settings.REVOKE_TOKEN_CLAIM) != get_md5_hash_password(user.password):
        raise Refused
    _used, first = BlacklistedToken.objects.get_or_create(token=row)
    if not first:
        raise Refused
    return _pair(RefreshToken.for_user(user))


def _pair(token: RefreshToken) -> Pair:
    minutes = int(api_settings.ACCESS_TOKEN_LIFETIME.total_seconds() // 60)
    return Pair(access=str(token.access_token), refresh=str(token), expires_in=f"{minutes}m")
