"""What allauth asks us: where the links in its mails lead, and how a mail is sent outside of a request."""

from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, override

from happ_project.companies import account_letters
from happ_project.companies.models import LANGUAGES, User
from happ_project.companies.services import mails


class AccountAdapter(DefaultAccountAdapter):
    """Links are built on `PUBLIC_URL`, never on the request's host, which a stranger chooses."""

    def new_user(self, request: HttpRequest) -> Any:
        """Who signs up reads the language of the page they did it on."""
        user = super().new_user(request)
        language = get_language() or ""
        user.language = language if language in dict(LANGUAGES) else user.language
        return user

    def get_email_confirmation_url(self, request: HttpRequest | None, emailconfirmation: Any) -> str:
        return settings.PUBLIC_URL + reverse("account_confirm_email", args=[emailconfirmation.key])

    def get_reset_password_from_key_url(self, key: str) -> str:
        return settings.PUBLIC_URL + urlsplit(super().get_reset_password_from_key_url(key)).path

    def send_mail(self, template_prefix: str, email: str, extra: dict[str, Any]) -> None:
        """Ours in our words; whatever else allauth may come to write, in its own. A worker sends them."""
        kind, user = template_prefix.rpartition("/")[2], extra.get("user")
        with override(user.language if isinstance(user, User) else get_language()):
            if kind in account_letters.LETTERS:
                mails.write(account_letters.LETTERS[kind](email, extra), to=email)
                return
            site = SimpleNamespace(name="Happ", domain=settings.PUBLIC_URL.partition("://")[2])
            words = {"request": context.request, "email": email, "current_site": site, **extra}
            made = self.render_mail(template_prefix, email, words)
            mails.post(to=email, subject=made.subject, text=str(made.body))
