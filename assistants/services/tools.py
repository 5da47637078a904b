"""The tools of assistants: kept, checked, made into what the engine can call."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from assistants.llm.model import Search, Tool
from assistants.models import Assistant, AssistantTool
from assistants.services import snapshots, versions
from assistants.tools import builtin, handoff, results, schema, stand_ins, webhook
from assistants.tools.toolbox import Ability, Done, Toolbox
from assistants.types import CallRecord, Scene
from happ_project.core import http, ids, signing
from happ_project.core.crypto import Secret

Type = AssistantTool.Type
CALLED = frozenset({Type.ACTION, Type.INIT, Type.POST_CALL})
"""Types with an address of the company's."""
_MOST_TOOLS = 40
_MOST_HEADERS = 20


@transaction.atomic
def create(assistant: Assistant, *, draft: bool = False, **fields: Any) -> AssistantTool:
    """`fields` are columns, `secret` a text, `headers` a mapping. Raises `ValidationError` naming the field.

    It is published at once, as programs expect; `draft`: it waits until a person publishes the assistant.
    """
    versions.latest(assistant)
    if AssistantTool.objects.filter(assistant=assistant).count() >= _MOST_TOOLS:
        raise ValidationError({"name": _("An assistant has at most %d tools.") % _MOST_TOOLS})
    made = _saved(AssistantTool(company_id=assistant.company_id, assistant=assistant), fields)
    if not draft:
        versions.publish_tool(made)
    return made


@transaction.atomic
def change(tool: AssistantTool, *, draft: bool = False, **fields: Any) -> AssistantTool:
    """As `create`; what is left out stays, so that a stored secret need not be known to change the rest."""
    versions.latest(tool.assistant)
    changed = _saved(tool, fields)
    if not draft:
        versions.publish_tool(changed)
    return changed


@transaction.atomic
def remove(tool: AssistantTool, *, draft: bool = False) -> None:
    versions.latest(tool.assistant)
    key = tool.pk
    tool.delete()
    if not draft:
        versions.withdraw_tool(tool.assistant, key)


def copy(tool: AssistantTool, assistant: Assistant) -> AssistantTool:
    """The same tool for another assistant; its secrets go along only within one company."""
    kept = tool.company_id == assistant.company_id
    names = ("name", "type", "description", "url", "method", "params", "parameters", "execution_mode")
    more = ("timeout_seconds", "enabled", "voice")
    return AssistantTool.objects.create(
        company_id=assistant.company_id,
        assistant=assistant,
        headers=tool.headers if kept else Secret(),
        secret=tool.secret if kept else Secret(),
        **{name: getattr(tool, name) for name in (*names, *more)},
    )


def _saved(tool: AssistantTool, fields: dict[str, Any]) -> AssistantTool:
    if "secret" in fields:
        fields["secret"] = Secret({"secret": fields["secret"]}) if fields["secret"] else Secret()
    if "headers" in fields:
        fields["headers"] = Secret(fields["headers"] or {})
    if fields.get("url", tool.url) != tool.url and "headers" not in fields:
        # else whoever may change the address could send the stored keys to a server of their own
        fields["headers"] = Secret()
    # a table and a schema are two ways of saying the same: the one given last counts
    if fields.get("params") and "parameters" not in fields:
        fields["parameters"] = {}
    if fields.get("parameters") and "params" not in fields:
        fields["params"] = []
    for name, value in fields.items():
        setattr(tool, name, value)
    _check(tool)
    try:
        with transaction.atomic():
            tool.save()
    except IntegrityError:
        raise ValidationError({"name": _("This assistant has a tool of this name already.")}) from None
    return tool


def _check(tool: AssistantTool) -> None:
    tool.clean_fields(exclude=["company", "assistant"])
    if not schema.NAME.match(tool.name):
        text = _("Use Latin letters, digits, _ and - only, at most 64, such as check_order.")
        raise ValidationError({"name": text})
    if tool.type == Type.SYSTEM:
        if tool.name not in builtin.NAMES:
            raise ValidationError({"name": _("Built-in tools are: %s.") % ", ".join(builtin.NAMES)})
    elif tool.name in builtin.NAMES:
        raise ValidationError({"name": _("A built-in tool has this name.")})
    if tool.type in CALLED and not tool.url:
        raise ValidationError({"url": _("Give the address that is called.")})
    if tool.url and (problem := http.problem_with(tool.url)):
        raise ValidationError({"url": _(problem)})
    check_headers(tool.headers)
    try:
        schema.of(tool.params, tool.parameters)
    except schema.BadSchema as error:
        raise ValidationError({"parameters": _("The parameters cannot be used: %s.") % error}) from None
    try:
        signing.headers(tool.secret.get("secret", ""), b"", message_id="check")
    except signing.BadSecret as error:
        raise ValidationError({"secret": _("The secret cannot be used: %s.") % error}) from None


