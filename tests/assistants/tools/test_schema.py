"""Tables of parameters and JSON Schemas, and arguments held against them."""

from typing import Any

import pytest

from assistants.tools import schema

TABLE: list[dict[str, Any]] = [
    {"name": "customerName", "type": "string", "description": "Name of the customer", "isRequired": True},
    {"name": "guests", "type": "integer"},
    {"name": "table", "type": "object", "properties": [{"name": "hall", "type": "string", "isRequired": True}]},
    {"name": "dishes", "type": "array", "items": {"type": "string", "enum": ["borshch", "varenyky"]}},
]


def test_a_table_becomes_a_schema() -> None:
    made = schema.of(TABLE, {})

    assert made["required"] == ["customerName"]
    assert made["properties"]["table"]["required"] == ["hall"]
    assert made["properties"]["dishes"]["items"]["enum"] == ["borshch", "varenyky"]


def test_a_schema_comes_before_the_table() -> None:
    given = {"type": "object", "properties": {"date": {"type": "string"}}}

    assert schema.of(TABLE, given) == given


@pytest.mark.parametrize(
    ("params", "parameters"),
    [
        ([{"name": "з пробілом"}], {}),
        ([{"name": "a"}, {"name": "a"}], {}),
        ([{"name": "a", "type": "date"}], {}),
        ([{"type": "string"}], {}),
        (["text"], {}),
        ([], {"type": "array"}),
        ([], {"type": "object", "properties": {"a": {"type": "date"}}}),
        ([], {"type": "object", "properties": {"a": {"$ref": "https://example.com/"}}}),
        ([], {"properties": "none"}),
    ],
)
def test_what_cannot_be_used_is_refused(params: list, parameters: dict) -> None:
    with pytest.raises(schema.BadSchema):
        schema.of(params, parameters)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"customerName": "Olena", "guests": 2}, ""),
        (None, "not a JSON object"),
        ({}, "'customerName' is a required property"),
        ({"customerName": 7}, "customerName: 7 is not of type 'string'"),
        ({"customerName": "Olena", "table": {}}, "table: 'hall' is a required property"),
        ({"customerName": "Olena", "dishes": ["pizza"]}, "dishes.0: 'pizza' is not one of"),
        ({"customerName": "Olena", "sudo": True}, "Additional properties are not allowed"),
    ],
)
def test_arguments_are_held_against_it(arguments: Any, complaint: str) -> None:
    found = schema.complaints(schema.of(TABLE, {}), arguments)

    assert bool(found) == bool(complaint)
    assert complaint in "".join(found)


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("^[0-9]+$", "17", True),
        ("^[0-9]+$", "x", False),
        (r"^\p{L}+$", "Олена", True),
        ("[", "x", True),
        ("^(a|a)*$", "a" * 50 + "!", False),
    ],
    ids=["fits", "does not", "of another language", "unreadable", "takes for ever"],
)
def test_no_pattern_breaks_or_stops_a_turn(pattern: str, text: str, fits: bool) -> None:
    table = {"type": "object", "properties": {"name": {"type": "string", "pattern": pattern}}}

    found = schema.complaints(table, {"name": text})

    assert found == [] if fits else "does not match" in found[0]


def test_a_schema_that_refers_to_itself_without_end_is_said_so() -> None:
    endless = {"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"$ref": "#/$defs/a"}}}

    assert schema.complaints(schema.of_stranger(endless), {"a": 1}) == [
        "the tool's own schema cannot be read, so that it cannot be called"
    ]


def test_names_by_pattern_are_not_checked() -> None:
    table = {"type": "object", "patternProperties": {"^(a|a)*$": {"type": "string"}}, "additionalProperties": False}

    assert schema.complaints(table, {"a" * 50 + "!": 1}) == []
