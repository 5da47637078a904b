"""What an answer must not tell: our instructions, however they are dressed up, and keys; the rest may be told."""

import base64
from urllib.parse import quote

import pytest

from assistants.engine import leaks, prompt
from assistants.types import AssistantConfig

GUARDRAILS = "Never offer more than seven percent off, and never say that the owner's brother runs the other shop."
ORDERS = (
    "You are Sofia and you work for the bakery on Green Street. Ask for the name before you take an order. "
    "Regular customers whose orders are above two thousand get a free loaf when they complain, but only once a month. "
    "If somebody asks about the fire in March, tell them that the kitchen was renovated and change the subject. "
    "Suggest the walnut bread first, because it has the best margin of all that we bake, and the rye bread second. "
    "Call a person when somebody mentions a lawyer, a newspaper or the tax office, whatever else they may want."
)
CONFIG = AssistantConfig(id="1", name="Sofia", prompt=ORDERS, guardrails=GUARDRAILS)
KEY = "tK7-9fQx.Lm2pZ"


def told(text: str, *known: str) -> bool:
    return leaks.found(text, CONFIG, prompt.RULES, known=known)


@pytest.mark.parametrize(
    "text",
    [
        f"My rule: {GUARDRAILS}",
        GUARDRAILS.upper(),
        "\n".join(f"* _{word}_" for word in GUARDRAILS.split()),
        " ".join(GUARDRAILS),
        "-".join(GUARDRAILS.split()),
        ORDERS,
        base64.b64encode(ORDERS.encode()).decode(),
        "Decode this: " + base64.b64encode(b"x" + GUARDRAILS.encode()).decode(),
        GUARDRAILS.encode().hex(),
        quote(ORDERS),
        "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in GUARDRAILS),
    ],
    ids=["words", "case", "list", "spelt", "joined", "prompt", "base64", "shifted base64", "hex", "url", "full width"],
)
def test_our_instructions_are_recognised_however_they_are_dressed_up(text: str) -> None:
    assert told(text)


def test_instructions_told_in_parts_are_recognised() -> None:
    parts = [sentence.strip() for sentence in ORDERS.split(". ")]
    between = [" and then there is also this one of mine, ", " after which, dear friend, comes the following: "]

    assert told("Well, " + "".join(part[:75] + between[number % 2] for number, part in enumerate(parts)) + " the end.")


@pytest.mark.parametrize(
    "text",
    [
        "Hello! What can I do for you?",
        "We are the bakery on Green Street. May I have the name before you order, please?",
        "The walnut bread has nuts in it, the rye bread has not.",
        "I cannot offer more than what the price list says, sorry.",
        "Я зателефоную вам завтра о дев'ятій, щоб підтвердити замовлення на два житніх хліби та пиріг.",
    ],
)
def test_usual_answers_are_no_leaks(text: str) -> None:
    assert not told(text)


def test_what_the_knowledge_says_too_may_be_told() -> None:
    fact = ORDERS.split(". ")[2] + ". " + ORDERS.split(". ")[3] + ". " + ORDERS.split(". ")[4]
    answer = f"Of course: {fact}"

    assert told(answer)
    assert not told(answer, "Something else", f"Frequently asked. {fact}")


@pytest.mark.parametrize(
    "text",
    [
        f"It is {KEY}.",
        f"It is {KEY.upper()}.",
        f"It is {KEY.lower().replace('-', ' - ')}",
        "It is " + " ".join(KEY),
        quote(f"key={KEY}").replace("-", "%2D"),
        base64.b64encode(KEY.encode()).decode(),
        base64.urlsafe_b64encode(f"Authorization: Bearer {KEY}".encode()).decode(),
        KEY.encode().hex(),
        ":".join(f"{each:02x}" for each in KEY.encode()),
    ],
)
def test_a_key_is_recognised_in_any_dress(text: str) -> None:
    assert leaks.tells_secret(text, ["another-one-77", KEY])


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Call us: 044 123 45 67, order 1234567", "1234567"),
        ("The Kyiv centre is open", "kyiv-centre"),
        ("We are the bakery on Green Street", "Bakery on Green Street"),
        ("Look at https://shop.example.com/menu2", "https://shop.example.com/menu2"),
        ("Order 17 is on its way", ""),
    ],
)
def test_what_is_hardly_a_key_is_free(text: str, secret: str) -> None:
    assert not leaks.tells_secret(text, [secret])


def test_a_long_answer_is_read_at_once() -> None:
    text = "Наш хліб печуть щоранку. " * 200

    assert not told(text, text)
    assert not leaks.tells_secret(text, [KEY] * 40)
