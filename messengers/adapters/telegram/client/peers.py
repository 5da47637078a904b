"""Who is who: names, kinds and access hashes, in memory for a while and in our database for good."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from telethon.tl import types
from telethon.tl.tlobject import TLObject

from happ_project.core.text import gettext_noop as _
from happ_project.core.text import sentence
from messengers import errors
from messengers.adapters.telegram.client import names

if TYPE_CHECKING:
    from messengers.adapter import SessionMemory

_MOST_IN_MEMORY = 600

Kind = Literal["user", "bot", "group", "supergroup", "channel"]


@dataclass(frozen=True, slots=True)
class Peer:
    """`id` is marked (see `names`); the access hash is valid for this account only. `was`: the basic group that it was
    before it grew into a supergroup."""

    id: int
    kind: Kind
    hash: int = 0
    name: str = ""
    username: str = ""
    phone: str = ""
    was: int = 0

    def __repr__(self) -> str:
        return f"<Peer {self.id} {self.kind}>"


class Peers:
    def __init__(self, memory: SessionMemory) -> None:
        self._memory = memory
        self._known: OrderedDict[int, Peer] = OrderedDict()
        self._stored: OrderedDict[int, Peer] = OrderedDict()

    def learn(self, users: Iterable[TLObject], chats: Iterable[TLObject]) -> None:
        """Note whoever comes along with an answer; costs no look-up."""
        for entity in (*users, *chats):
            found = _read(entity)
            if found is not None:
                self._put(found)
            if isinstance(entity, types.Chat) and isinstance(entity.migrated_to, types.InputChannel):
                self._grown(entity)

    def _grown(self, group: types.Chat) -> None:
        grown = group.migrated_to
        marked = names.mark_channel(grown.channel_id)
        known = self._known.get(marked)
        name = known.name if known else group.title
        self._put(Peer(marked, "supergroup", grown.access_hash, name, was=-group.id))

    def _put(self, peer: Peer) -> None:
        old = self._known.get(peer.id)
        if old is not None:  # a "min" user has no hash of use, and a supergroup does not say what it was
            kept = peer.hash or old.hash
            peer = replace(peer, hash=kept, name=peer.name or old.name, was=peer.was or old.was)
        self._known[peer.id] = replace(peer, name=peer.name.replace("\0", ""))
        self._known.move_to_end(peer.id)
        if len(self._known) > _MOST_IN_MEMORY:
            self._known.popitem(last=False)

    def get(self, marked: int) -> Peer | None:
        return self._known.get(marked)

    async def recall(self, wanted: Iterable[int]) -> None:
        """Bring what the database knows of these into memory."""
        unknown = {marked for marked in wanted if marked not in self._known}
        if unknown:
            for marked, data in (await self._memory.peers(unknown)).items():
                self._put(Peer(**{**data, "id": marked}))

    async def keep(self, wanted: Iterable[int]) -> None:
        """Store these, if there is anything new about them."""
        fresh: dict[int, dict[str, Any]] = {}
        for marked in wanted:
            peer = self._known.get(marked)
            if peer is not None and self._stored.get(marked) != peer:
                fresh[marked] = asdict(peer)
                self._stored[marked] = peer
        while len(self._stored) > _MOST_IN_MEMORY:
            self._stored.popitem(last=False)
        if fresh:
            await self._memory.keep_peers(fresh)

    async def input_peer(self, chat_id: str) -> TLObject:
        """What a request names a chat by. A person whose hash we lack is tried without: it works for contacts."""
        try:
            marked = int(chat_id)
        except ValueError:
            raise errors.Rejected(
                "peer_id_invalid", sentence(_("%(chat)s is no chat of Telegram's"), chat=chat_id)
            ) from None
        await self.recall([marked])
        known = self._known.get(marked)
        if names.is_channel(marked):
            return types.InputPeerChannel(names.channel_of(marked), known.hash if known else 0)
        if marked < 0:
            return types.InputPeerChat(-marked)
        return types.InputPeerUser(marked, known.hash if known else 0)

    async def input_channel(self, marked: int) -> types.InputChannel:
        await self.recall([marked])
        known = self._known.get(marked)
        return types.InputChannel(names.channel_of(marked), known.hash if known else 0)


def _read(entity: TLObject) -> Peer | None:
    if isinstance(entity, types.User):
        name = " ".join(part for part in (entity.first_name, entity.last_name) if part)
        kind: Kind = "bot" if entity.bot else "user"
        usable = 0 if entity.min else entity.access_hash or 0
        phone = f"+{entity.phone}" if entity.phone else ""
        return Peer(entity.id, kind, usable, name, _username(entity), phone)
    if isinstance(entity, types.Chat):
        return Peer(-entity.id, "group", 0, entity.title or "")
    if isinstance(entity, types.Channel):
        kind = "supergroup" if entity.megagroup or entity.gigagroup else "channel"
        usable = 0 if entity.min else entity.access_hash or 0
        return Peer(names.mark_channel(entity.id), kind, usable, entity.title or "", _username(entity))
    return None


def _username(entity: types.User | types.Channel) -> str:
    if entity.username:
        return str(entity.username)
    active = [each.username for each in entity.usernames or [] if each.active]
    return str(active[0]) if active else ""
