"""The one table that says who hears what: complete, and every path in it leads somewhere."""

import dataclasses
import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from happ_project import subscriptions
from happ_project.core import events


def modules_of_events() -> Iterator[str]:
    for config in apps.get_app_configs():
        if Path(config.path).is_relative_to(settings.BASE_DIR) and Path(config.path, "events.py").exists():
            yield f"{config.name}.events"


def event_classes() -> list[type]:
    found = []
    for name in modules_of_events():
        module = importlib.import_module(name)
        classes = [value for _name, value in inspect.getmembers(module, inspect.isclass) if value.__module__ == name]
        found += [each for each in classes if dataclasses.is_dataclass(each)]
    return found


def test_every_event_of_the_house_has_a_line() -> None:
    wanted = event_classes()

    assert len(wanted) >= 6
    assert [each.__qualname__ for each in wanted if each not in subscriptions.TABLE] == []
    assert [each.__qualname__ for each in subscriptions.TABLE if each not in wanted] == []


@pytest.mark.parametrize("event", subscriptions.TABLE, ids=lambda event: event.__name__)
def test_an_event_is_frozen_and_its_subscribers_exist(event: type) -> None:
    assert event.__dataclass_params__.frozen  # type: ignore[attr-defined]
    for subscriber in events.subscribers(event):
        assert len(inspect.signature(subscriber).parameters) == 1


def test_an_event_without_a_line_is_not_lost_in_silence() -> None:
    @dataclass(frozen=True)
    class Unheard:
        pass

    with pytest.raises(KeyError):
        events.publish(Unheard())
