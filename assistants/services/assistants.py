"""Assistants: made, changed, copied, removed."""

from typing import Any
from uuid import UUID

from django.db import transaction

from assistants.models import Assistant, AssistantTool, KnowledgeDocument, McpServer
from assistants.services import knowledge, mcp_servers, snapshots, testing, tools, versions
from happ_project.core import allowance, tenancy


@transaction.atomic
def create(*, company_id: UUID, name: str, **fields: Any) -> Assistant:
    """`fields` are columns; raises `ValidationError` naming the one that cannot be. It is published as it is."""
    assistant = _made(company_id, name=name, **fields)
    versions.latest(assistant)
    return assistant


def _made(company_id: UUID, **fields: Any) -> Assistant:
    allowance.check("assistants", Assistant.objects.filter(company=company_id, deleted_at=None))
    assistant = Assistant(company_id=company_id, **fields)
    assistant.clean_fields()
    assistant.save(force_insert=True)
    return assistant


@transaction.atomic
def change(assistant: Assistant, *, draft: bool = False, **fields: Any) -> Assistant:
    """Change columns; raises `ValidationError` naming the one that cannot be. Answers being made keep the old words.

    What is changed is published at once, as programs expect; `draft`: it waits until a person publishes the assistant.
    """
    versions.latest(assistant)  # what was there before is kept, also of an assistant that was never published
    for name, value in fields.items():
        setattr(assistant, name, value)
    assistant.clean_fields()
    assistant.save(update_fields=[*fields, "updated_at"])
    if not draft:
        versions.publish_settings(assistant, fields)
    return assistant


@transaction.atomic
def copy(assistant: Assistant, *, company_id: UUID, name: str = "") -> Assistant:
    """The same assistant with the same knowledge in that company, which may be another one; the original stays.

    Call inside the scope of the original's company. Its knowledge is read anew there, some seconds from now. Its tools
    take their secrets along only within one company. What is copied is the draft.
    """
    known = list(KnowledgeDocument.objects.filter(assistant=assistant).select_related("file").order_by("id"))
    abilities = list(AssistantTool.objects.filter(assistant=assistant).order_by("created_at", "id"))
    servers = list(McpServer.objects.filter(assistant=assistant).order_by("created_at", "id"))
    tests = list(testing.tests(assistant))
    with tenancy.company_scope(company_id):
        twin = _made(company_id, **{each: getattr(assistant, each) for each in snapshots.SETTINGS})
        if name:
            twin.name = name[:120]
            twin.save(update_fields=["name"])
        for document in known:
            knowledge.copy(document, twin)
        for ability in abilities:
            tools.copy(ability, twin)
        for server in servers:
            mcp_servers.copy(server, twin)
        for test in tests:
            testing.copy(test, twin)
        versions.latest(twin)  # with its tools: what is copied is published as it is
    return twin


@transaction.atomic
def remove(assistant: Assistant) -> None:
    """Remove it with its knowledge; its integrations and chats have no assistant then, and only people answer."""
    assistant.delete()
