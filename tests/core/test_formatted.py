"""Text with marks beside it keeps both together, whatever is done to it."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from happ_project.core import formatted, markup
from happ_project.core.formatted import SAFE, WEB, Formatted, Mark, MarkKind, from_utf16, tidy
from happ_project.core.templatetags import formatting

LINK = "[our page](https://shop.example/a)"


def seen(said: Formatted) -> list[tuple[str, str]]:
    return [(mark.kind, said.text[mark.start : mark.end]) for mark in said.marks]


def test_offsets_are_told_in_utf_16_and_read_from_it() -> None:
    said = markup.read("😀 **bold** 👨‍👩‍👧 `x`")

    told = said.marks_in_utf16()

    assert [(mark.kind, mark.start, mark.end) for mark in told] == [("bold", 3, 7), ("code", 17, 18)]
    assert from_utf16(said.text, told) == said


def test_offsets_that_lie_outside_or_within_a_character_are_corrected() -> None:
    marks = [
        Mark(kind="bold", start=1, end=900),
        Mark(kind="code", start=50, end=60),
        Mark(kind="link", start=-5, end=1),
    ]

    assert seen(from_utf16("😀ab", marks)) == [("bold", "😀ab")]


def test_the_address_of_a_link_is_in_the_text_and_out_of_sight_where_it_can_be() -> None:
    said = markup.read(f"See **{LINK}** now")

    assert said.text == "See our page (https://shop.example/a) now"
    assert seen(said.contracted(WEB)) == [("bold", "our page"), ("link", "our page")]
    assert said.contracted(WEB).expanded().text == said.text


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "/relative", " https://x.example", "tg://user?id=1"]
)
def test_an_address_that_no_page_should_follow_stays_text(address: str) -> None:
    said = tidy("here", [Mark(kind="link", start=0, end=4, ref=address)]).expanded()

    assert said.contracted(SAFE) == Formatted(f"here ({address})")


def test_words_that_pose_as_another_address_leave_the_true_one_in_sight() -> None:
    said = tidy("bank.example", [Mark(kind="link", start=0, end=12, ref="https://evil.example/")]).expanded()

    assert said.contracted(WEB).text == "bank.example (https://evil.example/)"


def test_code_is_not_formatted_inside() -> None:
    said = tidy("a code b", [Mark(kind="bold", start=0, end=8), Mark(kind="code", start=2, end=6)])

    assert seen(said.outside_code()) == [("bold", "a "), ("code", "code"), ("bold", " b")]


def test_overlapping_marks_are_closed_and_opened_again() -> None:
    said = tidy("abcdef", [Mark(kind="bold", start=0, end=4), Mark(kind="italic", start=2, end=6)])

    steps = [what if step == "text" else f"{step} {what.kind}" for step, what in said.nested()]  # type: ignore[union-attr]

    assert steps == [
        "open bold", "ab", "open italic", "cd", "close italic", "close bold", "open italic", "ef", "close italic",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("Yes, we do now.", [("bold", "Yes"), ("italic", "do")]),
        ("Oh! Yes, we do.", [("bold", "Yes"), ("italic", "do")]),
        ("Yes, they really do.", [("bold", "Yes"), ("italic", "do")]),
        ("Yep, we did.", [("bold", "Yep"), ("italic", "did")]),
        ("No.", []),
    ],
)
def test_words_that_stay_keep_their_formatting_when_a_text_is_corrected(
    text: str, looks: list[tuple[str, str]]
) -> None:
    said = markup.read("**Yes**, we *do*.").reworded(text)

    assert (said.text, seen(said)) == (text, looks)


def test_a_link_of_which_the_address_was_corrected_is_none_any_more() -> None:
    said = markup.read(f"See {LINK}.")

    assert seen(said.reworded("Look at our page (https://shop.example/a).")) == [
        ("link", "our page (https://shop.example/a)")
    ]
    assert said.reworded("See our page (https://shop.example/b).").marks == ()


def test_it_is_the_same_after_a_stay_in_the_database() -> None:
    said = markup.read(f"**a** {LINK}")

    assert formatted.from_json(said.text, said.marks_json()) == said
    assert formatted.from_json("x", [{"kind": "of later", "start": 0, "end": 1, "ref": ""}]) == Formatted("x")


# in a page


@pytest.mark.parametrize(
    ("written", "html"),
    [
        ("**a** <b>&amp;</b>", "<strong>a</strong> &lt;b&gt;&amp;amp;&lt;/b&gt;"),
        ("`<script>`", "<code>&lt;script&gt;</code>"),
        ("one\n> two\n\nthree", "one<blockquote>two</blockquote>\nthree"),
    ],
)
def test_every_character_is_escaped_in_a_page(written: str, html: str) -> None:
    assert formatting.formatted(markup.read(written)) == html


def test_a_link_opens_apart_and_tells_its_address() -> None:
    html = formatting.formatted(markup.read('[a"b](https://x.example/?q="><script>) and https://y.example/z.'))

    assert html.count('target="_blank" rel="noopener noreferrer nofollow"') == 2
    assert "<script>" not in html
    assert 'href="https://y.example/z"' in html
    assert 'title="https://x.example/?q=&quot;&gt;&lt;script&gt;"' in html


class Page(HTMLParser):
    """What a browser makes of it: the tags, the addresses, the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: set[str] = set()
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert {name for name, _value in attrs} <= {"href", "title", "target", "rel", "class"}
        self.tags.add(tag)
        self.addresses |= {value or "" for name, value in attrs if name == "href"}

    def handle_data(self, data: str) -> None:
        self.text += data


@given(
    st.text(alphabet="<>\"'&ab ;#1/!-", max_size=30),
    st.sampled_from(
        ["", "java\tscript:", "javascript:", "JavaScript:", "data:", "//", "https://", "mailto:", " https:"]
    ),
    st.text(alphabet="<>\"'&ab ;#1/", max_size=20),
)
def test_no_text_and_no_address_gets_anything_into_a_page(text: str, scheme: str, rest: str) -> None:
    kinds: tuple[MarkKind, ...] = ("link", "code", "mention", "bold")
    marks = [Mark(kind=kind, start=i, end=len(text) - i, ref=scheme + rest) for i, kind in enumerate(kinds)]
    said = tidy(text, marks)

    page = Page(formatting.formatted(said))

    assert page.tags <= {"a", "code", "b", "strong"}
    assert all(address.startswith(("https://", "mailto:")) for address in page.addresses)
    assert page.text == said.contracted(SAFE).text
