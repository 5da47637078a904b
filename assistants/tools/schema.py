"""What a tool takes: a JSON Schema, or a table of parameters that becomes one; and whether arguments fit it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

TYPES = ("string", "number", "integer", "boolean", "array", "object")
NAME = re.compile(r"^[A-Za-z0-9_-]{1,64}$")
"""What model providers take as the name of a tool or of a parameter."""
_DEEPEST = 6
_MOST_PARAMETERS = 60
_MOST_COMPLAINTS = 5
_LONGEST_LOOK = 0.2
"""Seconds for holding one text against one pattern."""


class BadSchema(ValueError):
    """The text says what is wrong, for the person who wrote it."""


def of(params: Sequence[Mapping[str, Any]], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a tool; an explicit one comes before the table. Raises `BadSchema`."""
    return _checked(parameters) if parameters else _checked(from_params(params))


def from_params(params: Sequence[Mapping[str, Any]], *, depth: int = 1) -> dict[str, Any]:
    """A table of parameters as a JSON Schema: each with `name`, `type`, `description`, `isRequired`, `enum`;

    an object may have `properties` (such a table again), an array `items` (one such parameter).
    """
    if depth > _DEEPEST or len(params) > _MOST_PARAMETERS:
        raise BadSchema("there are too many parameters")
    properties: dict[str, Any] = {}
    for each in params:
        name = each.get("name") if isinstance(each, Mapping) else None
        if not isinstance(name, str) or not NAME.match(name):
            raise BadSchema(f"a parameter's name has letters without accents, digits, _ and - only: {name!r}")
        if name in properties:
            raise BadSchema(f"the parameter {name} stands there twice")
        properties[name] = _one(each, depth)
    required = [each["name"] for each in params if each.get("isRequired", each.get("required"))]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _one(param: Mapping[str, Any], depth: int) -> dict[str, Any]:
    kind = param.get("type") or "string"
    if kind not in TYPES:
        raise BadSchema(f"the type is one of {', '.join(TYPES)}, not {kind!r}")
    made: dict[str, Any] = {"type": kind}
    if param.get("description"):
        made["description"] = str(param["description"])
    if param.get("enum"):
        made["enum"] = list(param["enum"])
    if kind == "object" and param.get("properties"):
        made |= from_params(param["properties"], depth=depth + 1)
    if kind == "array":
        items = param.get("items") or {"type": "string"}
        if depth > _DEEPEST or not isinstance(items, Mapping):
            raise BadSchema("what the items of a list are cannot be read")
        made["items"] = _one(items, depth + 1)
    return made


def of_stranger(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema that a server sent: its own definitions may be referred to, nothing outside. Raises `BadSchema`."""
    targets = _references(schema)
    if any(not target.startswith("#") for target in targets):
        raise BadSchema("references outside the schema are not followed")
    return _checked(schema, references=True)


def _references(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        own = [str(value[name]) for name in ("$ref", "$dynamicRef") if name in value]
        return own + [target for each in value.values() for target in _references(each)]
    if isinstance(value, list):
        return [target for each in value for target in _references(each)]
    return []


def _checked(schema: Mapping[str, Any], *, references: bool = False) -> dict[str, Any]:
    from jsonschema import Draft202012Validator, SchemaError

    if schema.get("type", "object") != "object":
        raise BadSchema("the schema's outermost type must be object")
    made = {"type": "object", "properties": {}, **schema}
    if not isinstance(made["properties"], Mapping):
        raise BadSchema("`properties` must be an object")
    if not references and "$ref" in str(schema):
        raise BadSchema("references ($ref) are not followed: write the schema out")
    try:
        Draft202012Validator.check_schema(made)
    except SchemaError as error:
        raise BadSchema(f"it is no JSON Schema: {error.message}") from None
    return made


def complaints(schema: Mapping[str, Any], arguments: Any) -> list[str]:
    """What is wrong with the arguments, in words a model can act on; [] if they fit."""
    from referencing.exceptions import Unresolvable

    if not isinstance(arguments, dict):
        return ["the arguments are not a JSON object"]
    try:
        found = sorted(_validator()(dict(schema)).iter_errors(arguments), key=lambda error: str(list(error.path)))
    except (Unresolvable, RecursionError):
        return ["the tool's own schema cannot be read, so that it cannot be called"]
    return [_said(error) for error in found[:_MOST_COMPLAINTS]]


@cache
def _validator() -> Any:
    """JSON Schema, but for patterns: a stranger's may be written for another language, or take for ever.

    Names are held against no patterns at all, and where a schema has such, other names are not refused.
    """
    from jsonschema import Draft202012Validator, validators

    def additional(validator: Any, value: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
        if "patternProperties" not in schema:
            yield from Draft202012Validator.VALIDATORS["additionalProperties"](validator, value, instance, schema) or ()

    unchecked = dict.fromkeys(("patternProperties", "unevaluatedProperties"), lambda *_about: None)
    return validators.extend(
        Draft202012Validator, {"pattern": _pattern, "additionalProperties": additional, **unchecked}
    )


def _pattern(_validator: Any, pattern: str, text: Any, _schema: Any) -> Iterator[Any]:
    import regex
    from jsonschema import ValidationError

    if not isinstance(text, str):
        return
    try:
        fits = regex.search(pattern, text, timeout=_LONGEST_LOOK)
    except regex.error:
        return
    except TimeoutError:
        fits = None
    if not fits:
        yield ValidationError(f"{text[:100]!r} does not match {pattern[:100]!r}")


def _said(error: Any) -> str:
    where = ".".join(str(step) for step in error.path)
    return f"{where}: {error.message[:300]}" if where else str(error.message[:300])
