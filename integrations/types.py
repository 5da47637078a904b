"""The words of the event log: what integrators see on the socket, in webhooks and in the catch-up feed."""

MESSAGE_CREATED = "MESSAGE_CREATED"
MESSAGE_UPDATED = "MESSAGE_UPDATED"
CHAT_CREATED = "CHAT_CREATED"
CHAT_UPDATED = "CHAT_UPDATED"
CHAT_DELETED = "CHAT_DELETED"
CHAT_MODE_CHANGED = "CHAT_MODE_CHANGED"
INTEGRATION_CHANGED = "INTEGRATION_CHANGED"
KNOWLEDGE_CHANGED = "KNOWLEDGE_CHANGED"

ALL = (
    MESSAGE_CREATED,
    MESSAGE_UPDATED,
    CHAT_CREATED,
    CHAT_UPDATED,
    CHAT_DELETED,
    CHAT_MODE_CHANGED,
    INTEGRATION_CHANGED,
    KNOWLEDGE_CHANGED,
)

KNOWLEDGE_PROGRESS = "KNOWLEDGE_PROGRESS"
"""A hint of the mind on the socket while a document is read; it is in no log."""

MESSAGE_SENDING = "MESSAGE_SENDING"
"""A hint of the desk on the socket: a message is on its way, or waits again; the log has how that ends."""