def check_headers(headers: Mapping[str, Any], *, reserved: tuple[str, ...] = ("webhook-", "x-happ-")) -> None:
    """Raises `ValidationError` for a header that cannot be sent, or is ours to set (`reserved`: how those begin)."""
    if len(headers) > _MOST_HEADERS:
        raise ValidationError({"headers": _("At most %d headers.") % _MOST_HEADERS})
    for name, value in headers.items():
        fits = isinstance(value, str) and value.isascii() and value.isprintable() and len(value) <= 4000
        if not fits or not schema.NAME.match(name):
            raise ValidationError({"headers": _("The header %s cannot be sent.") % name[:60]})
        if name.lower() in webhook.RESERVED or name.lower().startswith(reserved):
            raise ValidationError({"headers": _("The header %s is set by Happ.") % name})


# --- for the engine ---------------------------------------------------------------------------------------------------


def enabled(assistant: Assistant) -> list[AssistantTool]:
    """What is switched on, in the order in which it was made; the functions below are given it."""
    return [row for row in snapshots.tools_of(assistant) if row.enabled]


def toolbox(assistant: Assistant, rows: Sequence[AssistantTool], *, search: Search, scene: Scene) -> Toolbox:
    """What the assistant can do in this turn; every call is recorded in the scene."""
    told = {row.name: row.description for row in rows if row.type == Type.SYSTEM}
    abilities = builtin.abilities(
        search,
        timezone=assistant.company.timezone,
        business_hours=assistant.business_hours,
        descriptions=told,
    )
    abilities += [_ability(row, scene) for row in rows if row.type in {Type.ACTION, Type.CLIENT}]
    return Toolbox(abilities, scene.calls)


def handoff_tool(rows: Sequence[AssistantTool]) -> Tool:
    """The tool that calls a person, as the company described when to use it."""
    own = {row.name: row.description for row in rows if row.type == Type.SYSTEM}
    return builtin.described(handoff.TOOL, own)


def begin(assistant: Assistant, rows: Sequence[AssistantTool], scene: Scene) -> None:
    """Ask the tools of the beginning, once in a conversation; what they say is its context.

    So is the failure of one: to ask it again would keep every answer waiting for what does not come.
    """
    if scene.context is not None:
        return
    rows = [row for row in rows if row.type == Type.INIT]
    if not rows:
        return
    if scene.stand_ins is not None:
        scene.context = stand_ins.context([row.name for row in rows], scene.stand_ins)
        return
    told = {"chatId": scene.chat_id, "assistantId": str(assistant.pk), "source": scene.source, "contact": scene.contact}
    hooks = [hook_of(row) for row in rows]
    with ThreadPoolExecutor(min(len(hooks), 4), thread_name_prefix="tool") as pool:
        made = list(pool.map(lambda hook: webhook.call(hook, told, about=_about(scene), key=scene.chat_id), hooks))
    context: dict[str, Any] = {}
    for row, exchange in zip(rows, made, strict=True):
        output = results.of_exchange(exchange)
        told_back = json.loads(output)
        context[row.name] = told_back["result"] if exchange.ok else {"error": told_back["error"]}
        scene.calls.append(
            CallRecord(
                id=f"init_{ids.new_code()}",
                name=row.name,
                arguments=told,
                output=output,
                ok=exchange.ok,
                seconds=round(exchange.seconds, 3),
                outside=(row.name,),
            )
        )
    scene.context = context


def hook_of(tool: AssistantTool) -> webhook.Webhook:
    return webhook.Webhook(
        name=tool.name,
        url=tool.url,
        method=tool.method,
        headers=dict(tool.headers),
        secret=tool.secret.get("secret", ""),
        timeout=tool.timeout_seconds,
    )


def try_out(tool: AssistantTool, arguments: dict[str, Any]) -> webhook.Exchange:
    """One call by a person's hand. Raises `ValidationError` when the arguments do not fit."""
    found = schema.complaints(schema.of(tool.params, tool.parameters), arguments)
    if found:
        raise ValidationError({"arguments": found})
    return webhook.call(hook_of(tool), arguments, about={"Test": "1"}, key=ids.new_code())


def _ability(row: AssistantTool, scene: Scene) -> Ability:
    described = Tool(
        name=row.name,
        description=row.description,
        parameters=schema.of(row.params, row.parameters),
        strict=False,
    )
    if row.type == Type.CLIENT:
        return Ability(tool=described, run=_told_client, acts=True)
    hook, about, turn = hook_of(row), _about(scene), scene.turn

    def run(arguments: dict[str, Any]) -> Done:
        exchange = webhook.call(hook, arguments, about=about, key=turn)
        return Done(text=results.of_exchange(exchange), ok=exchange.ok, outside=(row.name,))

    awaited = row.execution_mode != row.Execution.ASYNC
    return Ability(tool=described, run=run, elsewhere=True, awaited=awaited, acts=row.method != "get")


def _told_client(arguments: dict[str, Any]) -> Done:
    """The call reaches the client's app as a message of the chat, over the socket and the webhooks."""
    return Done(text=results.own("It was passed to the client's app, which tells nothing back."))


def _about(scene: Scene) -> dict[str, str]:
    return {"Chat-Id": scene.chat_id, "Turn-Id": scene.turn}
