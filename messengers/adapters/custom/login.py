"""Setting up a channel of the company's own: where answers go, and the secret that signs both ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from happ_project.core import ids
from happ_project.core.text import gettext_noop as _
from messengers import errors
from messengers.adapters.custom import client
from messengers.types import AccountGrant, AddressGrant, Ask, AskField, Attempt, Choice, Done, LoginStep

if TYPE_CHECKING:
    from messengers.adapter import IO

TEST_RECEIVER = "happ-test"
TEST_TEXT = "A test message from Happ: your endpoint works."
SHORTEST_SECRET = 8
_SIGNS = _("With it, requests are signed both ways: X-HAPP-Signature, HMAC-SHA256 of the raw body.")
_CODE = 26  # letters of the channel's code, which is its secret name: more than 128 bits


def advance(io: IO, attempt: Attempt, answer: Mapping[str, str] | None) -> LoginStep:
    """`attempt.state`: `channel`, and what was entered last: `values`, and the `secret` if it is one."""
    state = attempt.state
    state.setdefault("channel", f"cm_{ids.new_code(_CODE)}")
    if answer is None:
        return _ask(state)
    values = {name: (answer.get(name) or "").strip() for name in ("name", "endpoint")}
    given = (answer.get("secret") or "").strip()
    wrong_endpoint, wrong_secret = client.problem_with(values["endpoint"]), problem_with_secret(given)
    state["values"] = values
    if given:  # a form that comes back does not show it again: left empty, it is still meant
        state["secret"] = "" if wrong_secret else given
    if wrong_endpoint or wrong_secret:
        return _ask(state, endpoint=wrong_endpoint, secret=wrong_secret)
    secrets = [state["secret"]] if state.get("secret") else []
    if answer.get("anyway") != "yes":
        try:
            client.Endpoint(io, values["endpoint"], secrets).post(
                test_message(state["channel"]), message_id=str(ids.new_id())
            )
        except errors.MessengerError as error:
            final = isinstance(error, errors.Rejected) and error.code == "endpoint"
            return _ask(state, endpoint=error.reason, may_skip=not final)
    return _done(state["channel"], values, secrets)


def problem_with_secret(secret: str) -> str:
    if secret and (len(secret) < SHORTEST_SECRET or len(secret) > 200 or not secret.isprintable()):
        return _("A secret has 8 to 200 characters.")
    return ""


def test_message(channel: str) -> dict[str, Any]:
    return {"to": TEST_RECEIVER, "text": TEST_TEXT, "channel_id": channel, "metadata": {"test": True}}


def _ask(state: Mapping[str, Any], *, endpoint: str = "", secret: str = "", may_skip: bool = False) -> Ask:
    """`endpoint` and `secret`: what is wrong with them."""
    values = state.get("values") or {}
    fields = [
        AskField(name="name", label=_("Name"), value=values.get("name", ""), required=False),
        AskField(
            name="endpoint",
            label=_("Your endpoint"),
            value=values.get("endpoint", ""),
            help=_("An https:// address on your server that takes a POST: answers go there. A test message is sent."),
            error=endpoint,
        ),
        AskField(
            name="secret",
            label=_("Secret"),
            kind="password",
            help=_("Kept as you gave it. Type to change it.") if state.get("secret") else _SIGNS,
            error=secret,
            required=False,
        ),
    ]
    if may_skip:
        choices = (
            Choice(value="no", label=_("Test the endpoint again")),
            Choice(value="yes", label=_("Save it without a test")),
        )
        fields.append(AskField(name="anyway", label=_("And now?"), kind="choice", choices=choices))
    return Ask(fields=tuple(fields), text=_("Connect a messenger of your own: your server posts to us, we post back."))


def _done(channel: str, values: Mapping[str, str], secrets: list[str]) -> Done:
    name = values["name"][:100] or urlsplit(values["endpoint"]).hostname or channel
    address = AddressGrant(
        external_id=channel,
        name=name,
        credentials={"secrets": secrets},
        config={"endpoint": values["endpoint"]},
    )
    return Done(account=AccountGrant(external_id=channel, name=name), addresses=(address,))
