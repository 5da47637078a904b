"""Messages, and what the visitor's page is told."""

from __future__ import annotations

from happ_project.core.formatted import Mark
from messengers.samples import Scene, Sending
from messengers.types import OutgoingAttachment, OutgoingMessage

SCENE = Scene(external_id="wgt_demo", config={"title": "Shop", "colour": "#123456"})

TOPIC = "visitor.wgt_demo.visitor-1"

SAMPLES = (
    Sending(
        name="a text",
        message=OutgoingMessage(client_ref="m1", chat_id="visitor-1", text="Добрий день"),
        pushes=(
            (
                TOPIC,
                {"type": "message", "message": {"id": "m1", "from": "assistant", "text": "Добрий день", "at": {}}},
            ),
        ),
    ),
    Sending(
        name="a text with formatting, whose places count as JavaScript does",
        message=OutgoingMessage(
            client_ref="m3",
            chat_id="visitor-1",
            text="😀 так і тут",
            marks=(Mark(kind="bold", start=2, end=5), Mark(kind="link", start=8, end=11, ref="https://x.example")),
        ),
        pushes=(
            (
                TOPIC,
                {
                    "type": "message",
                    "message": {
                        "id": "m3",
                        "from": "assistant",
                        "text": "😀 так і тут",
                        "marks": [
                            {"kind": "bold", "start": 3, "end": 6, "ref": ""},
                            {"kind": "link", "start": 9, "end": 12, "ref": "https://x.example"},
                        ],
                        "at": {},
                    },
                },
            ),
        ),
    ),
    Sending(
        name="a picture with a caption, from a person",
        message=OutgoingMessage(
            client_ref="m2",
            chat_id="visitor-1",
            text="Ось",
            author="operator",
            attachment=OutgoingAttachment(
                kind="image", file_id="photo.jpg", mime="image/jpeg", name="p.jpg", size=1000
            ),
        ),
        pushes=(
            (
                TOPIC,
                {
                    "type": "message",
                    "message": {"id": "m2", "from": "operator", "text": "Ось", "at": {}, "imageUrl": {}},
                },
            ),
        ),
    ),
)
