"""The built-in answerer's manners, with a search that knows what it is told to know."""

import pytest

from assistants.errors import Cancelled
from assistants.llm.builtin import BuiltinModel, phrases, questions, smalltalk
from assistants.llm.model import Completion, Message
from assistants.types import Passage

HOURS = "Open Monday to Saturday, 10 to 19."
COST = "Four euros."


def make_passage(text: str, *, title: str = "", score: float = 1.8, sure: float = 0.9) -> Passage:
    return Passage(id=text, document_id="d", title=title, text=text, score=score, signals={"sure": sure})


class Knowledge:
    """Finds the passages whose key stands in the question."""

    def __init__(self, **passages: list[Passage]) -> None:
        self.passages = passages
        self.asked: list[str] = []

    def __call__(self, question: str) -> list[Passage]:
        self.asked.append(question)
        return next((found for key, found in self.passages.items() if key in question.lower()), [])


def talk(*lines: str, knows: Knowledge | None = None, **options: str) -> Completion:
    """Lines of the customer; one that begins with "> " is ours."""
    messages = [
        Message(role="assistant", text=line[2:]) if line.startswith("> ") else Message(role="user", text=line)
        for line in lines
    ]
    return BuiltinModel(search=knows or Knowledge(), **options).complete(messages)


def test_it_is_called_what_it_is() -> None:
    assert (
        BuiltinModel(search=Knowledge()).describe() == "Built-in: answers from your knowledge only, no language model"
    )


def test_an_answer_is_the_passages_own_text() -> None:
    completion = talk("when are you open?", knows=Knowledge(open=[make_passage(HOURS, title="When are you open?")]))

    assert completion.text == HOURS
    assert completion.notes["decision"] == "answer"
    assert completion.usage.provider == "builtin"


def test_a_greeting_before_the_first_question_is_returned() -> None:
    knows = Knowledge(open=[make_passage(HOURS)])

    assert talk("Hi! When are you open?", knows=knows).text == f"Hello! {HOURS}"
    assert talk("Добрий день", "коли open?", knows=knows).text == f"Вітаю! {HOURS}"
    assert talk("hi", "> Hello!", "Hi, when are you open?", knows=knows).text == HOURS


@pytest.mark.parametrize(
    ("said", "decision"),
    [
        ("Good evening", "greeting"),
        ("привіт", "greeting"),
        ("як справи?", "greeting"),
        ("у мене є питання", "greeting"),
        ("thanks!", "thanks"),
        ("Дякую за допомогу", "thanks"),
        ("bye bye", "goodbye"),
        ("Гарного дня!", "goodbye"),
        ("are you a robot?", "bot"),
        ("ви бот?", "bot"),
        ("ok", "silent"),
        ("зрозуміло", "silent"),
    ],
)
def test_small_talk_is_understood(said: str, decision: str) -> None:
    assert talk(said).notes["decision"] == decision


@pytest.mark.parametrize(
    "said",
    [
        "I want to talk to a human",
        "operator!",
        "can somebody real answer? connect me with an agent",
        "дайте оператора",
        "хочу говорити з людиною, а не з ботом",
        "переключіть на менеджера",
        "позовите человека",
    ],
)
def test_a_call_for_a_person_is_answered_by_one(said: str) -> None:
    completion = talk("when are you open?", "> " + HOURS, said)

    assert completion.tool_calls[0].name == "turnOffAiMode"
    assert completion.tool_calls[0].arguments["reason"] == "the customer asks for a person"
    assert completion.text == ""


@pytest.mark.parametrize(
    "said",
    [
        "can another person collect my order?",
        "is it real leather?",
        "чи може інша людина забрати посилку?",
        "чи є ботинки 42 розміру",
        "скільки людей може прийти на майстер-клас?",
    ],
)
def test_a_question_that_names_people_is_a_question(said: str) -> None:
    assert smalltalk.kind_of(said) == ""


def test_a_person_is_called_whatever_else_was_asked() -> None:
    completion = talk("when are you open?", "operator", knows=Knowledge(open=[make_passage(HOURS)]))

    assert completion.notes["decision"] == "person"


def test_several_questions_of_a_burst_are_answered_together() -> None:
    knows = Knowledge(open=[make_passage(HOURS)], cost=[make_passage(COST)])

    assert talk("hello", "when are you open?", "what does delivery cost?", knows=knows).text == (
        f"Hello! {HOURS}\n\n{COST}"
    )
    assert talk("When are you open? What does delivery cost?", knows=knows).text == f"{HOURS}\n\n{COST}"


def test_a_thought_in_pieces_is_read_as_one() -> None:
    knows = Knowledge(**{"shoes too small": [make_passage("Send them back.")]})

    assert talk("i bought shoes", "too small", knows=knows).text == "Send them back."


