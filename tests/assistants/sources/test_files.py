"""Files become text with their headings and rows, and each kind of trouble says its own sentence."""

import datetime
import io
import zipfile

import pytest

from assistants.knowledge.sources import child, extraction, formats
from assistants.knowledge.sources.troubles import Unreadable
from tests.assistants.sources import documents

UKRAINIAN = "Доставка коштує 70 гривень.\n«Їжак» і ґанок — теж тут."


def read(data: bytes, name: str) -> str:
    """As the worker does, in the process of its own."""
    return extraction.text_of(data, formats.of_upload(data, name=name))


def refusal(data: bytes, name: str) -> str:
    with pytest.raises(Unreadable) as caught:
        read(data, name)
    assert str(caught.value)
    return caught.value.code


def test_a_pdf_is_read_page_by_page_with_its_lines_joined() -> None:
    first = "Delivery\nA parcel takes two to four working days within the country and up to\nten days abroad."
    text = read(documents.pdf(first, "Returns\nKeep the label for fourteen days."), "terms.pdf")

    assert "within the country and up to ten days abroad." in text
    assert text.index("Delivery") < text.index("Returns\nKeep the label")


def test_what_repeats_at_the_edge_of_pages_is_left_out() -> None:
    names = ("One", "Two", "Three", "Four", "Five")
    pages = [f"Bakery price list\n{name} is the loaf of this page.\n{n}" for n, name in enumerate(names)]

    assert "price list" not in read(documents.pdf(*pages), "a.pdf")


def test_a_word_document_keeps_headings_lists_and_tables() -> None:
    data = documents.word(
        ("Heading 1", "Delivery"), "By post.", ("List Bullet", "Kyiv"), ("List Bullet", "Lviv"),
        table=[["City", "Price"], ["Kyiv", "70"]],
    )  # fmt: skip

    assert read(data, "a.docx") == "# Delivery\n\nBy post.\n\n- Kyiv\n- Lviv\n- City: Kyiv; Price: 70"


def test_each_row_of_a_sheet_says_what_its_columns_are_called() -> None:
    day = datetime.datetime(2026, 5, 4)
    rows = [["Назва", "Ціна", "Since"], ["Зелений", 120.0, day], [None, None, None], ["Чорний", 80]]
    data = documents.excel(Tea=rows)

    assert read(data, "a.xlsx") == "Назва: Зелений\nЦіна: 120\nSince: 2026-05-04\n\nНазва: Чорний\nЦіна: 80"


def test_rows_of_a_book_of_several_sheets_name_theirs() -> None:
    text = read(documents.excel(Tea=[["Name"], ["Green"]], Cakes=[["Name"], ["Plum"]]), "a.xlsx")

    assert text == "Name: Green\n(Tea)\n\nName: Plum\n(Cakes)"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_csv_is_read_whatever_separates_it(separator: str) -> None:
    rows = [["Name", "Price"], ["Green tea", "120"], ["Plum cake", "80"]]
    data = "\n".join(separator.join(row) for row in rows).encode()

    assert read(data, "a.csv") == "Name: Green tea\nPrice: 120\n\nName: Plum cake\nPrice: 80"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1251", "koi8-u"])
def test_the_encoding_of_a_text_is_found_out(encoding: str) -> None:
    said = UKRAINIAN.replace("—", "-").replace("«", '"').replace("»", '"')

    assert read(said.encode(encoding), "a.txt") == said


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_western_letters_do_not_become_cyrillic(encoding: str) -> None:
    text = "Größe über façade, déjà vu: señor."

    assert read(text.encode(encoding), "a.txt") == text


def test_a_broken_letter_does_not_change_the_encoding_of_the_rest() -> None:
    data = (UKRAINIAN * 20).encode() + b"\xd0"

    assert read(data, "a.txt").startswith(UKRAINIAN)


def cut_off(data: bytes) -> bytes:
    return data[: len(data) // 2]


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "a.txt", "empty_file"),
        (b" \n ", "a.md", "empty_file"),
        (b"...\n---", "a.txt", "no_text"),
        (b"Plain words", "a.pdf", "wrong_extension"),
        (documents.pdf("Words"), "a.docx", "wrong_extension"),
        (documents.word("Words"), "a.xlsx", "wrong_extension"),
        (documents.word("Words"), "a.txt", "wrong_extension"),
        (b"Words", "a.exe", "unsupported"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "a.txt", "unsupported"),
        (b"{\\rtf1 Words}", "a.txt", "unsupported"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.doc", "old_office"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "a.docx", "encrypted"),
        (documents.pdf("Secret words", password="tea"), "a.pdf", "encrypted"),
        (documents.pdf(scanned=True), "a.pdf", "scanned"),
        (documents.pdf(""), "a.pdf", "no_text"),
        (b"%PDF-1.7\nrubbish", "a.pdf", "broken"),
        (cut_off(documents.word("Words")), "a.docx", "broken"),
        (cut_off(documents.excel(A=[["a"], ["b"]])), "a.xlsx", "broken"),
        (documents.word(), "a.docx", "no_text"),
        (documents.excel(A=[["Only", "a", "header"]]), "a.xlsx", "no_text"),
        (b"a" * (10 * 2**20 + 1), "a.txt", "too_large"),
    ],
)
def test_each_trouble_has_its_own_sentence(data: bytes, name: str, code: str) -> None:
    assert refusal(data, name) == code


@pytest.mark.parametrize(
    ("begins", "name", "megabytes"),
    [(b"%PDF-1.7", "a.pdf", 50), (b"PK\x03\x04word/document.xml", "a.docx", 50), (b"", "a.txt", 10)],
)
def test_each_kind_may_be_so_large_and_no_larger(begins: bytes, name: str, megabytes: int) -> None:
    data = begins.ljust(megabytes * 2**20, b"a")

    assert formats.of_upload(data, name=name).extension in name
    with pytest.raises(Unreadable) as caught:
        formats.of_upload(data + b"a", name=name)
    assert (caught.value.code, str(megabytes) in str(caught.value)) == ("too_large", True)


def bomb(member: str, *, megabytes: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, b"<a>" + b" " * (megabytes * 2**20))
    return out.getvalue()


def test_a_small_archive_that_holds_much_is_not_unpacked() -> None:
    data = bomb("word/document.xml", megabytes=301)

    assert len(data) < 2**20
    assert refusal(data, "a.docx") == "too_heavy"


def test_a_pdf_of_too_many_pages_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistants.knowledge.sources.pdf.MOST_PAGES", 2)

    with pytest.raises(Unreadable, match="more than 2 pages"):
        child.read(documents.pdf("One", "Two", "Three"), name="pdf")


def test_too_much_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "MOST_CHARACTERS", 10)

    with pytest.raises(Unreadable, match="more than 10 characters"):
        child.read(b"More than ten", name="txt")


def test_reading_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extraction, "LONGEST", 0.01)

    assert refusal(documents.pdf("Words"), "a.pdf") == "too_slow"


def test_the_parser_knows_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, str] = {}
    run = extraction.subprocess.run

    def look(command: list[str], **options: object) -> object:
        seen.update(options["env"])  # type: ignore[call-overload]
        return run(command, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(extraction.subprocess, "run", look)
    read(b"Words", "a.txt")

    assert not {"SECRET_KEY", "DATABASE_URL", "HAPP_ENCRYPTION_KEYS"} & set(seen)
