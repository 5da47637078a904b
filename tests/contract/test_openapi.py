"""Our API against Happ's own OpenAPI document: every documented operation that we serve keeps its contract.

`happ-openapi.json` is the document as published (public repository Furman-87/n8n-nodes-happ, MIT, 25 June 2026).
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from happ_project.core.api import docs

NOT_SERVED = {
    ("post", "/api/assistants/{}/originate"): "calls are another product",
}


@cache
def published() -> dict[str, Any]:
    return json.loads((Path(__file__).parent / "happ-openapi.json").read_text())


def _plain(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


@cache
def ours() -> dict[tuple[str, str], Any]:
    paths = docs.document_of_this_api()["paths"]
    return {
        (method, _plain(path)): operation for path, methods in paths.items() for method, operation in methods.items()
    }


def documented() -> list[Any]:
    found = []
    for path, methods in published()["paths"].items():
        for method, operation in methods.items():
            key = (method, _plain(path))
            if key not in NOT_SERVED:
                found.append(pytest.param(key, operation, id=f"{method.upper()} {path}"))
    return found


def _resolved(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return _resolved(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
    if schema.get("type") == "array":
        return _resolved(schema["items"], document)
    for several in ("allOf", "oneOf"):
        if several in schema:
            return _resolved(schema[several][0], document)
    return schema


def _properties(schema: dict[str, Any] | None, document: dict[str, Any]) -> dict[str, Any]:
    return _resolved(schema, document).get("properties", {}) if schema else {}


def _json(part: dict[str, Any]) -> dict[str, Any] | None:
    return part.get("content", {}).get("application/json", {}).get("schema")


def test_what_is_not_served_is_known() -> None:
    all_documented = {(method, _plain(path)) for path, methods in published()["paths"].items() for method in methods}

    assert all_documented - set(ours()) == set(NOT_SERVED)


@pytest.mark.parametrize(("key", "operation"), documented())
def test_its_ways_to_sign_in_are_ours(key: tuple[str, str], operation: dict[str, Any]) -> None:
    wanted = {name for each in operation.get("security") or [] for name in each}

    assert wanted <= {name for each in ours()[key].get("security", []) for name in each}


@pytest.mark.parametrize(("key", "operation"), documented())
def test_its_query_is_understood(key: tuple[str, str], operation: dict[str, Any]) -> None:
    wanted = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}

    assert wanted <= {each["name"] for each in ours()[key].get("parameters", [])}


@pytest.mark.parametrize(("key", "operation"), documented())
def test_its_body_is_accepted(key: tuple[str, str], operation: dict[str, Any]) -> None:
    mine = docs.document_of_this_api()
    wanted = _properties(_json(operation.get("requestBody", {})), published())
    got = _properties(_json(ours()[key].get("requestBody", {})), mine)

    assert wanted.keys() <= got.keys()
    for name, schema in wanted.items():
        accepted = _resolved(got[name], mine).get("enum")
        if schema.get("enum") and accepted:
            assert set(schema["enum"]) <= set(accepted), name
    required = set(_resolved(_json(ours()[key].get("requestBody", {})) or {}, mine).get("required", []))
    theirs = set(_resolved(_json(operation.get("requestBody", {})) or {}, published()).get("required", []))
    if wanted:  # a body that was published empty says nothing about what is required
        assert required <= theirs | {"chatId", "resourceContent"}


@pytest.mark.parametrize(("key", "operation"), documented())
def test_its_answer_has_the_documented_keys(key: tuple[str, str], operation: dict[str, Any]) -> None:
    (status,) = [code for code in operation["responses"] if code.startswith("2")]
    assert status in ours()[key]["responses"]
    wanted = _json(operation["responses"][status])
    got = _json(ours()[key]["responses"][status])

    assert _properties(wanted, published()).keys() <= _properties(got, docs.document_of_this_api()).keys()
    if wanted:
        assert wanted.get("type", "object") == (got or {}).get("type", "object")


def test_our_own_document_is_made_without_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    docs.document_of_this_api.cache_clear()

    document = docs.document_of_this_api()

    assert capsys.readouterr().err == ""
    used = {tag for operation in ours().values() for tag in operation["tags"]}
    assert used == {tag["name"] for tag in document["tags"]}


def test_our_own_document_is_complete() -> None:
    """Every operation says what it is, who may call it and what comes back; no two share a name."""
    names = [operation["operationId"] for operation in ours().values()]

    assert len(names) == len(set(names))
    for (method, path), operation in ours().items():
        assert operation.get("description"), f"{method} {path}"
        assert operation.get("tags"), f"{method} {path}"
        assert any(code.startswith("2") for code in operation["responses"]), f"{method} {path}"
