"""The demo's texts: complete, blind, and flawed exactly as they say."""

import re
import runpy
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from app.demo.raters import word_count

Content = dict[str, Any]

LONG = range(95, 131)
SHORT = range(35, 51)
PROFILES = {
    # variant: words, minor errors, major errors, level of language errors, on topic
    "correct-full": (LONG, range(1), range(1), 0, True),
    "correct-short": (SHORT, range(1), range(1), 0, True),
    "minor-error": (LONG, range(1, 2), range(1), 0, True),
    "major-errors": (LONG, range(1), range(3, 10), 0, True),
    "poor-english": (LONG, range(1), range(1), 3, True),
    "off-topic": (LONG, range(1), range(1), 0, False),
}


def text_of(item: Content) -> str:
    return "\n\n".join(message["content"] for message in item["messages"])


def answers_of(arena: Content, slug: str) -> list[Content]:
    return [answer for answer in arena["answers"] if answer["model"] == slug]


def answer_to(arena: Content, slug: str, prompt_id: str) -> Content:
    (answer,) = (each for each in answers_of(arena, slug) if each["prompt_id"] == prompt_id)
    return answer


def test_every_model_answers_every_prompt_once(arena: Content) -> None:
    wanted = {(model["slug"], prompt["id"]): 1 for model in arena["models"] for prompt in arena["prompts"]}
    assert len(arena["models"]) == 6
    assert len(arena["prompts"]) == 18
    assert Counter((answer["model"], answer["prompt_id"]) for answer in arena["answers"]) == wanted


def test_an_answer_has_a_turn_for_each_turn_of_its_prompt(arena: Content) -> None:
    turns = {prompt["id"]: len(prompt["messages"]) for prompt in arena["prompts"]}
    assert sorted(turns.values()) == [1] * 16 + [2] * 2
    for prompt in arena["prompts"]:
        assert {message["role"] for message in prompt["messages"]} == {"user"}
    for answer in arena["answers"]:
        assert len(answer["messages"]) == turns[answer["prompt_id"]]
        assert {message["role"] for message in answer["messages"]} == {"assistant"}
        assert all(message["content"].strip() == message["content"] != "" for message in answer["messages"])


@pytest.mark.parametrize("variant", PROFILES)
def test_a_variant_has_its_flaw_and_no_other(arena: Content, slug_of: dict[str, str], variant: str) -> None:
    words, minor, major, language_errors, on_topic = PROFILES[variant]
    for answer in answers_of(arena, slug_of[variant]):
        where = answer["prompt_id"]
        assert word_count(answer["messages"]) in words, where
        assert answer["errors"]["minor"] in minor, where
        assert answer["errors"]["major"] in major, where
        assert answer["language_errors"] == language_errors, where
        assert answer["on_topic"] is on_topic, where


def test_every_flaw_is_listed_and_quoted(arena: Content) -> None:
    for answer in arena["answers"]:
        where = f"{answer['model']} on {answer['prompt_id']}"
        kinds = Counter(flaw["kind"] for flaw in answer["flaws"])
        assert kinds["minor"] == answer["errors"]["minor"], where
        assert kinds["major"] == answer["errors"]["major"], where
        assert kinds["language"] == (3 if answer["language_errors"] else 0), where
        assert kinds["off_topic"] == (not answer["on_topic"]), where
        assert set(kinds) <= {"minor", "major", "language", "off_topic"}, where
        for flaw in answer["flaws"]:
            assert flaw["says"] in text_of(answer), f"{where}: {flaw['says']!r} is no quotation"
            assert len(flaw["fact"]) > 3, where
            assert flaw["fact"] != flaw["says"], where


def test_no_text_names_a_model_or_speaks_of_its_writer(arena: Content) -> None:
    names = {model["slug"] for model in arena["models"]}
    names |= {model["name"].split()[0].lower() for model in arena["models"]}
    names |= {model["organization"].lower() for model in arena["models"]} | set(PROFILES)
    revealing = re.compile(
        rf"\b({'|'.join(sorted(names))}|as an ai|language model|chatbot|assistant|I am|I'm)\b", re.I
    )
    for item in chain(arena["prompts"], arena["answers"]):
        assert not revealing.search(text_of(item)), text_of(item)