def test_a_question_that_was_cut_by_enter_leaves_nothing_open() -> None:
    knows = Knowledge(cost=[make_passage(COST)], **{"shoes too small": [make_passage("Send them back.")]})

    assert talk("how much does it cost", "to Lviv?", knows=knows).text == COST
    assert talk("i bought shoes", "too small?", knows=knows).text == "Send them back."


def test_a_question_after_a_whole_one_is_its_own() -> None:
    knows = Knowledge(cost=[make_passage(COST)])

    assert talk("how much does it cost?", "to Lviv?", knows=knows).text == f"{COST}\n\n{phrases.say('partly', 'en')}"


def test_one_answer_is_not_given_twice() -> None:
    assert (
        talk("are you open today?", "are you open tomorrow?", knows=Knowledge(open=[make_passage(HOURS)])).text == HOURS
    )


def test_what_stays_open_of_a_burst_is_said() -> None:
    completion = talk(
        "when are you open?", "do you repair bicycles in winter?", knows=Knowledge(open=[make_passage(HOURS)])
    )

    assert completion.text == f"{HOURS}\n\n{phrases.say('partly', 'en')}"


def test_a_follow_up_leans_on_the_question_before() -> None:
    alone = [make_passage(HOURS, score=0.9, sure=0.2)]
    together = [make_passage(HOURS)]
    knows = Knowledge(**{"when are you open": together, "saturday": alone})

    completion = talk("when are you open?", "> " + HOURS, "and on saturday?", knows=knows)

    assert completion.text == HOURS


def test_a_follow_up_on_something_else_does_not_get_the_answer_before() -> None:
    knows = Knowledge(
        **{"when are you open": [make_passage(HOURS)], "weather": [make_passage("Other", score=0.2, sure=0)]}
    )

    completion = talk("when are you open?", "> " + HOURS, "and the weather?", knows=knows)

    assert completion.notes["decision"] == "unknown"


def test_in_doubt_it_asks_once_and_then_calls_a_person() -> None:
    unsure = [make_passage("a", title="Refunds?", score=1.0, sure=0.3), make_passage("b", title="Swaps?", score=0.9)]
    knows = Knowledge(money=unsure)

    first = talk("my money", knows=knows)
    second = talk("my money", "> " + first.text, "about money", knows=knows)

    assert first.text == f"{phrases.say('unsure', 'en')}\n1. Refunds?\n2. Swaps?"
    assert second.notes["decision"] == "unknown"
    assert second.tool_calls[0].arguments["message"] == phrases.say("unknown", "en")


@pytest.mark.parametrize("choice", ["2", "2.", "№2", "number 2"])
def test_a_number_chooses_what_was_offered(choice: str) -> None:
    offer = f"> {phrases.say('unsure', 'en')}\n1. Refunds?\n2. Swaps?"
    knows = Knowledge(swaps=[make_passage("Send it back.", title="Swaps?")])

    assert talk("my money", offer, choice, knows=knows).text == "Send it back."


def test_a_number_out_of_the_blue_is_a_question() -> None:
    assert questions.read([Message(role="user", text="2")]).questions[0].text == "2"


def test_nothing_that_fits_brings_a_person_in_the_customers_language() -> None:
    completion = talk("чи ремонтуєте годинники?")

    assert completion.tool_calls[0].arguments["message"] == phrases.say("unknown", "uk")


def test_the_assistants_own_language_rules() -> None:
    assert talk("hello", language_code="uk").text == phrases.say("greeting", "uk")


def test_the_first_message_is_the_greeting_if_there_is_one() -> None:
    assert talk("hello", first_message="Welcome to Linden!").text == "Welcome to Linden!"


def test_a_picture_alone_brings_a_person() -> None:
    assert talk("[image]").notes["decision"] == "attachment"


def test_a_picture_with_words_is_answered_by_the_words() -> None:
    assert talk("[image]", "when are you open?", knows=Knowledge(open=[make_passage(HOURS)])).text == HOURS


def test_a_very_long_passage_is_cut_after_a_sentence() -> None:
    text = talk("tell me", knows=Knowledge(tell=[make_passage("One more sentence. " * 80)])).text

    assert len(text) <= 700
    assert text.endswith("sentence.")


def test_a_turn_that_is_over_searches_no_more() -> None:
    with pytest.raises(Cancelled):
        BuiltinModel(search=Knowledge()).complete([Message(role="user", text="open?")], cancelled=lambda: True)


@pytest.mark.parametrize(
    "key", ["greeting", "thanks", "goodbye", "person", "unsure", "unknown", "partly", "picture", "bot"]
)
def test_every_phrase_is_there_in_every_language(key: str) -> None:
    assert len({phrases.say(key, code) for code in phrases.LANGUAGES}) == len(phrases.LANGUAGES)
