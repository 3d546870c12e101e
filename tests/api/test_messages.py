"""The web page says in its own words what the server tells by codes and registered names."""

import json
from pathlib import Path
from typing import get_args

import pytest

from app.domain.votes import WhyNot
from app.stats.rankings import METHODS
from app.stats.rankings.remarks import Remark

MESSAGES = json.loads((Path(__file__).parents[2] / "frontend/src/i18n/en.json").read_text())
SETTINGS = [each for method in METHODS.values() for each in method.parameters()]
ABOVE = {"ties", "both_bad"}  # these have a place among the filters, with words of their own


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (MESSAGES["board"]["remarks"], {remark.code for remark in Remark}),
        (MESSAGES["vote"]["whyNot"], set(get_args(WhyNot))),
        (MESSAGES["board"]["methods"], set(METHODS)),
    ],
    ids=["remarks", "why_not", "methods"],
)
def test_every_code_has_words_and_every_word_a_code(words: dict[str, str], codes: set[str]) -> None:
    assert set(words) == codes


def test_every_setting_and_choice_has_a_word() -> None:
    named = {each.name for each in SETTINGS} | {word for each in SETTINGS for word in each.choices}
    assert named - set(MESSAGES["board"]["words"]) - ABOVE == set()