def test_a_slug_does_not_give_the_flaw_away(arena: Content, slug_of: dict[str, str]) -> None:
    assert set(slug_of) == set(PROFILES)
    for variant, slug in slug_of.items():
        assert re.fullmatch("[a-z]+", slug)
        assert not set(variant.split("-")) & {slug}
    for model in arena["models"]:
        assert model["organization"] == "Demo"
        assert model["metadata"]["flaw"]


def test_no_text_occurs_twice(arena: Content) -> None:
    turns = [
        message["content"] for item in (*arena["prompts"], *arena["answers"]) for message in item["messages"]
    ]
    sentences = [
        sentence.strip().lower()
        for turn in turns
        for sentence in re.split(r"(?<=[.?!])\s", re.sub(r"```.*?```|\$\$.*?\$\$", "", turn, flags=re.S))
        if len(sentence.split()) > 5
    ]
    assert [text for text, times in Counter(turns).items() if times > 1] == []
    assert [text for text, times in Counter(sentences).items() if times > 1] == []


def test_languages_are_tags_and_categories_are_paths(arena: Content) -> None:
    ids = [prompt["id"] for prompt in arena["prompts"]]
    assert len(set(ids)) == len(ids)
    for prompt in arena["prompts"]:
        assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", prompt["id"])
        assert re.fullmatch("[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?", prompt["language"])
        assert re.fullmatch("[a-z]+(/[a-z]+)*", prompt["category"])
    assert len({prompt["category"].split("/")[0] for prompt in arena["prompts"]}) >= 6


def test_dimensions(arena: Content) -> None:
    asked = [(each["slug"], each["required"], each["position"]) for each in arena["dimensions"]]
    assert asked == [
        ("overall", True, 0),
        ("accuracy", False, 1),
        ("helpfulness", False, 2),
        ("language", False, 3),
    ]
    assert all(
        each["title"] and each["question"].endswith("?") and each["rubric"] for each in arena["dimensions"]
    )


@pytest.mark.parametrize(
    "sentence", ["planted flaws", "simulated votes", "Your own votes go to the human board"]
)
def test_the_description_says_plainly_what_is_not_real(arena: Content, sentence: str) -> None:
    assert sentence in arena["description"]


@pytest.mark.parametrize(
    ("prompt_id", "mark"),
    [
        ("binary-search", "```python\n"),
        ("quadratic", "$x = 2$"),
        ("orchestra", "\n|---|"),
        ("two-dice", r"\frac{1}{6}"),
    ],
)
def test_good_answers_use_code_maths_and_tables(
    arena: Content, slug_of: dict[str, str], prompt_id: str, mark: str
) -> None:
    for variant in ("correct-full", "correct-short"):
        assert mark in text_of(answer_to(arena, slug_of[variant], prompt_id))


@pytest.mark.parametrize("variant", PROFILES)
def test_dollars_and_fences_come_in_pairs(arena: Content, slug_of: dict[str, str], variant: str) -> None:
    for answer in answers_of(arena, slug_of[variant]):
        for message in answer["messages"]:
            assert message["content"].count("$") % 2 == 0, answer["prompt_id"]
            assert message["content"].count("```") % 2 == 0, answer["prompt_id"]


def searches_right(code: str, folder: Path) -> bool:
    (folder / "answer.py").write_text(code, "utf-8")
    search = runpy.run_path(str(folder / "answer.py"))["binary_search"]
    lists = [list(range(0, 3 * length, 3)) for length in range(12)]
    return all(
        search(items, target) == (items.index(target) if target in items else None)
        for items in lists
        for target in range(-1, 36)
    )


@pytest.mark.parametrize(
    "variant", ["correct-full", "correct-short", "minor-error", "poor-english", "major-errors"]
)
def test_code_works_where_the_answer_is_right(
    arena: Content, slug_of: dict[str, str], tmp_path: Path, variant: str
) -> None:
    answer = text_of(answer_to(arena, slug_of[variant], "binary-search"))
    code = answer.split("```python\n")[1].split("```")[0]
    assert searches_right(code, tmp_path) is (variant != "major-errors")
