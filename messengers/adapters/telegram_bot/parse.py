"""The Bot API's updates as events. Source: https://core.telegram.org/bots/api#update."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from messengers import types
from messengers.adapters.telegram_bot import content
from messengers.reading import Malformed, fingerprint, mapping, moment_of, text_of, unreadable

UPDATES = ["message", "edited_message", "message_reaction"]
_JUST_BEFORE = timedelta(minutes=1)


class Parser:
    """One update. `own_id` and `username` are the bot's, `since` when it was connected."""

    def __init__(
        self, body: dict[str, Any], *, own_id: str, username: str, since: datetime | None, ignored: Counter[str]
    ) -> None:
        self.body, self.own_id, self.username = body, own_id, username.lower()
        self.since, self.ignored = since, ignored

    def events(self) -> list[types.Inbound | types.Unreadable]:
        try:
            found = self._read()
        except Malformed as error:
            return [unreadable(self.body, str(error))]
        return [found] if isinstance(found, types.MessageReceived | types.MessageEdited) else list(found or ())

    def _read(self) -> Any:
        readers: dict[str, Callable[[dict[str, Any]], Any]] = {
            "message": self._message,
            "edited_message": self._edited,
            "message_reaction": self._reaction,
        }
        for name, read in readers.items():
            if name in self.body:
                return read(mapping(self.body[name]))
        kind = next((name for name in self.body if name != "update_id"), "an empty update")
        self.ignored[kind[:60]] += 1
        return None

    def _message(self, message: dict[str, Any]) -> types.MessageReceived | None:
        chat_id, is_group = self._chat(message)
        if not chat_id:
            return None
        number = _number(message, chat_id)
        moved_from = text_of(message.get("migrate_from_chat_id"))
        found = content.read(message)
        if found is None and not moved_from:
            self.ignored["service message"] += 1
            return None
        found = found or content.Content()
        sent_at = moment_of(message.get("date"))
        author = mapping(message.get("from"), default={})
        late = self.since is not None and sent_at is not None and sent_at < self.since - _JUST_BEFORE
        return types.MessageReceived(
            dedup_key=f"message:{number}",
            chat_id=chat_id,
            sent_at=sent_at,
            raw=self.body,
            message_id=number,
            sender=_contact(message, author, chat_id, is_group=is_group, moved_from=moved_from),
            text=found.said.text,
            marks=found.said.marks,
            attachments=(found.attachment,) if found.attachment else (),
            specific_type=found.specific_type or ("telegram_unsupported" if moved_from else ""),
            is_group=is_group,
            chat_title=text_of(mapping(message.get("chat"), default={}).get("title"))[:200],
            mentions_us=is_group and self._mentions_us(message),
            # by a machine, or from before we were there: shown, never answered
            history=late or author.get("is_bot") is True,
            silent=bool(moved_from),
            reply_to=_answered(message, chat_id),
        )

    def _edited(self, message: dict[str, Any]) -> types.MessageEdited | None:
        chat_id, _is_group = self._chat(message)
        if not chat_id:
            return None
        number, found = _number(message, chat_id), content.read(message)
        if found is None:
            self.ignored["service message"] += 1
            return None
        stamp, said = text_of(message.get("edit_date")), found.said
        digest = fingerprint("".join([said.text, *map(str, said.marks)]).encode())[:16]
        return types.MessageEdited(
            dedup_key=f"edit:{number}:{stamp[:20]}:{digest}",
            chat_id=chat_id,
            sent_at=moment_of(message.get("edit_date")),
            raw=self.body,
            message_id=number,
            text=said.text,
            marks=said.marks,
        )

    def _reaction(self, told: dict[str, Any]) -> list[types.ReactionReceived]:
        """What is there now; an empty list takes the earlier one back."""
        chat_id, _is_group = self._chat(told)
        if not chat_id:
            return []
        number = _number(told, chat_id)
        author = text_of(mapping(told.get("user"), default={}).get("id"))
        left = told.get("new_reaction")
        emojis = [text_of(mapping(each, default={}).get("emoji")) for each in left] if isinstance(left, list) else []
        emoji = next((each for each in emojis if each), "")
        moment = text_of(told.get("date"))[:20]
        return [
            types.ReactionReceived(
                dedup_key=f"reaction:{number}:{author}:{emoji}:{moment}"[:255],
                chat_id=chat_id,
                sent_at=moment_of(told.get("date")),
                raw=self.body,
                message_id=number,
                emoji=emoji,
            )
        ]

    def _chat(self, message: dict[str, Any]) -> tuple[str, bool]:
        """Its id and whether it is a group; '' (counted) for a channel."""
        chat = mapping(message.get("chat"))
        chat_id, kind = text_of(chat.get("id")), text_of(chat.get("type"))
        if not chat_id or len(chat_id) > 40:
            raise Malformed("a message without its chat")
        if kind == "channel":
            self.ignored["channel"] += 1
            return "", False
        return chat_id, kind in ("group", "supergroup") or chat_id.startswith("-")

    def _mentions_us(self, message: dict[str, Any]) -> bool:
        answered = mapping(message.get("reply_to_message"), default={})
        if text_of(mapping(answered.get("from"), default={}).get("id")) == self.own_id:
            return True
        for text_name, name in (("text", "entities"), ("caption", "caption_entities")):
            found, text = message.get(name), text_of(message.get(text_name))
            for entity in found if isinstance(found, list) else []:
                if isinstance(entity, dict) and self._is_us(entity, text):
                    return True
        return False

    def _is_us(self, entity: dict[str, Any], text: str) -> bool:
        kind, offset, length = entity.get("type"), entity.get("offset"), entity.get("length")
        if kind == "text_mention":
            return text_of(mapping(entity.get("user"), default={}).get("id")) == self.own_id
        if kind not in ("mention", "bot_command") or not isinstance(offset, int) or not isinstance(length, int):
            return False
        units = text.encode("utf-16-le", "surrogatepass")[max(offset, 0) * 2 : max(offset + length, 0) * 2]
        named = units.decode("utf-16-le", "replace").lower()
        return bool(self.username) and named.partition("@")[2] == self.username


def _number(message: dict[str, Any], chat_id: str) -> str:
    """Telegram numbers messages per chat, and we name them for the whole address."""
    number = text_of(message.get("message_id"))
    if not number or len(number) > 40:
        raise Malformed("a message without its number")
    return f"{chat_id}/{number}"


def _answered(message: dict[str, Any], chat_id: str) -> str:
    """The message this one answers; in a forum's topic every message "answers" the one that opened the topic."""
    answered = mapping(message.get("reply_to_message"), default={})
    number = text_of(answered.get("message_id"))
    return f"{chat_id}/{number}"[:100] if number and "forum_topic_created" not in answered else ""


def _contact(
    message: dict[str, Any], author: dict[str, Any], chat_id: str, *, is_group: bool, moved_from: str
) -> types.Contact:
    person = mapping(message.get("sender_chat"), default={}) or author
    if not is_group:
        person = author or mapping(message.get("chat"), default={})
    name = " ".join(part for part in (text_of(person.get("first_name")), text_of(person.get("last_name"))) if part)
    return types.Contact(
        id=(text_of(person.get("id")) or chat_id)[:100] if is_group else chat_id,
        name=(name or text_of(person.get("title")))[:200],
        username=text_of(person.get("username"))[:100],
        aliases=(moved_from[:100],) if moved_from else (),
    )
