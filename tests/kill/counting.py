"""The verdict, from outside: what people wrote, what the database holds, what WaSender and the visitors received."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.doubles.wasender import WaSender
from tests.running.language_model import MARK
from tests.running.product import Product
from tests.running.visitor import Visitor

OPEN_JOBS = """
    SELECT 'receipts', count(*) FROM messengers_inboundreceipt WHERE state IN ('waiting', 'running')
    UNION ALL SELECT 'turns', count(*) FROM conversations_aiturn WHERE state IN ('waiting', 'running')
    UNION ALL SELECT 'deliveries', count(*) FROM messengers_delivery WHERE state IN ('waiting', 'running')
    UNION ALL SELECT 'webhooks', count(*) FROM integrations_webhookdelivery WHERE state IN ('waiting', 'running')"""


@dataclass
class Counts:
    """Every `problems` entry is a broken promise, in words."""

    messages: int = 0
    answers: int = 0
    sent: int = 0
    unsure_at_times: int = 0
    unsure_left: int = 0
    pushed_again: int = 0
    connections: int = 0
    events: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    stories: list[str] = field(default_factory=list)

    def blame(self, what: str, example: object) -> None:
        self.problems[what] += 1
        self.examples.setdefault(what, str(example))


def open_work(product: Product) -> dict[str, int]:
    """Rows of work that are not finished."""
    return {name: count for name, count in product.rows(OPEN_JOBS) if count}


def unseen(product: Product, visitors: list[Visitor]) -> int:
    """Answers to visitors that their open pages do not show."""
    answers = product.rows(
        "SELECT m.id::text, c.external_id FROM conversations_message m JOIN conversations_chat c ON c.id = m.chat_id "
        "WHERE m.role = 'Assistant' AND m.source = 'AI'"
    )
    by_visitor = {visitor.visitor_id: visitor for visitor in visitors}
    return sum(1 for key, chat in answers if chat in by_visitor and key not in by_visitor[chat].shown)


def unsettled(product: Product, double: WaSender) -> int:
    """Messages of unknown fate that WaSender did take: its echo or its log will tell."""
    received = {str(message.body.get("text")) for message in double.sent}
    unsure = product.rows("SELECT payload->>'text' FROM messengers_delivery WHERE status IN ('sending', 'unsure')")
    return sum(1 for (text,) in unsure if text in received)


def count(
    product: Product, *, visitors: list[Visitor], customers: dict[str, str], double: WaSender, heard: Counter[str]
) -> Counts:
    counts = Counts()
    accepted = dict(customers)
    for visitor in visitors:
        accepted |= {key: MARK.findall(text)[0] for key, text in visitor.accepted.items()}
        for text in visitor.outbox.values():
            counts.blame("never accepted", text)
        counts.pushed_again += visitor.pushed_again
        counts.connections += visitor.connections
    counts.messages = len(accepted)
    _count_stored(product, accepted, counts)
    _count_answers(product, accepted, counts)
    _count_shown(product, visitors, counts)
    _count_sent(product, double, counts)
    _count_events(product, heard, counts)
    for name, number in open_work(product).items():
        counts.problems[f"unfinished {name}"] += number
    for what in counts.problems:
        counts.stories += [_story(product, what, mark) for mark in MARK.findall(counts.examples.get(what, ""))[:1]]
    return counts


def _story(product: Product, what: str, mark: str) -> str:
    """Everything that happened in the chat of a broken promise, for whoever has to find out why."""
    chats = product.rows("SELECT chat_id FROM conversations_message WHERE text LIKE %s", f"%{mark}%")
    if not chats:
        return f"{what}: {mark} is in no chat"
    chat = chats[0][0]
    said = product.rows(
        "SELECT created_at::time, 'said at ' || sent_at::time, role, source, status, text "
        "FROM conversations_message WHERE chat_id = %s",
        chat,
    )
    turns = product.rows(
        "SELECT created_at::time, 'turn ' || id, state, outcome, reason, last_error || ' run ' || run_at::time "
        "|| ' started ' || coalesce(started_at::time::text, '') || ' finished ' || finished_at::time "
        "FROM conversations_aiturn WHERE chat_id = %s",
        chat,
    )
    sent = product.rows(
        "SELECT d.created_at::time, 'delivery ' || d.id, d.state, d.status, d.external_id, d.error "
        "FROM messengers_delivery d JOIN conversations_message m ON m.id = d.message_ref WHERE m.chat_id = %s",
        chat,
    )
    lines = ["  ".join(str(value) for value in row) for row in sorted(said + turns + sent, key=lambda row: row[0])]
    return f"{what}: the chat of {mark}\n  " + "\n  ".join(lines)


def _count_stored(product: Product, accepted: dict[str, str], counts: Counts) -> None:
    stored = Counter(
        dict(
            product.rows(
                "SELECT external_id, count(*) FROM conversations_message WHERE role = 'User' GROUP BY external_id"
            )
        )
    )
    for key, mark in accepted.items():
        if stored[key] == 0:
            counts.blame("message lost", mark)
        elif stored[key] > 1:
            counts.blame("message stored twice", mark)
    for key in stored.keys() - accepted.keys():
        counts.blame("message nobody wrote", key)


def _count_answers(product: Product, accepted: dict[str, str], counts: Counts) -> None:
    answered: Counter[str] = Counter()
    for text, source in product.rows("SELECT text, source FROM conversations_message WHERE role = 'Assistant'"):
        if source != "AI":
            counts.blame("own message taken for a person's", text)
            continue
        counts.answers += 1
        answered.update(set(MARK.findall(text)))
    for mark in accepted.values():
        if answered[mark] == 0:
            counts.blame("message not answered", mark)
        elif answered[mark] > 1:
            counts.blame("message answered twice", mark)
    for chat, reason in product.rows("SELECT external_id, handoff_reason FROM conversations_chat WHERE NOT ai_on"):
        counts.blame("chat taken from the AI", f"{chat} {reason}")


def _count_shown(product: Product, visitors: list[Visitor], counts: Counts) -> None:
    answers: dict[str, list[str]] = {}
    for text, chat in product.rows(
        "SELECT m.text, c.external_id FROM conversations_message m JOIN conversations_chat c ON c.id = m.chat_id "
        "WHERE m.role = 'Assistant'"
    ):
        answers.setdefault(chat, []).append(text)
    for visitor in visitors:
        shown = Counter(visitor.shown.values())
        for text in answers.get(visitor.visitor_id, []):
            if shown[text] == 0:
                counts.blame("answer not seen by the visitor", text)
            elif shown[text] > 1:
                counts.blame("answer seen twice by the visitor", text)


def _count_sent(product: Product, double: WaSender, counts: Counts) -> None:
    received = Counter(str(message.body.get("text")) for message in double.sent)
    counts.sent = sum(received.values())
    for text, number in received.items():
        if number > 1:
            counts.blame("sent twice by WhatsApp", text)
    for text, status in product.rows(
        "SELECT m.text, m.status FROM conversations_message m JOIN conversations_chat c ON c.id = m.chat_id "
        "JOIN integrations_integration i ON i.id = c.integration_id JOIN messengers_address a ON a.id = i.address_id "
        "WHERE m.role = 'Assistant' AND m.source = 'AI' AND a.kind = 'whatsapp'"
    ):
        if status == "unsure":
            counts.unsure_left += 1
            if received[text]:
                counts.blame("left unsure though it arrived", text)
        elif status not in {"sent", "delivered", "read"}:
            counts.blame(f"answer left {status}", text)
        elif received[text] == 0:
            counts.blame("said to be sent, but was not", text)
    counts.unsure_at_times = product.value(
        "SELECT count(DISTINCT payload->'message'->>'id') FROM integrations_event "
        "WHERE payload->'message'->>'status' = 'unsure'"
    )


def _count_events(product: Product, heard: Counter[str], counts: Counts) -> None:
    """The company's own server hears of every event, at least once."""
    for (key,) in product.rows("SELECT 'evt_' || event_id FROM integrations_webhookdelivery"):
        counts.events += 1
        if not heard[key]:
            counts.blame("event not told to the company's server", key)
