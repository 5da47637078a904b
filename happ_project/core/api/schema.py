"""The last touch on the OpenAPI document: path parameters in the API's spelling, every refusal in its one shape."""

import re
from typing import Any

from happ_project.core.api.naming import camel

_REFUSAL = {
    "type": "object",
    "required": ["statusCode", "error", "message"],
    "properties": {
        "statusCode": {"type": "integer", "example": 400},
        "error": {"type": "string", "example": "Bad Request"},
        "message": {"type": "string", "example": "promptText: This field is required."},
        "errors": {
            "type": "object",
            "description": "The fields at fault, if any.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}
_TAGS = {
    "auth": "Signing up and in as a person.",
    "companies": "Workspaces: everything belongs to one.",
    "invitations": "Asking people into the team.",
    "access tokens": "Keys for programs.",
    "assistants": "Who answers.",
    "knowledge": "What assistants know.",
    "tools": "What assistants can do besides talking.",
    "integrations": "The channels that customers write to. Happ's published document has no such part.",
    "chats": "One customer on one channel.",
    "messages": "What was written, and writing.",
    "files": "Uploading what messages carry.",
    "events": "Catching up on what happened.",
    "webhooks": "Being told what happens.",
}
"""The parts of the API, in the order of the reference page."""
_REFUSALS = {
    "400": "Something in the request is not right; `errors` names the fields.",
    "401": "No valid access token or JWT.",
    "404": "No such thing in this company.",
}


def finish(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """drf-spectacular's post-processing hook."""
    result["components"].setdefault("schemas", {})["Refusal"] = _REFUSAL
    result["tags"] = [{"name": name, "description": text} for name, text in _TAGS.items()]
    result["paths"] = {_spoken(path): _operations(methods) for path, methods in result["paths"].items()}
    return result


def _spoken(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: f"{{{camel(found[1])}}}", path)


def _operations(methods: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    for operation in methods.values():
        operation["summary"] = operation.get("description", "").partition("\n")[0]
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path":
                parameter["name"] = camel(parameter["name"])
        for status, text in _REFUSALS.items():
            if status == "404" and not operation.get("parameters"):
                continue
            given = operation["responses"].get(status, {})
            operation["responses"][status] = {"description": given.get("description") or text, "content": content}
    return methods
