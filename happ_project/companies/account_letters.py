"""What we write to people about their own account; named as allauth names the occasion."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from happ_project.core.letters import Letter


def _page(name: str) -> str:
    return settings.PUBLIC_URL + reverse(name)


def _ignore() -> str:
    return _("If it was not you, ignore this mail: nothing happens.")


def confirmation(email: str, told: Mapping[str, Any]) -> Letter:
    """The address is theirs once they open the link."""
    return Letter(
        subject=_("Confirm your e-mail address"),
        lines=(
            _("Somebody, probably you, signed up for Happ with the address %s.") % email,
            _("Open this link to confirm that it is yours. After that you can connect channels and invite people:"),
        ),
        link=told["activate_url"],
        label=_("Confirm the address"),
        closing=_ignore(),
    )


def password_reset(email: str, told: Mapping[str, Any]) -> Letter:
    return Letter(
        subject=_("A new password for Happ"),
        lines=(
            _("Somebody, probably you, asked for a new password for %s.") % email,
            _("Open this link to choose one. It works once:"),
        ),
        link=told["password_reset_url"],
        label=_("Choose a password"),
        closing=_("If it was not you, ignore this mail: your password stays as it is."),
    )


def no_account(email: str, told: Mapping[str, Any]) -> Letter:
    """Somebody asked for a new password for an address that has no account."""
    return Letter(
        subject=_("There is no account with this address"),
        lines=(
            _("Somebody, probably you, asked for a new password for %s, but Happ has no account with it.") % email,
            _("You may have used another address. Or you sign up:"),
        ),
        link=_page("account_signup"),
        label=_("Sign up"),
        closing=_ignore(),
    )


LETTERS: Mapping[str, Callable[[str, Mapping[str, Any]], Letter]] = {
    "email_confirmation": confirmation,
    "email_confirmation_signup": confirmation,
    "password_reset_key": password_reset,
    "unknown_account": no_account,
}
