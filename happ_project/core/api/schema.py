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
_REFUSALS = {
    "400": "Something in the request is not right; `errors` names the fields.",
    "401": "No valid access token or JWT.",
    "404": "No such thing in this company.",
}


def finish(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """drf-spectacular's post-processing hook."""
    result["components"].setdefault("schemas", {})["Refusal"] = _REFUSAL
    result["paths"] = {_spoken(path): _operations(methods) for path, methods in result["paths"].items()}
    return result


def _spoken(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: f"{{{camel(found[1])}}}", path)


def _operations(methods: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    for operation in methods.values():
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path":
                parameter["name"] = camel(parameter["name"])
        for status, text in _REFUSALS.items():
            if status == "404" and not operation.get("parameters"):
                continue
            given = operation["responses"].get(status, {})
            operation["responses"][status] = {"description": given.get("description") or text, "content": content}
    return methods
