"""Storing files and serving them to whoever holds a signed address."""

import hashlib
import io
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import time_machine
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django_scopes.exceptions import ScopeError
from PIL import Image

from assistants.services import knowledge
from happ_project.companies.models import Company, User
from happ_project.core import clock, tenancy
from happ_project.files import services as files
from happ_project.files.models import StoredFile
from tests import factories
from tests.working import at_once, committed

__all__ = ["committed"]

pytestmark = pytest.mark.django_db


def picture(colour: str = "red", *, form: str = "PNG", size: tuple[int, int] = (20, 10)) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, form)
    return target.getvalue()


def path_of(url: str) -> str:
    assert url.startswith("https://happ.test/files/")
    return url.removeprefix("https://happ.test")


def test_the_beginning_that_a_killed_process_left_is_not_taken_for_the_file(in_company: Company) -> None:
    content = picture()
    sha256 = hashlib.sha256(content).hexdigest()
    default_storage.save(f"{in_company.pk.hex}/{sha256[:2]}/{sha256}", ContentFile(content[:10]))

    stored = files.store(content, name="cake.png")

    with files.open(stored) as kept:
        assert kept.read() == content


def test_what_two_store_at_once_is_one_file(committed: None) -> None:
    company, content = factories.make_company(), picture()

    def store() -> UUID:
        with tenancy.company_scope(company):
            return files.store(content).pk

    assert len(set(at_once(*[store] * 4))) == 1

    folder = default_storage.path(company.pk.hex)
    assert len([path for path in Path(folder).rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize(
    ("claimed", "real"),
    [
        ("audio/mp4", "audio/mp4"),
        ("audio/mp4; codecs=mp4a.40.2", "audio/mp4"),
        ("video/mp4", "video/mp4"),
        (None, "video/mp4"),
        ("image/jpeg", "video/mp4"),
        ("text/html", "video/mp4"),
    ],
)
def test_a_recording_in_a_films_container_is_sound_if_its_sender_says_so(
    in_company: Company, claimed: str | None, real: str
) -> None:
    assert files.store(b"\0\0\0\x18ftypisom" + bytes(60), name="note.mp4", mime=claimed).mime == real


def test_a_kind_that_is_not_wanted_is_not_stored(in_company: Company) -> None:
    with pytest.raises(files.WrongKind):
        files.store(b"just words", mime="text/plain", wanted=("image/png",))

    assert not StoredFile.objects.exists()


def test_a_file_that_nothing_points_to_is_forgotten_after_a_month(in_company: Company) -> None:
    unsent, sent, known = (files.store(f"file {n}".encode(), mime="text/plain") for n in range(3))
    factories.make_message(factories.make_chat(in_company), file=sent)
    knowledge.add_file(factories.make_assistant(in_company), name="k", file=known)
    place = str(unsent.content.name)

    with time_machine.travel(clock.now() + timedelta(days=29)):
        assert files.forget_unused() == 0
    with time_machine.travel(clock.now() + timedelta(days=31)):
        assert files.forget_unused() == 1

    assert set(StoredFile.objects.values_list("pk", flat=True)) == {sent.pk, known.pk}
    assert not default_storage.exists(place)


def test_a_file_that_is_stored_again_is_young_again(in_company: Company) -> None:
    file = files.store(picture())

    with time_machine.travel(clock.now() + timedelta(days=31)):
        files.store(picture())
        assert files.forget_unused() == 0

    assert files.exists(file.pk)


def test_another_companys_files_are_not_looked_at(in_company: Company, charlie: User) -> None:
    with tenancy.company_scope(charlie.owned_companies.get()):
        theirs = files.store(picture())

    with time_machine.travel(clock.now() + timedelta(days=31)):
        files.forget_unused()

    assert StoredFile._base_manager.filter(pk=theirs.pk).exists()


def test_the_same_content_is_stored_once(in_company: Company) -> None:
    first = files.store(picture(), name="cake.png", mime="image/png")
    second = files.store(io.BytesIO(picture()), name="other.png")

    assert first == second
    assert (first.mime, first.size, first.name) == ("image/png", len(picture()), "cake.png")
    with files.open(first) as content:
        assert content.read() == picture()


def test_each_company_has_its_own_copy(in_company: Company, charlie: User) -> None:
    mine = files.store(picture())
    with tenancy.company_scope(charlie.owned_companies.get()):
        theirs = files.store(picture())
        assert not StoredFile.objects.filter(pk=mine.pk).exists()

    assert theirs.content.name != mine.content.name


def test_nothing_is_stored_outside_a_company(company: Company) -> None:
    with pytest.raises(ScopeError):
        files.store(picture())


@pytest.mark.parametrize(
    ("content", "claimed", "stored_as"),
    [
        (picture(form="JPEG"), "image/png", "image/jpeg"),
        (b"%PDF-1.7 and so on", "text/plain", "application/pdf"),
        (b"a,b\n1,2\n", "text/csv; charset=utf-8", "text/csv"),
        (b"<html><script>alert(1)</script>", "text/html", "application/octet-stream"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", "application/octet-stream"),
        (b"bytes\0", "text/plain", "application/octet-stream"),
        (b"", None, "application/octet-stream"),
    ],
)
def test_the_content_decides_what_a_file_is(in_company: Company, content: bytes, claimed: str, stored_as: str) -> None:
    assert files.store(content, name="x", mime=claimed).mime == stored_as


def test_a_damaged_picture_is_refused(in_company: Company) -> None:
    with pytest.raises(files.BrokenImage):
        files.store(picture()[:40])

    assert not StoredFile.objects.exists()


def test_a_picture_that_would_unpack_to_gigabytes_is_refused(
    in_company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST_IMAGE", 100)

    with pytest.raises(files.TooLarge):
        files.store(picture(size=(20, 10)))


def test_a_file_over_the_limit_is_refused_without_reading_it_all(in_company: Company) -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            assert size > 0
            return b"x" * size

    with pytest.raises(files.TooLarge, match="larger than 16 MB"):
        files.store(Endless())  # type: ignore[arg-type]


# --- addresses --------------------------------------------------------------------------------------------------------


def test_a_signed_address_opens_the_file_without_a_session(in_company: Company) -> None:
    file = files.store(picture(), name="мій торт.png")

    answer = Client().get(path_of(files.signed_url(file)))

    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == picture()
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"].startswith("private, max-age=")


@pytest.mark.parametrize("content", [b"<html><script>alert(1)</script>", b"%PDF-1.7", b"plain words"])
def test_what_a_browser_might_run_is_a_download(in_company: Company, content: bytes) -> None:
    file = files.store(content, name="page.html", mime="text/plain")

    answer = Client().get(path_of(files.signed_url(file)))

    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Type"] == "application/octet-stream"


def test_an_address_expires(in_company: Company) -> None:
    path = path_of(files.signed_url(files.store(picture()), seconds=80))
    start = clock.now()

    with time_machine.travel(start + timedelta(seconds=79)):
        assert Client().get(path).status_code == 200
    with time_machine.travel(start + timedelta(seconds=91)):
        assert Client().get(path).status_code == 404


def test_an_address_stays_the_same_for_a_while(in_company: Company) -> None:
    file = files.store(picture())
    span = settings.FILE_URL_SECONDS

    with time_machine.travel(clock.now().replace(microsecond=0), tick=False) as time:
        addresses = set()
        for _ in range(16):
            addresses.add(files.signed_url(file))
            time.shift(span / 8 / 16)

    assert len(addresses) <= 2


def test_a_changed_address_opens_nothing(in_company: Company, charlie: User) -> None:
    file, other = files.store(picture()), files.store(picture("blue"))
    with tenancy.company_scope(charlie.owned_companies.get()):
        theirs = files.store(picture())
    _empty, _files, file_id, signature, name = path_of(files.signed_url(file)).split("/")
    company, expires, seal = signature.split(".")

    forged = [
        (other.pk, signature),
        (theirs.pk, signature),
        (theirs.pk, f"{theirs.company_id.hex}.{expires}.{seal}"),
        (file_id, f"{company}.{int(expires, 16) + 1:x}.{seal}"),
        (file_id, f"{company}.{expires}.{seal[:-1]}"),
        (file_id, f"{company}.{expires}."),
        (file_id, "nonsense"),
        (file_id, ".."),
    ]

    assert Client().get(f"/files/{file_id}/{signature}/{name}").status_code == 200
    assert [Client().get(f"/files/{a}/{b}/{name}").status_code for a, b in forged] == [404] * len(forged)


def test_a_browser_that_has_it_is_told_so(in_company: Company) -> None:
    path = path_of(files.signed_url(files.store(picture())))
    tag = Client().get(path).headers["ETag"]

    assert Client().get(path, headers={"If-None-Match": tag}).status_code == 304


def test_a_file_gone_from_the_disk_is_not_found(in_company: Company) -> None:
    file = files.store(picture("green"))
    path = path_of(files.signed_url(file))
    default_storage.delete(file.content.name)

    assert Client().get(path).status_code == 404


@pytest.mark.parametrize(
    ("asked", "status", "told", "part"),
    [
        ("bytes=0-1", 206, "bytes 0-1/{size}", slice(0, 2)),
        ("bytes=10-", 206, "bytes 10-{last}/{size}", slice(10, None)),
        ("bytes=-5", 206, "bytes {five}-{last}/{size}", slice(-5, None)),
        ("bytes=5-999999", 206, "bytes 5-{last}/{size}", slice(5, None)),
        ("bytes=999999-", 416, "bytes */{size}", slice(0, 0)),
        ("bytes=-0", 416, "bytes */{size}", slice(0, 0)),
        ("bytes=5-2", 200, None, slice(None)),
        ("bytes=0-1,4-5", 200, None, slice(None)),
        ("bytes=-", 200, None, slice(None)),
        ("lines=0-1", 200, None, slice(None)),
        (f"bytes=0-{'9' * 5000}", 200, None, slice(None)),
    ],
)
def test_a_player_gets_the_part_it_asks_for(
    in_company: Company, asked: str, status: int, told: str | None, part: slice
) -> None:
    content = picture()
    path = path_of(files.signed_url(files.store(content, name="cake.png")))

    answer = Client().get(path, headers={"range": asked})

    size = len(content)
    assert answer.status_code == status
    assert answer.get("Content-Range") == (told and told.format(size=size, last=size - 1, five=size - 5))
    assert answer.getvalue() == content[part]
    assert status == 416 or int(answer["Content-Length"]) == len(content[part])


def test_a_part_of_another_version_is_the_whole(in_company: Company) -> None:
    path = path_of(files.signed_url(files.store(picture(), name="cake.png")))
    tag = Client().get(path)["ETag"]

    same = Client().get(path, headers={"range": "bytes=0-1", "if-range": tag})
    other = Client().get(path, headers={"range": "bytes=0-1", "if-range": '"another"'})

    assert (same.status_code, other.status_code) == (206, 200)
    assert same["Accept-Ranges"] == other["Accept-Ranges"] == "bytes"
