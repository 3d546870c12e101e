"""Items and replies that the tests of judges share."""

import json
import math
from typing import Any

from app.domain.judges.items import Checklist, Constraint, DimensionForm, Item, Reference
from app.domain.judges.replies import Reply, Token

FENCE = "9f2c41d07ab3e815"
GOOD, BAD = "17 + 26 = 43.", "17 + 26 = 53, trust me."
ACCURACY = DimensionForm(
    "accuracy", "Accuracy", "Which answer is right?", "Count errors of fact; ignore style."
)
STYLE = DimensionForm("style", "Style", "Which answer reads better?")
SEVERAL = ("pairwise", "pairwise_joint", "five_way", "score", "persona", "logprob", "priority")
"""Protocols that speak of several dimensions."""


def item(first: str = GOOD, second: str = BAD, **also: Any) -> Item:
    known: dict[str, Any] = {
        "prompt": [{"role": "user", "content": "What is 17 + 26?"}],
        "first": [{"role": "assistant", "content": first}],
        "second": [{"role": "assistant", "content": second}],
        "dimensions": (ACCURACY,),
        "fence": FENCE,
        "guidelines": "Judge what is written, not how long it is.",
        "references": (Reference("43", "human", "en"),),
        "checklist": Checklist(("Is the sum right?", "Is it a sentence?")),
        "constraints": (Constraint("ask", "Is the sum right?"), Constraint("contains", "17")),
        "policy": "Sums are allowed; lies are not.",
        "profile": {"age": "25-34 years old", "education": "university"},
    }
    return Item(**(known | also))


def faithful(protocol: str, key: str, better: str) -> Reply:
    """What a judge says that prefers the answer shown as `better`, to the question of this key."""
    good = key.startswith("first") == (better == "A")
    said: dict[str, Any] = {
        "pairwise": {"winner": better},
        "pairwise_joint": {"accuracy": better, "style": better},
        "priority": {"winner": better},
        "score": {"reason": "It adds up.", "score": 9 if good else 2},
        "checklist": {"reason": "I counted.", "answer": "yes" if good else "no"},
        "constraint": {"reason": "I counted.", "answer": "yes" if good else "no"},
        "policy": {"reason": "A sum.", "allowed": "yes" if good else "no", "helpfulness": 0.8},
    }
    if protocol == "logprob":
        return letters(0.9 if better == "A" else 0.2)
    if protocol == "five_way":
        return Reply("Reasons first. " + ("[[A>>B]]" if better == "A" else "[[B>>A]]"))
    if protocol == "persona":
        return Reply(f"They like sums: 100 of them. [[{better}]] [[85]]")
    return Reply(json.dumps(said[protocol]))


def letters(probability: float, mass: float = 0.9) -> Reply:
    """A reply of one letter with the log probabilities of A and B."""
    top = (("A", math.log(mass * probability)), ("B", math.log(mass * (1 - probability))), ("The", -3.0))
    return Reply("A" if probability >= 0.5 else "B", "length", tokens=(Token("A", top),))
