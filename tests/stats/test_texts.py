"""Styles of texts: counted as LMSYS counts markdown, words alike in every script, and in linear time."""

import re

import numpy as np
import pytest

from app.stats.texts import FEATURES, Style, without_code

PIECES = [
    "#", "##", "#######", " ", "  ", "\t", "\n", "- ", "* ", "+ ", "1. ", "12.", "a", "word", "**", "__", "*", "_",
    "**bold**", "__bold__", "** two**", "-", "é", "水",
]  # fmt: skip


def published(text: str) -> tuple[int, int, int]:
    """Headers, list items and bold by the patterns of FastChat's `add_markdown_info.py`, a line at a time."""
    lines = [f"{line}\n" for line in text.split("\n")]
    headers = sum(bool(re.match(r"#{1,6}\s", line)) for line in lines)
    items = sum(bool(re.match(r"\s*\d+\.\s", line) or re.match(r"\s*[-*+]\s", line)) for line in lines)
    bold = re.findall(r"\*\*[^*\n]+\*\*", text) + re.findall(r"__[^_\n]+__", text)
    return headers, items, len(bold)


def test_markdown_is_counted_as_lmsys_counts_it() -> None:
    generator = np.random.default_rng(5)
    for _ in range(2000):
        text = "".join(generator.choice(PIECES, generator.integers(1, 25))) + "\n"
        if "_" in text and "*" in text:  # one kind of bold inside another is counted once here, twice there
            text = text.replace("_", "")
        style = Style.of([text])
        assert (style.headers, style.list_items, style.bold) == published(text), repr(text)


def test_code_blocks_are_removed_before_markdown_is_counted_but_are_part_of_the_length() -> None:
    text = "Run:\n```sh\n# no header\n- no item\necho **no bold**\n```\n# header\n"
    assert Style.of([text]) == Style(length=10, headers=1, list_items=0, bold=0)
    assert without_code("a ```x``` b ```y``` c") == "a  b  c"
    assert without_code("```js\n`${x}`\n```") == ""
    assert without_code("a ```open\n# header") == "a ```open\n# header"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("The sky is blue.", 4),
        ("don't — snake_case, x=1", 6),
        ("The\nsky\t is  blue", 4),
        ("天空是蓝色的。", 6),
        ("空は青い", 4),
        ("하늘은 파랗다", 2),
        ("आकाश नीला है।", 3),
        ("السماء زرقاء.", 2),
        ("небо — голубое", 2),
        ("I like 東京 best", 5),
        ("...!?", 0),
    ],
)
def test_length_counts_words_and_the_characters_of_scripts_without_spaces(text: str, length: int) -> None:
    assert Style.of([text]).length == length


def test_the_messages_of_one_side_are_added_up() -> None:
    one, other = "# a\n- b **c**", "1. d\n__e__"
    parts = [Style.of([one]), Style.of([other])]
    both = Style.of([one, other])
    assert [getattr(both, name) for name in FEATURES] == [
        sum(getattr(part, name) for part in parts) for name in FEATURES
    ]
    assert Style.of([]) == Style(0, 0, 0, 0)


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "piece",
    [
        "#",
        " ",
        "\n",
        "\t \n",
        "*",
        "_",
        "**a",
        "__a",
        "**a\n",
        "1",
        "1. ",
        " -",
        "`",
        "` ",
        "```",
        "a ",
        "水",
        "# \n",
    ],
)
def test_a_hostile_megabyte_is_counted_in_linear_time(piece: str) -> None:
    text = piece * (2**20 // len(piece))
    for hostile in (text, f"**{text}", f"__{text}", f"```{text}"):
        Style.of([hostile])
