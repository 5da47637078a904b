"""Who a WhatsApp message belongs to: a phone number, an opaque "lid", or both.

A lid (`<digits>@lid`) is no phone number, though it looks like one. Our id of a person is the number in digits where it
is known, else the lid with its server; the other one rides along as an alias, so that chats can be merged.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from messengers.reading import Malformed, text_of
from messengers.types import Contact

_PERSON = "s.whatsapp.net"
_NOT_A_PERSON = {"g.us": "group", "newsletter": "newsletter", "broadcast": "broadcast", "call": "call"}
# in the order of trust; the spellings without "ed" are those of the TypeScript SDK
_PHONE_KEYS = ("cleanedSenderPn", "cleanSenderPn", "senderPn", "remoteJidAlt")
_PHONE_KEYS_OF_OURS = ("remoteJidAlt", "recipientPn")


def contact(key: dict[str, Any], *, own: str) -> Contact | str:
    """The person of the chat that a message key names, or in a word what the chat is instead."""
    jid = text_of(key.get("remoteJid"))
    server = jid.partition("@")[2]
    if server in _NOT_A_PERSON:
        return _NOT_A_PERSON[server]
    from_us = key.get("fromMe") is True
    phone = digits(jid) if server in ("", _PERSON, "c.us") else ""
    # On our own messages "sender" may mean us.
    for name in _PHONE_KEYS_OF_OURS if from_us else _PHONE_KEYS:
        candidate = text_of(key.get(name))
        if not phone and candidate.partition("@")[2] in ("", _PERSON, "c.us") and digits(candidate) != own:
            phone = digits(candidate)
    lid = next((known for name in _lid_keys(from_us) if (known := _lid(text_of(key.get(name))))), "")
    if not phone and not lid:
        raise Malformed("neither a phone number nor a lid")
    ids = [known for known in (phone, lid) if known]
    return Contact(id=ids[0], phone=f"+{phone}" if phone else "", aliases=tuple(ids[1:]))


def named(person: Contact, name: str) -> Contact:
    return replace(person, name=name.strip()[:200])


def digits(jid: str) -> str:
    """The phone number of a JID or of whatever a person typed; '' if there is none. `:12` is a device."""
    found = re.sub(r"[^\d]", "", jid.partition("@")[0].partition(":")[0])
    return found if 5 <= len(found) <= 20 else ""


def jid(chat_id: str) -> str:
    """How WaSender wants a person named."""
    return chat_id if "@" in chat_id else f"{chat_id}@{_PERSON}"


def _lid(value: str) -> str:
    user, _, server = value.partition("@")
    user = user.partition(":")[0]
    return f"{user}@lid" if server == "lid" and user else ""


def _lid_keys(from_us: bool) -> tuple[str, ...]:
    return ("remoteJid", "remoteJidAlt") if from_us else ("remoteJid", "senderLid", "remoteJidAlt")
