"""Texts made to make a parser work: twice the text costs about twice the work, in seconds of this thread alone."""

import time
from collections.abc import Callable

import pytest

from app.domain import personal_data
from app.domain.formats import tables
from app.domain.judges import replies
from app.domain.judges.replies import Reply
from app.stats import leaks, texts

LENGTH = 30_000  # characters
TIMES, SLACK = 3.2, 0.03  # a square would be 4

HOSTILE = [
    "a", "a@", "a.", "1", "1 ", "1-", "+", "+1 ", "(", "[", "[[", "{", '{"a":', '"', "'", "*", "**a", "_", "#", "# ",
    "- ", "1. ", "`", "```", "|", "\n", " ", "\t", "\u3000", "<", "<think>", "\\", "ab ", "DE89 ", "é", "字", "not ",
    "I am a ", "as an AI ", "https://a.", "verdict: ", "A or B ",
]  # fmt: skip


def _objects(text: str) -> object:
    return replies.objects(text)


def _label(text: str) -> object:
    return replies.label(Reply(text), "verdict", {"a": 1, "b": 2})


def _number(text: str) -> object:
    return replies.number(Reply(text), "score", 1, 10)


PARSERS: dict[str, Callable[[str], object]] = {
    "personal data": lambda text: personal_data.kinds(text, "fr"),
    "style": lambda text: texts.Style.of([text]),
    "manner": lambda text: texts.Manner.of([text]),
    "without code": texts.without_code,
    "leaks": lambda text: leaks.leaks([text], ["gpt-4"]),
    "objects of a reply": _objects,
    "label of a reply": _label,
    "number of a reply": _number,
    "rows": lambda text: list(tables.objects([text.encode()], or_csv=True)),
}


def work(parse: Callable[[str], object], text: str) -> float:
    started = time.thread_time()
    parse(text)
    return time.thread_time() - started


@pytest.mark.parametrize("name", PARSERS)
def test_work_grows_with_the_length_and_no_faster(name: str) -> None:
    parse = PARSERS[name]
    for part in HOSTILE:
        text = part * (LENGTH // len(part))
        once = min(work(parse, text[: LENGTH // 2]) for _ in range(2))
        if work(parse, text) <= TIMES * once + SLACK:
            continue
        # Another process may have had the caches: only what is slow every time is slow.
        again = min(work(parse, text) for _ in range(3))
        assert again <= TIMES * once + SLACK, (name, part, once, again)


def test_a_parser_that_squares_is_found() -> None:
    def squares(text: str) -> object:
        return sum(1 for at in range(0, len(text), 40) if text[at:].count("a") < 0)

    text = "a" * 200_000
    assert min(work(squares, text) for _ in range(2)) > TIMES * work(squares, text[:100_000])
