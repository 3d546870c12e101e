"""How answers speak: refusals and hedges in many languages, readability as Björnsson counts it, in linear time."""

import time

import pytest

from app.stats.texts import Manner


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that request.", "I\u2019m unable to do so.", "As an AI, I have no body.",
        "I cannot write this.", "Es tut mir leid, das geht nicht.", "Ich kann Ihnen dabei leider nicht helfen.",
        "Je ne peux pas répondre.", "Lo siento, no puedo ayudar.", "Não posso ajudar com isso.",
        "Mi dispiace, non posso.", "Het spijt me.", "Я не могу помочь.", "抱歉,我无法回答。",
        "申し訳ありませんが、お答えできません。", "죄송하지만 도와드릴 수 없습니다.",
    ],
)  # fmt: skip
def test_declining_is_seen_at_the_beginning(text: str) -> None:
    assert Manner.of([text]).refusals == 1
    assert Manner.of(["A long story. " * 40 + text]).refusals == 0
    assert Manner.of([text, text, "Yes."]).refusals == 2


@pytest.mark.parametrize(
    "text", ["I can't wait to tell you!", "Sure, here is the code.", "It cannot rain here.", "", "Natürlich."]
)
def test_helping_is_no_refusal(text: str) -> None:
    assert Manner.of([text]).refusals == 0


@pytest.mark.parametrize(
    ("text", "hedges"),
    [
        ("Perhaps it is so, and maybe not; it might be.", 3), ("Vielleicht. Möglicherweise.", 2),
        ("C'est peut-être vrai.", 1), ("Quizás, tal vez.", 2), ("Forse è così.", 1), ("Возможно, да.", 1),
        ("也许吧。", 1), ("雨かもしれない。", 1), ("아마 그렇다.", 1), ("A mighty maybeful sky.", 0),
        ("It is so.\n```\nmaybe = 1\n```", 0),
    ],
)  # fmt: skip
def test_words_of_uncertainty_are_counted_outside_code(text: str, hedges: int) -> None:
    assert Manner.of([text]).hedges == hedges


def test_readability_is_words_a_sentence_and_the_share_of_long_words() -> None:
    """LIX = words/sentences + 100·long/words, long being more than six letters (Björnsson 1968)."""
    text = "The cat sat here. An extraordinary elephant remembered everything. Version 3.5 is out!"
    assert Manner.of([text]).lix == pytest.approx(14 / 3 + 100 * 5 / 14)
    assert Manner.of(["Short words are easy. We read on."]).lix < Manner.of([text]).lix
    assert Manner.of(["", "```\ncode only\n```", "..."]).lix == 0
    assert Manner.of(["天空是蓝色的。水是清的。"]).lix == pytest.approx(10 / 2)
    assert Manner.of(["- one\n- two\n- three"]).lix == 1


def test_code_blocks_are_counted_where_they_close() -> None:
    assert Manner.of(["```a```\n```b\nc```", "```open"]).code_blocks == 2


@pytest.mark.parametrize(
    "piece", [".", "...!?", "I can't ", "maybe", "`", "ich kann ", "\n", "a. ", "也许", " "]
)
def test_time_grows_with_the_text_alone(piece: str) -> None:
    text = piece * (100_000 // len(piece)) + "x"
    start = time.process_time()
    Manner.of([text])
    assert (
        time.process_time() - start < 3
    )  # a tenth of a second; with the square of the length it would be a minute
