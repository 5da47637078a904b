"""Connecting with Meta as the owner sees it on the page: every step, what is missing, and how it goes on."""

from __future__ import annotations

import html
from collections import Counter
from typing import Any

import pytest
from django.test import Client

from happ_project.core import jobs
from messengers.models import LoginAttempt
from tests import factories
from tests.doubles.meta import Meta, Page, Person
from tests.messengers.meta.house import Owner, double, owner, page, person
from tests.working import Time, due, time

__all__ = ["double", "owner", "page", "person", "time"]

pytestmark = pytest.mark.django_db(transaction=True)

WAITS = "Talking to the messenger…"
FOLLOWED = 'hx-trigger="every 1500ms"'


def one_step() -> None:
    """What one Celery task does."""
    (attempt,) = due(LoginAttempt)
    jobs.run(attempt._meta.label, attempt.pk, attempt.company_id)  # type: ignore[attr-defined]


def test_what_is_asked_of_meta_is_asked_by_tasks_while_the_page_shows_how_far_it_is(
    owner: Owner, double: Meta, person: Person, page: Page, time: Time
) -> None:
    coffee = double.add_page(person, "Coffee")
    attempt = owner.begin("facebook")
    asked: Counter[str] = Counter(double.calls)

    owner.go_there(attempt, person)
    seen = [owner.looks(attempt)]
    assert set(double.calls - asked) == {"facebook_dialog"}, "the way back asks for nothing"
    for _ in range(2):
        one_step()
        seen.append(owner.looks(attempt))
    told = double.calls.copy()
    pick = [f"facebook:{each.id}" for each in (page, coffee)]
    owner.client.post(f"/integrations/login/{attempt.public_id}/step/", {"pick": pick})
    seen.append(owner.looks(attempt))
    assert double.calls == told
    for _ in range(3):
        one_step()
        seen.append(owner.looks(attempt))

    shown = [WAITS, "Looking up your pages", "What to connect", WAITS, "Bakery (1/2)", "Coffee (2/2)", "Connected."]
    assert [words for words, part in zip(shown, seen, strict=True) if words not in part] == []
    assert [FOLLOWED in part for part in seen] == [True, True, False, True, True, True, False]


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"deny": True}, "You did not allow it on Facebook, so nothing is connected. You can try again."),
        ({"decline": ("pages_messaging",)}, "read and answer the pages' messages\nPlease allow that on Facebook."),
        ({"pages": []}, "Facebook showed us no page. Choose at least one page in Facebook's dialog."),
    ],
    ids=["refused", "a permission left out", "no page"],
)
def test_what_is_missing_is_said_and_the_way_there_is_open_again(
    owner: Owner, double: Meta, person: Person, page: Page, time: Time, how: dict[str, Any], why: str
) -> None:
    attempt = owner.begin("facebook")

    shown = html.unescape(owner.visit(attempt, person, **how))

    assert why in shown
    assert f'href="/integrations/login/{attempt.public_id}/visit/"' in shown
    assert f'value="facebook:{page.id}"' in owner.visit(attempt, person)


def test_a_page_on_which_one_has_no_right_is_shown_with_the_way_to_get_it(
    owner: Owner, double: Meta, person: Person, page: Page, time: Time
) -> None:
    weak = double.add_page(person, "Coffee", tasks=("ANALYZE",))

    shown = owner.visit(owner.begin("facebook"), person)

    assert f'value="facebook:{weak.id}" disabled' in shown
    assert "Your role on this page does not include messages. Ask its owner for full access." in shown
    assert f'value="facebook:{page.id}" disabled' not in shown


def test_a_page_of_another_company_cannot_be_taken(
    owner: Owner, double: Meta, person: Person, page: Page, time: Time
) -> None:
    owner.connect_page(person, f"facebook:{page.id}")
    charlie = factories.make_user(email="charlie@example.com")
    other = Owner(factories.make_company(owner=charlie), double, Client())
    other.client.force_login(charlie)

    attempt = other.begin("facebook")
    shown = other.visit(attempt, person)

    assert "Connected to another company already" in shown
    assert f'value="facebook:{page.id}" disabled' in shown
    forced = other.answer(attempt, pick=[f"facebook:{page.id}"])
    assert "already connected to another company: Bakery" in forced
    assert "Start again" in forced
