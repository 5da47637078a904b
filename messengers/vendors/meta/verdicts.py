"""What an error of the Graph API means for us, by code and subcode; the HTTP number says little (190 comes with 400).

https://developers.facebook.com/docs/messenger-platform/error-codes and …/docs/graph-api/guides/error-handling.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from happ_project.core.text import gettext_noop as _
from messengers import errors
from messengers.reading import number_of, text_of

log = logging.getLogger(__name__)

_RATE_PAUSE = 60.0
_RESTRICTED_PAUSE = 3600.0

_WINDOW = _("The 24 hours in which Meta lets a business answer have passed.")
_UNREACHABLE = _("This person cannot be reached: they have blocked you, left, or do not take messages.")
_OTHER_APP = _("Another application answers in this conversation at the moment.")
_RESTRICTED = _("Meta has restricted this page or account. See the Support Inbox in Meta Business Suite.")
_NOBODY = _("Meta does not know this recipient any more.")
_FILE = _("Meta could not take this file: not reachable, too large or of a kind it does not take.")
_AGAIN = _("Meta does not accept our access any more. Connect the channel again.")
_PERMISSION = _("Meta says that a permission is missing. Connect the channel again and allow everything.")

_FINAL: dict[tuple[int, int], str] = {
    (10, 2018278): _WINDOW,
    (10, 2534022): _WINDOW,
    (10, 2018108): _UNREACHABLE,
    (551, 0): _UNREACHABLE,
    (551, 1545041): _UNREACHABLE,
    (200, 1545041): _UNREACHABLE,
    (100, 2018300): _OTHER_APP,
    (100, 2534037): _OTHER_APP,
    (100, 33): _NOBODY,
    (100, 2018001): _NOBODY,
    (100, 2534014): _NOBODY,
    (100, 2018008): _FILE,
    (100, 2018047): _FILE,
    (100, 2018074): _FILE,
    (100, 2018109): _FILE,
    (100, 2018294): _("Meta could not fetch this video in time. Send a shorter one, or a link."),
    (100, 2534068): _("Instagram takes one picture at a time here."),
    (613, 2018338): _("Meta warns of abuse and takes no more messages in this conversation."),
    (9000001, 0): _("This message was deleted."),
}
_RESTRICTIONS = {(10, 1893063), (100, 2534029)}
_BLOCKED = 368
_TOKEN = {102, 190}
_PERMISSIONS = {3, 10, *range(200, 300)}
_TRANSIENT = {1, 2}
_RATES = {4, 17, 32, 341, 613, 80001, 80002, 80006}
_LOGIN: dict[tuple[int, int], str] = {
    (10, 2534077): _("Instagram is not linked to the Facebook page any more, or wants two-factor sign-in."),
    (100, 2534013): _("Instagram is not linked to the Facebook page any more. Link it again, then connect again."),
    (190, 458): _("Happ was removed from the apps of this Meta account. Connect the channel again."),
    (190, 459): _("Meta wants the owner to sign in on facebook.com first. Then connect the channel again."),
    (190, 460): _("The password of the Meta account was changed. Connect the channel again."),
    (190, 463): _("The access that Meta gave has expired. Connect the channel again."),
    (190, 464): _("The Meta account is not confirmed. Sign in on facebook.com, then connect the channel again."),
    (190, 492): _("The person who connected this page has lost their role on it. Somebody who has one can."),
    (200, 2018028): _("The Meta app is not live yet: only people with a role in it get messages."),
    (200, 2534041): _(
        "Instagram does not allow access to messages. In the Instagram app: Settings, Messages and story replies, "
        "Message controls, Connected tools: switch on “Allow access to messages”. Then try again."
    ),
    (200, 2534048): _("The Meta app has no advanced access for Instagram messages yet. The operator asks Meta for it."),
}


def of(error: Mapping[str, Any], *, pause: float = 0.0) -> errors.MessengerError:
    """The `error` object of an answer, in our closed set. `pause`: seconds that the answer's headers ask for."""
    code, subcode, told = _number(error.get("code")), _number(error.get("error_subcode")), _told(error)
    trace = text_of(error.get("fbtrace_id"))[:40]
    log.info("Meta refused with %s/%s, trace %s", code, subcode, trace or "none")
    if final := _final(code, subcode, told):
        return errors.Rejected(_name(code, subcode, trace), final)
    if (code, subcode) in _RESTRICTIONS or code == _BLOCKED:
        return errors.Restricted(_RESTRICTED_PAUSE, _RESTRICTED)
    if (code, subcode) in _LOGIN or code in _TOKEN:
        return errors.LoginRequired(_LOGIN.get((code, subcode), _AGAIN))
    if code in _PERMISSIONS:
        return errors.LoginRequired(_PERMISSION)
    if code in _RATES:
        return errors.TryLater(max(pause, _RATE_PAUSE), _("Meta asks to send more slowly."))
    if code in _TRANSIENT or error.get("is_transient") is True:
        return errors.TryLater(pause or None, _("Meta has trouble of its own."))
    return errors.Rejected(_name(code, subcode, trace), told or _("Meta refused this."))


def _final(code: int, subcode: int, told: str) -> str:
    """Why this very request will never do; '' if it may."""
    if (code, subcode) in _FINAL:
        return _FINAL[code, subcode]
    if code in (551, 9000001):
        return _FINAL[code, 0]
    if code == 10 and not subcode and "window" in told.lower():
        return _WINDOW
    # the subcodes of seven digits are unique, and some come under more than one code
    return next((text for (_code, known), text in _FINAL.items() if known == subcode > 1_000_000), "")


def _told(error: Mapping[str, Any]) -> str:
    """Meta's own sentence: the one for users where there is one."""
    for name in ("error_user_msg", "message", "error_message"):
        if found := text_of(error.get(name)).strip():
            return found[:400]
    return ""


def _name(code: int, subcode: int, trace: str) -> str:
    """Short enough for a delivery's error code, with what Meta's support asks for."""
    return f"{code}/{subcode} {trace}".strip()[:60] if subcode else f"{code} {trace}".strip()[:60]


def _number(value: Any) -> int:
    number = number_of(value)
    return int(number) if number is not None and abs(number) < 1e12 else 0
