"""Persona: what a person with this profile would prefer, and how sure the judge is of that.

The profile is the judge's own, or that of the person who voted on the battle (`profiles.answers_as_voters`).

As in Dong et al. (2024), Can LLM be a Personalized Judge? Stated certainty is no probability: find the threshold for
each judge and task on votes held out, and show how many verdicts it keeps.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.errors import Invalid
from app.domain.judges import replies, wording
from app.domain.judges.items import DimensionForm, Item
from app.domain.judges.protocol import Asking, Finding, Outcome, Outcomes, Protocol, Question, as_read
from app.domain.judges.replies import Found, Reply
from app.stats.verdicts import Verdict, swapped

BANDS = (
    "1–20: a guess",
    "21–40: unsure",
    "41–60: as likely right as not to be sure",
    "61–80: sure",
    "81–100: very sure",
)

_SIDES = {"A": Verdict.A, "B": Verdict.B}
_WITH_TIE = _SIDES | {"C": Verdict.TIE}
_TELLING = ("vote", "verdict", "winner", "choice", "preferred", "preference", "label")


@dataclass(frozen=True, slots=True)
class Settings(Asking):
    """`fields` of the profile to tell, by comma ("" all of them); `tie` offers a tie as well."""

    fields: str = ""
    tie: bool = False


def questions(item: Item, settings: Settings) -> tuple[Question, ...]:
    """Raises Invalid for a profile that is empty or holds the vote."""
    who = _described(profile(item, settings), item.fence)
    return tuple(_question(item, dimension, who, settings) for dimension in item.dimensions)


def read(item: Item, key: str, reply: Reply, settings: Settings) -> Outcomes:
    return {key: _outcome(reply, settings)}


def profile(item: Item, settings: Settings) -> Mapping[str, str]:
    """The fields that are told. Raises Invalid where one is missing, or gives away the vote."""
    wanted = [name.strip() for name in settings.fields.split(",") if name.strip()] or list(item.profile)
    missing = [name for name in wanted if name not in item.profile]
    if missing or not wanted:
        raise Invalid(f"profile: it has no {missing[0] if missing else 'field'}")
    told = {name: item.profile[name] for name in wanted}
    votes = _votes(item)
    for name, value in told.items():
        if name.casefold() in _TELLING or replies.normal(value) in votes:
            raise Invalid(
                f"profile: {name} gives away the vote that is to be predicted; name the other fields with fields="
            )
    return told


def _question(item: Item, dimension: DimensionForm, who: str, settings: Settings) -> Question:
    words = _WITH_TIE if settings.tie else _SIDES
    how = (
        "Which answer would this person prefer? End with its letter in double square brackets, then how certain you "
        "are, from 1 to 100, in double square brackets:\n" + "\n".join(BANDS)
    )
    asked = (who, wording.form(dimension), wording.offered(words), how)
    return wording.question(dimension.slug, item, settings, asked)


def _described(told: Mapping[str, str], mark: str) -> str:
    said = "\n".join(f"{name}: {value}" for name, value in told.items())
    return "The person is described here:\n" + wording.fenced(mark, "Profile", said)


def _outcome(reply: Reply, settings: Settings) -> Outcome:
    """A verdict with the certainty in brackets; without one of them there is neither."""
    found = replies.label(reply, "winner", wording.looked_up(_WITH_TIE if settings.tie else _SIDES))
    if not isinstance(found, Found):
        return found
    certainty = replies.number(reply, "certainty", 1, 100)
    if not isinstance(certainty, Found):
        return certainty
    return Finding(found.how, str(found.value), verdict=found.value, certainty=certainty.value)


def _votes(item: Item) -> frozenset[str]:
    """Words for the votes, and for the same votes with the sides changed: what a file calls A may be shown as B."""
    votes = {each for vote in item.votes.values() for each in (vote, swapped(vote))}
    return frozenset(word for vote in votes for word in _names(vote))


def _names(vote: Verdict) -> tuple[str, ...]:
    word = replies.normal(vote.value)
    return (word, f"model{word}", f"side{word}", {"a": "left", "b": "right"}.get(word, word))


PROTOCOL = Protocol(
    name="persona",
    version="2",
    summary="What a person with this profile would prefer, with a stated certainty",
    settings=Settings,
    questions=questions,
    read=read,
    decide=as_read,
)
