"""All that an assistant can do in one turn: its own tools, and those of its servers."""

from collections.abc import Sequence

from assistants.llm.model import Model, Search
from assistants.models import Assistant, AssistantTool
from assistants.services import mcp_servers, tools
from assistants.tools import contact, stand_ins
from assistants.tools.toolbox import Toolbox
from assistants.types import Scene


def of(assistant: Assistant, rows: Sequence[AssistantTool], model: Model, *, search: Search, scene: Scene) -> Toolbox:
    """`rows` are its tools that are switched on; they come first, before those of servers.

    Asks servers for their tools when that is due: never inside a transaction.
    """
    toolbox = tools.toolbox(assistant, rows, search=search, scene=scene)
    if model.searches:
        return toolbox  # it calls nothing but people
    toolbox.abilities = [*toolbox.abilities, *contact.abilities(scene)]
    made, sessions = mcp_servers.abilities(assistant)
    known = {tool.name for tool in toolbox.tools}
    toolbox.abilities = [*toolbox.abilities, *(each for each in made if each.tool.name not in known)]
    toolbox.closers = [session.close for session in sessions]
    if scene.stand_ins is not None:
        toolbox.abilities = stand_ins.instead_of(toolbox.abilities, scene.stand_ins)
    return toolbox
