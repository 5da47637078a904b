"""Pages are fetched politely and guardedly, and each trouble on the way says its own sentence."""

import dataclasses

import pytest

from assistants.knowledge.sources import extraction, fetching, formats
from assistants.knowledge.sources.fetching import Agent, Page
from assistants.knowledge.sources.troubles import Unreadable
from happ_project.core import http
from tests.assistants.sources import documents
from tests.doubles.http_double import Answer
from tests.doubles.website import Website

AGENT = Agent(name="HappBot", header="HappBot/1.0 (+https://happ.test)")
BODY = """<h1>Delivery</h1><p>A parcel takes two to four working days, wherever in the country you live.</p>
<h2>Prices</h2><p>It costs <b>70</b> hryvnias, and nothing from a thousand.</p>
<table><tr><th>City</th><th>Days</th></tr><tr><td>Kyiv</td><td>1</td></tr></table>"""


def fetch(url: str, **marks: str) -> Page | None:
    return fetching.fetch(url, agent=AGENT, **marks)


def read(url: str) -> str:
    page = fetch(url)
    assert page is not None
    return extraction.text_of(page.data, formats.of_page(page.data, mime=page.mime), declared=page.charset)


def refusal(url: str) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        read(url)
    return caught.value


def test_a_page_is_read_with_its_headings_and_without_its_menus(site: Website) -> None:
    text = read(site.put("/delivery", BODY))

    assert text.startswith("# Delivery\n\nA parcel takes")
    assert "## Prices\n\nIt costs 70 hryvnias" in text
    assert "City: Kyiv; Days: 1" in text
    assert "About us" not in text


def test_the_site_learns_who_reads(site: Website) -> None:
    fetch(site.put("/delivery", BODY))

    assert {call.headers["user-agent"] for call in site.asked} == {AGENT.header}


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1251", "koi8-u"])
@pytest.mark.parametrize("where", ["header", "page", "nowhere"])
def test_a_page_is_read_whatever_it_is_written_in(site: Website, encoding: str, where: str) -> None:
    said = "Доставка по всій Україні коштує сімдесят гривень, їжу веземо щодня."
    head = f'<meta charset="{encoding}">' if where == "page" else ""
    body = f"<html><head>{head}</head><body><p>{said}</p></body></html>".encode(encoding)
    kind = f"text/html; charset={encoding}" if where == "header" else "text/html"

    assert read(site.put("/", body, Content_Type=kind)) == said


def test_a_server_that_says_latin_for_everything_is_not_believed(site: Website) -> None:
    body = "<p>Доставка коштує сімдесят гривень.</p>".encode("cp1251")

    assert "Доставка" in read(site.put("/", body, Content_Type="text/html; charset=ISO-8859-1"))


def test_documents_and_plain_texts_are_read_too(site: Website) -> None:
    pdf = site.put("/price.pdf", documents.pdf("Bread costs forty."), Content_Type="application/pdf")
    unnamed = site.put("/download", documents.word("Bread costs fifty."), Content_Type="application/octet-stream")
    plain = site.put("/price.txt", b"Bread costs sixty.", Content_Type="text/plain")

    assert [read(pdf), read(unnamed), read(plain)] == [f"Bread costs {price}." for price in ("forty", "fifty", "sixty")]


def test_what_robots_txt_forbids_is_left_alone(site: Website) -> None:
    site.robots = "User-agent: HappBot\nDisallow: /inner/\n\nUser-agent: *\nAllow: /"
    closed, opened = site.put("/inner/price", BODY), site.put("/delivery", BODY)

    trouble = refusal(closed)

    assert (trouble.code, trouble.passing) == ("robots", False)
    assert "HappBot" in str(trouble)
    assert "/inner/price" not in site.paths()
    assert read(opened)


def test_rules_for_others_are_not_for_us(site: Website) -> None:
    site.robots = "User-agent: EvilBot\nDisallow: /"

    assert read(site.put("/delivery", BODY))


def test_robots_txt_in_trouble_allows_nothing_for_now(site: Website) -> None:
    url = site.put("/delivery", BODY)
    site.fail("/robots.txt", "503")

    trouble = refusal(url)

    assert (trouble.code, trouble.passing) == ("robots_unknown", True)
    assert "/delivery" not in site.paths()


