"""The double keeps WaSender's rules; a test against a double that forgives everything proves nothing."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from happ_project.core import http
from tests.doubles.wasender import Session, WaSender, media
from tests.messengers.adapters.conftest import Clock


def call(double: WaSender, method: str, path: str, token: str, **content: Any) -> http.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return http.client("messenger", user_given=False).request(
        method, double.base_url + path, headers=headers | content.pop("headers", {}), **content
    )


def send(double: WaSender, session: Session, **body: Any) -> http.Response:
    return call(double, "POST", "/send-message", session.api_key, json={"to": "+380671112233", "text": "Hi"} | body)


def test_each_token_opens_its_own_doors(double: WaSender, token: str, session: Session) -> None:
    assert call(double, "GET", "/whatsapp-sessions", token).ok
    assert call(double, "GET", "/whatsapp-sessions", session.api_key).status == 401
    assert call(double, "GET", "/status", session.api_key).json() == {"status": "connected"}
    assert call(double, "GET", "/status", token).status == 401
    assert call(double, "GET", "/status", "").json()["message"] == "API key is required"
    assert call(double, "GET", f"/whatsapp-sessions/{session.id}", double.add_token()).status == 404


def test_a_regenerated_key_ends_the_old_one(double: WaSender, token: str, session: Session) -> None:
    old = session.api_key

    fresh = call(double, "POST", f"/whatsapp-sessions/{session.id}/regenerate-key", token).json()["api_key"]

    assert call(double, "GET", "/status", old).status == 401
    assert call(double, "GET", "/status", fresh).ok


def test_a_session_is_made_shown_changed_and_deleted(double: WaSender, token: str) -> None:
    incomplete = call(double, "POST", "/whatsapp-sessions", token, json={"name": "Shop"})
    assert sorted(incomplete.json()["errors"]) == ["account_protection", "log_messages", "phone_number"]

    fields = {"name": "Shop", "phone_number": "+380501234567", "account_protection": True, "log_messages": True}
    made = call(double, "POST", "/whatsapp-sessions", token, json=fields).json()["data"]
    assert (len(made["api_key"]), len(made["webhook_secret"]), made["status"]) == (64, 32, "disconnected")
    changed = call(double, "PUT", f"/whatsapp-sessions/{made['id']}", token, json={"name": "Bakery"})
    assert changed.json()["data"]["name"] == "Bakery"
    assert call(double, "DELETE", f"/whatsapp-sessions/{made['id']}", token).status == 204
    assert call(double, "GET", f"/whatsapp-sessions/{made['id']}", token).status == 404


def test_a_qr_code_comes_after_connect_and_lives_for_45_seconds(double: WaSender, token: str, clock: Clock) -> None:
    session = double.add_session(token, connected=False)
    assert call(double, "GET", f"/whatsapp-sessions/{session.id}/qrcode", token).status == 400

    answer = call(double, "POST", f"/whatsapp-sessions/{session.id}/connect", token).json()["data"]
    assert answer["status"] == "NEED_SCAN"
    clock.now += 46

    assert not double.scan(session, answer["qrCode"])
    assert call(double, "GET", f"/whatsapp-sessions/{session.id}/qrcode", token).ok
    assert double.scan(session)


@pytest.mark.parametrize(
    ("settings", "most", "pause"),
    [({"account_protection": True}, 1, 5), ({"trial": True}, 1, 60), ({}, 256, 60)],
    ids=["protected", "trial", "paid"],
)
def test_the_pace_is_enforced(
    double: WaSender, token: str, clock: Clock, settings: dict[str, Any], most: int, pause: int
) -> None:
    session = double.add_session(token, **settings)

    assert {send(double, session).status for _ in range(most)} == {200}
    refused = send(double, session)

    assert (refused.status, refused.json()["retry_after"]) == (429, pause)
    clock.now += pause
    assert send(double, session).ok


@pytest.mark.parametrize(
    "body",
    [
        {"to": "nobody"},
        {"text": ""},
        {"text": "x" * 65_537},
        {"replyTo": "3EB0"},
        {"imageUrl": "ftp://x/y"},
        {"imageUrl": "http://127.0.0.1:1/nothing"},
        {"documentUrl": "http://127.0.0.1:1/nothing"},
    ],
)
def test_a_malformed_message_is_refused(double: WaSender, session: Session, body: dict[str, Any]) -> None:
    refused = send(double, session, **body)

    assert refused.status == 422
    assert refused.json()["errors"]
    assert double.sent == []


def test_a_file_is_looked_at(double: WaSender, session: Session) -> None:
    text, large = (
        double.keep_file(b"just text", "image/png"),
        double.keep_file(b"\xff\xd8\xff" + b"0" * 5_300_000, "image/jpeg"),
    )

    assert "file of type" in send(double, session, imageUrl=text).text
    assert "larger" in send(double, session, imageUrl=large).text


def test_an_unlinked_session_sends_nothing(double: WaSender, session: Session) -> None:
    session.status = "need_scan"

    assert "not connected" in send(double, session).text


def test_media_are_really_encrypted() -> None:
    sealed, described = media.encrypt(b"a picture", kind="image")

    assert b"picture" not in sealed
    assert media.decrypt(sealed, media_key=described["mediaKey"], kind="image") == b"a picture"
    with pytest.raises(ValueError, match="does not fit"):
        media.decrypt(sealed, media_key=described["mediaKey"], kind="video")


def test_an_upload_can_be_fetched_again(double: WaSender, session: Session) -> None:
    raw = call(double, "POST", "/upload", session.api_key, data=b"%PDF", headers={"Content-Type": "application/pdf"})
    body = {"base64": base64.b64encode(b"%PDF-2").decode(), "mimetype": "application/pdf"}
    coded = call(double, "POST", "/upload", session.api_key, json=body)

    fetched = [http.client("media", user_given=False).get(found.json()["publicUrl"]).content for found in (raw, coded)]
    assert fetched == [b"%PDF", b"%PDF-2"]


def test_lid_and_phone_lead_to_each_other(double: WaSender, session: Session) -> None:
    double.customer_writes(session, "+380671112233", "Hi", lid="55@lid")

    assert (
        call(double, "GET", "/pn-from-lid/55@lid", session.api_key).json()["data"]["pn"]
        == "380671112233@s.whatsapp.net"
    )
    assert (
        call(double, "GET", "/lid-from-pn/380671112233@s.whatsapp.net", session.api_key).json()["data"]["lid"]
        == "55@lid"
    )
    assert call(double, "GET", "/pn-from-lid/1@lid", session.api_key).json()["success"] is False


def test_only_what_was_subscribed_is_posted(double: WaSender, session: Session) -> None:
    session.webhook_events = ["messages.upsert"]
    double.customer_writes(session, "+380671112233", "Hi")
    double.log_out(session)
    session.webhook_enabled = False
    double.customer_writes(session, "+380671112233", "Hi")

    assert [post.event for post in double.posts] == ["messages.upsert"]


def test_the_page_pulls_the_strings(double: WaSender, session: Session) -> None:
    client = http.client("messenger", user_given=False)

    client.post(
        f"{double.origin}/board/write", data={"session": "1", "phone": "+380671112233", "text": "Hi", "lid": "on"}
    )
    client.post(f"{double.origin}/board/log-out", json={"session": 1})

    assert {post.event for post in double.posts} >= {"messages.upsert", "session.status"}
    assert "Webhooks posted" in client.get(f"{double.origin}/").text
