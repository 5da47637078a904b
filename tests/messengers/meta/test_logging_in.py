"""Connecting pages and Instagram accounts, step by step, through the dialogs of the double."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from happ_project.core import clock as core_clock
from messengers import errors, registry, types
from tests.doubles.meta import Account, Person
from tests.doubles.recording_io import RecordingIO
from tests.messengers.meta.conftest import Clock, World

BACK = "https://happ.test/messengers/meta/callback/"


class Visitor:
    """Somebody at the login page; every step goes through storage, as in the product."""

    def __init__(self, world: World, kind: str, *, settings: dict[str, str] | None = None) -> None:
        self._double = world.double
        io = RecordingIO(settings=world.double.settings() | (settings or {}))
        self._adapter = registry.open(kind, io=io)
        self._state: dict[str, Any] = {}

    def step(self, **answer: str) -> Any:
        attempt = types.Attempt(return_url=BACK, state=self._state)
        step = self._adapter.login(attempt, answer or None)
        self._state = attempt.state
        return types.load(types.dump(step))

    def on(self, step: Any) -> Any:
        """Past the steps that only show how far it is."""
        self.shown: list[str] = []
        while isinstance(step, types.Show):
            self.shown.append(step.text)
            step = self.step()
        return step

    def decide(self, visit: types.Visit, who: Person | Account, **how: Any) -> Any:
        """What happens in the dialog, and what the callback makes of it."""
        way_back = urlsplit(self._double.consent(visit.url, who, **how))
        given = {name: values[0] for name, values in parse_qs(way_back.query).items()}
        assert f"{way_back.scheme}://{way_back.netloc}{way_back.path}" == BACK
        assert given.pop("state") == visit.state
        return self.on(self.step(**given))


@pytest.fixture(autouse=True)
def one_clock(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_clock, "now", lambda: datetime.fromtimestamp(clock.now, UTC))


def choices(step: types.Ask) -> dict[str, types.Choice]:
    return {choice.value: choice for choice in step.fields[0].choices}


def test_a_page_and_the_instagram_behind_it_are_connected_at_once(world: World) -> None:
    person = Visitor(world, "facebook")

    asked = person.decide(person.step(), world.owner)
    offered = choices(asked)
    done = person.on(person.step(pick="\n".join(offered)))

    assert [choice.label for choice in offered.values()] == ["Facebook page: Bakery", "Instagram: @bakery.kyiv"]
    assert (done.account.kind, done.account.external_id) == ("facebook", world.owner.id)
    assert done.account.config["user_ids"] == [world.owner.id]
    page, account = done.addresses
    assert (page.kind, page.external_id, page.name) == ("facebook", world.page.id, "Bakery")
    assert (account.kind, account.external_id, account.name) == ("instagram", world.behind.id, "@bakery.kyiv")
    assert page.config == account.config
    assert world.double.tokens[page.credentials["token"]].expires_at == 0, "a page's token does not expire"
    assert "messages" in (world.page.fields or ())


def test_the_page_shows_how_far_it_is(world: World) -> None:
    world.double.add_page(world.owner, "Coffee")
    person = Visitor(world, "facebook")

    asked = person.decide(person.step(), world.owner)
    looked_up = person.shown
    person.on(person.step(pick="\n".join(key for key in choices(asked) if key.startswith("facebook"))))

    assert looked_up == ["Signed in. Looking up your pages and Instagram accounts…"]
    assert person.shown == ["Bakery (1/2)", "Coffee (2/2)"]


def test_a_hundred_pages_are_all_listed(world: World) -> None:
    world.double.page_size = 4
    for number in range(9):
        world.double.add_page(world.owner, f"Shop {number}")
    person = Visitor(world, "facebook")

    assert len(choices(person.decide(person.step(), world.owner))) == 11


def test_who_declines_is_told_and_may_try_again(world: World) -> None:
    person = Visitor(world, "facebook")

    again = person.decide(person.step(), world.owner, deny=True)

    assert again.text == "You did not allow it on Facebook, so nothing is connected. You can try again."
    assert "auth_type=rerequest" in again.url
    assert isinstance(person.decide(again, world.owner), types.Ask)


def test_a_permission_that_was_left_out_is_named_and_asked_for_again(world: World) -> None:
    person = Visitor(world, "facebook")

    again = person.decide(person.step(), world.owner, decline=("pages_messaging",))

    assert "read and answer the pages' messages" in again.text
    assert "auth_type=rerequest" in again.url
    assert isinstance(person.decide(again, world.owner), types.Ask)


def test_whoever_leaves_instagram_out_connects_the_page_alone(world: World) -> None:
    person = Visitor(world, "facebook")

    asked = person.decide(person.step(), world.owner, decline=("instagram_basic", "instagram_manage_messages"))

    assert list(choices(asked)) == [f"facebook:{world.page.id}"]


def test_no_page_gives_a_sentence_and_a_way_on(world: World) -> None:
    person = Visitor(world, "facebook")

    again = person.decide(person.step(), world.double.add_person("Nobody"))

    assert "Facebook showed us no page" in again.text
    assert isinstance(person.decide(again, world.owner), types.Ask)


def test_a_page_without_the_right_role_cannot_be_chosen(world: World) -> None:
    weak = world.double.add_page(world.owner, "Not mine", tasks=("ANALYZE", "MESSAGING"))
    person = Visitor(world, "facebook")

    asked = person.decide(person.step(), world.owner)
    refused = choices(asked)[f"facebook:{weak.id}"]
    still = person.step(pick=f"facebook:{weak.id}")

    assert (refused.enabled, refused.note) == (
        False, "Your role on this page does not include messages. Ask its owner for full access."
    )  # fmt: skip
    assert still.fields[0].error == "Choose at least one."


def test_instagram_without_a_linked_account_gives_a_sentence_and_a_way_on(world: World) -> None:
    world.page.instagram = None
    person = Visitor(world, "instagram")
    person.step()

    again = person.decide(person.step(how="page"), world.owner)

    assert "No professional Instagram account is linked to your pages" in again.text


def test_closed_access_to_instagram_messages_says_where_the_switch_is(world: World) -> None:
    world.behind.gives_access = False
    person = Visitor(world, "instagram")
    person.step()
    person.decide(person.step(how="page"), world.owner)

    still = person.on(person.step(pick=f"instagram:{world.behind.id}"))
    world.behind.gives_access = True
    done = person.on(person.step(pick=f"instagram:{world.behind.id}"))

    assert "switch on “Allow access to messages”" in still.fields[0].error
    assert [address.external_id for address in done.addresses] == [world.behind.id]


def test_what_cannot_be_connected_does_not_hold_up_the_rest(world: World) -> None:
    world.behind.gives_access = False
    person = Visitor(world, "facebook")
    asked = person.decide(person.step(), world.owner)

    done = person.on(person.step(pick="\n".join(choices(asked))))

    assert [address.kind for address in done.addresses] == ["facebook"]
    assert done.text.startswith("@bakery.kyiv: Instagram does not allow access to messages.")


def test_a_code_that_is_too_old_sends_the_person_there_once_more(world: World, clock: Clock) -> None:
    person = Visitor(world, "facebook")
    visit = person.step()
    way_back = urlsplit(world.double.consent(visit.url, world.owner))
    code = parse_qs(way_back.query)["code"][0]

    clock.now += 700
    again = person.on(person.step(code=code))

    assert again.text == "Facebook's answer was too old or had been used. Please go there once more."
    assert again.state != visit.state


def test_a_page_opened_again_shows_the_same_step(world: World) -> None:
    person = Visitor(world, "facebook")
    asked = person.decide(person.step(), world.owner)

    assert person.step() == asked


def test_login_for_business_names_its_configuration_instead_of_permissions(world: World) -> None:
    visit = Visitor(world, "facebook", settings={"META_CONFIG_ID": "777"}).step()

    query = parse_qs(urlsplit(visit.url).query)
    assert (query["config_id"], "scope" in query) == (["777"], False)


def test_version_and_addresses_are_the_operators(world: World) -> None:
    settings = {"META_GRAPH_VERSION": "v27.0", "META_DIALOG_URL": "https://dialog.example.com"}

    assert (
        Visitor(world, "facebook", settings=settings).step().url.startswith("https://dialog.example.com/v27.0/dialog/")
    )


def test_without_an_app_the_operator_is_named(world: World) -> None:
    none = {"META_APP_ID": "", "INSTAGRAM_APP_ID": ""}

    for kind in ("facebook", "instagram"):
        with pytest.raises(errors.Rejected, match="META_APP_ID"):
            Visitor(world, kind, settings=none).step()


def test_nothing_happens_twice_when_meta_is_away_for_a_moment(world: World) -> None:
    person = Visitor(world, "facebook")
    world.double.fail("/me/accounts", "500")

    with pytest.raises(errors.TryLater):
        person.decide(person.step(), world.owner)

    assert isinstance(person.on(person.step()), types.Ask), "the code was not needed a second time"


# --- Instagram's own login --------------------------------------------------------------------------------------------


def test_an_instagram_account_without_a_page_is_connected(world: World) -> None:
    person = Visitor(world, "instagram")

    how = person.step()
    done = person.decide(person.step(how="own"), world.own)

    assert list(choices(how)) == ["own", "page"]
    (address,) = done.addresses
    assert (address.external_id, address.name) == (world.own.id, "@olena.bakes")
    assert address.config["route"] == "own"
    assert address.credentials["token_until"] == "2026-11-20T14:13:20+00:00"
    assert set(done.account.config["user_ids"]) == {world.own.id, world.own.app_scoped_id}
    assert "messages" in (world.own.fields or ())


def test_the_flat_form_of_the_token_answer_is_read_too(world: World) -> None:
    world.double.flat_token_answer = True
    person = Visitor(world, "instagram", settings={"META_APP_ID": ""})

    assert isinstance(person.decide(person.step(), world.own), types.Done), "with one app there is nothing to choose"


def test_the_ending_of_instagrams_code_is_taken_off(world: World) -> None:
    person = Visitor(world, "instagram", settings={"META_APP_ID": ""})
    visit = person.step()
    code = parse_qs(urlsplit(world.double.consent(visit.url, world.own)).query)["code"][0]

    assert isinstance(person.on(person.step(code=f"{code}#_")), types.Done)


def test_a_personal_account_is_told_how_to_become_a_professional_one(world: World) -> None:
    world.own.type = "PERSONAL"
    person = Visitor(world, "instagram", settings={"META_APP_ID": ""})

    again = person.decide(person.step(), world.own)

    assert "Switch to professional account" in again.text
    assert "force_authentication=1" in again.url


def test_instagram_declined_or_half_allowed_gives_a_sentence_and_a_way_on(world: World) -> None:
    person = Visitor(world, "instagram", settings={"META_APP_ID": ""})

    declined = person.decide(person.step(), world.own, deny=True)
    half = person.decide(declined, world.own, decline=("instagram_business_manage_messages",))

    assert "You did not allow it on Instagram" in declined.text
    assert "Happ cannot work without being allowed" in half.text
    assert isinstance(person.decide(half, world.own), types.Done)
