"""Logprob: one letter is asked for and its probability is read, so that the verdict is soft.

P(A) is renormalised over A and B, and averaged over both orders by `orders.both_orders`: a letter alone is swamped by
the liking for a place (Li et al. 2024, Dissecting Human and LLM Preferences).
"""

import math
from dataclasses import dataclass

from app.domain.judges import wording
from app.domain.judges.items import Item
from app.domain.judges.protocol import Asking, Finding, Outcome, Outcomes, Protocol, Question, as_read
from app.domain.judges.replies import Reason, Refused, Reply, Token, Unreadable, nothing, spoken
from app.stats.settings import require_number
from app.stats.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Settings(Asking):
    """A probability within `tie_margin` of ½ is a tie. `least_mass`: how probable A and B together must be for the
    reply to be about them at all.
    """

    tie_margin: float = 0
    least_mass: float = 0.1

    def __post_init__(self) -> None:
        Asking.__post_init__(self)
        require_number("tie_margin", self.tie_margin, 0, 0.5)
        require_number("least_mass", self.least_mass, 0, 1)


def questions(item: Item, settings: Settings) -> tuple[Question, ...]:
    how = "Reply with one letter alone: A if answer A is better, B if answer B is better."
    return tuple(
        wording.question(each.slug, item, settings, (wording.form(each), how), logprobs=True, longest_reply=1)
        for each in item.dimensions
    )


def read(item: Item, key: str, reply: Reply, settings: Settings) -> Outcomes:
    text = spoken(reply)
    if not isinstance(text, str):
        return {key: text}
    found = _soft(reply.tokens, settings)
    refused = nothing(reply, text)
    return {key: refused if isinstance(found, Unreadable) and isinstance(refused, Refused) else found}


def _soft(tokens: tuple[Token, ...], settings: Settings) -> Outcome:
    """From the first token that is A or B: a server may list tokens that the reply does not have."""
    letter = next((token for token in tokens if _side(token.text)), None)
    if letter is None:
        return Unreadable(Reason.NO_VERDICT, "no token is A or B" if tokens else "no log probabilities")
    masses = {"A": 0.0, "B": 0.0}
    for text, logprob in letter.top:
        if _side(text) and logprob <= 0:
            masses[_side(text)] += math.exp(logprob)
    mass = masses["A"] + masses["B"]
    if mass <= 0 or mass < settings.least_mass:
        return Unreadable(Reason.NO_VERDICT, f"A and B have a probability of {mass:.3g} together")
    return _finding(masses["A"] / mass, mass, settings)


def _finding(probability: float, mass: float, settings: Settings) -> Finding:
    lead = probability - 0.5
    verdict = Verdict.TIE if abs(lead) <= settings.tie_margin else Verdict.A if lead > 0 else Verdict.B
    return Finding("logprobs", verdict=verdict, probability=probability, notes=(f"mass {mass:.3f}",))


def _side(token: str) -> str:
    return letter if (letter := token.strip(" \n\t\"'[]*.Ġ▁")) in ("A", "B") else ""


PROTOCOL = Protocol(
    name="logprob",
    version="1",
    summary="How probable A is, from one letter's log probabilities; averaged over both orders",
    settings=Settings,
    questions=questions,
    read=read,
    decide=as_read,
    sampled=False,
)
