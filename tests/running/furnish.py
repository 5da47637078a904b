"""`python -m tests.running.furnish '{…}'`: makes a company with an assistant, a widget and WhatsApp numbers.

Runs beside a running product, with its environment; prints what it made as one line of JSON.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django


def make(wishes: dict[str, Any]) -> dict[str, Any]:
    """`numbers`: WaSender sessions (`phone`, `id`, `api_key`, `secret`, `token`), `debounce`, `longest_wait`,
    `webhook`: an address that is told every event."""
    from happ_project.companies.models import User
    from happ_project.companies.services import access_tokens, accounts, companies
    from happ_project.core import tenancy

    owner = User.objects.create_user(wishes["email"], "the sea is calm tonight")
    accounts.mark_verified(owner)
    company = companies.create(owner, name="Under load")
    with tenancy.company_scope(company):
        token = access_tokens.issue(company, name="load", by=owner)[1]
        return {"company": str(company.pk), "token": token, **_inside(company.pk, wishes)}


def _inside(company_id: Any, wishes: dict[str, Any]) -> dict[str, Any]:
    from assistants.models import Assistant
    from integrations.services import webhooks
    from messengers.services import addresses

    assistant = Assistant.objects.create(company_id=company_id, name="Echo", model=wishes.get("model", ""))
    widget = addresses.create_hosted(company_id=company_id, kind="widget", title="Site")
    _switch_on(widget, assistant, wishes)
    numbers = [_number(company_id, assistant, number, wishes) for number in wishes.get("numbers", [])]
    if wishes.get("webhook"):
        webhooks.create(company_id=company_id, url=wishes["webhook"])
    return {"widget": widget.external_id, "numbers": numbers}


def _number(company_id: Any, assistant: Any, number: dict[str, Any], wishes: dict[str, Any]) -> dict[str, Any]:
    from happ_project.core import clock
    from messengers import types
    from messengers.services import addresses

    grant = types.AddressGrant(
        external_id=number["phone"].lstrip("+"),
        name=number["phone"],
        credentials={
            "session_id": str(number["id"]),
            "api_key": number["api_key"],
            "webhook_secrets": [number["secret"]],
        },
        config={"account_protection": False, "connected_at": clock.now().isoformat()},
    )
    account = types.AccountGrant(external_id="7000", name="WaSender", credentials={"token": number["token"]})
    done = types.Done(account=account, addresses=(grant,))
    address = addresses.adopt(company_id=company_id, kind="whatsapp", done=done)[0]
    _switch_on(address, assistant, wishes)
    return {"path": f"/webhooks/whatsapp/{address.webhook_token}/", "id": str(address.pk)}


def _switch_on(address: Any, assistant: Any, wishes: dict[str, Any]) -> None:
    from integrations.models import Integration
    from integrations.services import integrations

    integration = Integration.objects.get(address=address)
    integrations.assign(integration, assistant)
    settings = {
        "debounce_seconds": wishes.get("debounce", 4.0),
        "longest_wait_seconds": wishes.get("longest_wait", 20.0),
    }
    integrations.update_settings(integration, **settings)
    integrations.switch_on(integration)


def main() -> None:
    django.setup()
    print(json.dumps(make(json.loads(sys.argv[1]))))


if __name__ == "__main__":
    main()
