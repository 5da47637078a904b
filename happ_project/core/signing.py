"""How a request to a company's own server proves that it is ours: Standard Webhooks, and a hex HMAC over the body."""

from __future__ import annotations

import hashlib
import hmac

from happ_project.core import clock


class BadSecret(ValueError):
    """The secret cannot be used; the text says why."""


def headers(secret: str, body: bytes, *, message_id: str) -> dict[str, str]:
    """`message_id` is the same for every try of one call, so that the receiver can do it once. Raises `BadSecret`."""
    now = clock.now()
    sent = {"webhook-id": message_id, "webhook-timestamp": str(int(now.timestamp()))}
    if not secret:
        return sent
    from standardwebhooks import Webhook
    from standardwebhooks.webhooks import EmptyWebhookSecretError

    try:
        signature = Webhook(secret if secret.startswith("whsec_") else secret.encode()).sign(
            message_id, now, body.decode()
        )
    except (ValueError, EmptyWebhookSecretError):
        raise BadSecret("what follows whsec_ must be Base64") from None
    plain = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {**sent, "webhook-signature": signature, "X-HAPP-Signature": plain}