def test_a_redirect_leads_on_unless_robots_txt_minds(site: Website) -> None:
    site.put("/new", BODY)
    site.put("/inner/new", BODY)
    site.pages["/old"] = Answer(301, b"", {"Location": "/new"})
    site.pages["/older"] = Answer(302, b"", {"Location": "/inner/new"})
    site.robots = "User-agent: *\nDisallow: /inner/"

    assert "A parcel" in read(f"{site.origin}/old")
    assert refusal(f"{site.origin}/older").code == "robots"


def test_a_redirect_to_a_private_address_is_not_followed(site: Website) -> None:
    site.pages["/sly"] = Answer(302, b"", {"Location": "http://127.0.0.1:1/admin"})

    assert refusal(f"{site.origin}/sly").code == "not_public"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/", "http://10.0.0.5/", "http://[::1]/", "http://169.254.169.254/latest/meta-data/"]
)
def test_private_addresses_are_refused(url: str) -> None:
    assert refusal(url).code == "not_public"


@pytest.mark.parametrize("url", ["", "shop", "ftp://shop.example/", "javascript:alert(1)", "https://", "http://[x/"])
def test_what_is_no_address_is_refused(url: str) -> None:
    assert refusal(url).code == "bad_address"


@pytest.mark.parametrize(
    ("status", "code", "passing"),
    [
        (404, "page_missing", False),
        (410, "page_missing", False),
        (401, "page_closed", False),
        (403, "page_closed", False),
        (418, "page_failed", False),
        (429, "page_failed", True),
        (500, "page_failed", True),
        (503, "page_failed", True),
    ],
)
def test_a_refusal_of_the_site_is_told_with_its_number(site: Website, status: int, code: str, passing: bool) -> None:
    url = site.put("/delivery", BODY)
    site.fail("/delivery", str(status))

    trouble = refusal(url)

    assert (trouble.code, trouble.passing) == (code, passing)
    assert str(status) in str(trouble)


def hurry(monkeypatch: pytest.MonkeyPatch, **limits: float) -> None:
    for role in ("page", "robots"):
        monkeypatch.setitem(http.ROLES, role, dataclasses.replace(http.ROLES[role], **limits))


def test_a_slow_site_is_not_waited_for(site: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch, read=0.2, total=0.4)
    url = site.put("/delivery", BODY)
    site.fail("/delivery", "hang")

    trouble = refusal(url)

    assert (trouble.code, trouble.passing) == ("timed_out", True)


def test_a_broken_connection_may_pass(site: Website) -> None:
    url = site.put("/delivery", BODY)
    site.fail("/delivery", "reset")

    assert refusal(url).passing


def test_a_huge_page_is_not_taken(site: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch, max_bytes=2**20)
    url = site.put("/huge", b"<p>" + b"words " * 200_000)

    assert refusal(url).code == "page_too_large"


def test_an_endless_redirect_ends(site: Website) -> None:
    site.pages["/loop"] = Answer(302, b"", {"Location": "/loop"})

    assert refusal(f"{site.origin}/loop").code == "connection_broke"


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(300), "image/png", "not_a_page"),
        (b"PK\x03\x04" + bytes(300), "application/zip", "not_a_page"),
        (b"", "text/html", "empty_page"),
        (b"<html><body><div id=app></div><script>start()</script></body></html>", "text/html", "empty_page"),
        (b"<html><body><noscript>Enable JavaScript</noscript></body></html>", "text/html", "empty_page"),
    ],
)
def test_what_is_no_page_says_so(site: Website, body: bytes, kind: str, code: str) -> None:
    assert refusal(site.put("/", body, Content_Type=kind)).code == code


def test_an_unchanged_page_is_not_sent_twice(site: Website) -> None:
    url = site.put("/delivery", BODY, ETag='"a1"', Last_Modified="Mon, 04 May 2026 10:00:00 GMT")
    page = fetch(url)

    assert page is not None
    assert fetch(url, etag=page.etag, last_modified=page.last_modified) is None
    assert site.asked[-1].headers["if-modified-since"] == page.last_modified


def test_a_page_nested_without_end_costs_no_more_than_its_process(site: Website) -> None:
    url = site.put("/deep", b"<html><body>" + b"<div>" * 200_000 + b"<p>Words at the bottom.</p>")

    trouble = None
    try:
        read(url)
    except Unreadable as refused:
        trouble = refused
    assert trouble is None or trouble.code in {"too_heavy", "too_slow", "empty_page", "broken"}
