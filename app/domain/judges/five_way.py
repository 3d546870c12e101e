"""Five-way: which answer is better, and by how much, from A≫B to B≫A, as in Arena-Hard (Li et al. 2024).

Also what such verdicts come to: Arena-Hard's score of two games and WildBench's rewards (Lin et al. 2024).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import fmean
from types import MappingProxyType

from app.domain.judges import replies, wording
from app.domain.judges.items import DimensionForm, Item
from app.domain.judges.protocol import (
    LONGEST,
    Amounts,
    Asking,
    Figure,
    Finding,
    Games,
    OfBattles,
    Outcomes,
    Protocol,
    Question,
    as_read,
)
from app.domain.judges.replies import Found, Reply
from app.stats.settings import require_number
from app.stats.verdicts import Verdict

LABELS: Mapping[str, tuple[str, Verdict, int]] = MappingProxyType(
    {
        "A>>B": ("A is much better", Verdict.A, 2),
        "A>B": ("A is better", Verdict.A, 1),
        "A=B": ("Tie", Verdict.TIE, 0),
        "B>A": ("B is better", Verdict.B, 1),
        "B>>A": ("B is much better", Verdict.B, 2),
    }
)
WILDBENCH: Mapping[str, str] = MappingProxyType(
    {"A++": "A>>B", "A+": "A>B", "A=B": "A=B", "B+": "B>A", "B++": "B>>A"}
)
FIELD = "verdict"
STRONG = 3  # games that a strong verdict counts for

_READ = {label.casefold(): label for label in LABELS} | {
    theirs.casefold(): ours for theirs, ours in WILDBENCH.items()
}


@dataclass(frozen=True, slots=True)
class Settings(Asking):
    """`explain` asks for reasons before the verdict. With `length_margin` K a slight win of the answer that is longer
    by more than K characters is a tie, as in WildBench; None takes it as it is.
    """

    explain: bool = True
    length_margin: int | None = None

    def __post_init__(self) -> None:
        Asking.__post_init__(self)
        if self.length_margin is not None:
            require_number("length_margin", self.length_margin, 0, LONGEST, whole=True)


def questions(item: Item, settings: Settings) -> tuple[Question, ...]:
    return tuple(_question(item, dimension, settings) for dimension in item.dimensions)


def read(item: Item, key: str, reply: Reply, settings: Settings) -> Outcomes:
    """WildBench's words are read too: A++ is A>>B, A+ is A>B."""
    found = replies.label(reply, FIELD, _READ)
    if not isinstance(found, Found):
        return {key: found}
    _, verdict, strength = LABELS[found.value]
    finding = Finding(found.how, found.value, verdict=verdict, strength=strength)
    if settings.length_margin is None:
        return {key: finding}
    lengths = len(wording.text(item.first)), len(wording.text(item.second))
    return {key: length_rule(finding, lengths, settings.length_margin)}


def amounts(games: Games) -> Amounts:
    """Of one battle of a model Arena-Hard's results, where both games were read, and the mean of WildBench's rewards. A
    slight win of an answer longer by more than the margin is a tie for the latter.

    >>> slight = Finding("brackets", verdict=Verdict.A, strength=1)
    >>> strong = Finding("brackets", verdict=Verdict.B, strength=2)
    >>> amounts(Games(first=slight, second=strong))
    {'wildbench_reward': (0.75, 1.0), 'arena_hard': (4.0, 4)}
    """
    seen = [each for each in (games.first, games.second and games.second.swapped()) if each is not None]
    if any(each.strength is None or each.verdict is None for each in seen):
        return {}
    kept = seen
    if games.margin is not None:
        if games.lengths is None:
            return {}
        kept = [length_rule(each, games.lengths, games.margin) for each in seen]
    told = {"wildbench_reward": (fmean(map(reward, kept)), 1.0)} if kept else {}
    results = [result for each in seen for result in _results(each)]
    return told | ({"arena_hard": (sum(results), len(results))} if len(seen) == 2 else {})


def reward(finding: Finding) -> float:
    """WildBench's reward for A: ±1 for a strong verdict, ±.5 for a slight one, 0 for a tie. Raises ValueError for a
    finding without strength.

    >>> reward(Finding("brackets", verdict=Verdict.B, strength=1))
    -0.5
    """
    if finding.strength is None or finding.verdict is None:
        raise ValueError("a reward needs a verdict with its strength")
    side = {Verdict.A: 1.0, Verdict.B: -1.0}.get(finding.verdict, 0.0)
    return side * finding.strength / 2


def length_rule(finding: Finding, lengths: tuple[int, int], margin: int) -> Finding:
    """A slight win of the answer that is longer by more than `margin` characters becomes a tie (WildBench's K).

    >>> slight = Finding("brackets", verdict=Verdict.A, strength=1)
    >>> length_rule(slight, (1501, 1000), 500).verdict, length_rule(slight, (1500, 1000), 500).verdict
    (<Verdict.TIE: 'tie'>, <Verdict.A: 'a'>)
    """
    longer = {Verdict.A: lengths[0] - lengths[1], Verdict.B: lengths[1] - lengths[0]}
    if finding.verdict not in longer or finding.strength != 1 or longer[finding.verdict] <= margin:
        return finding
    return replace(
        finding,
        verdict=Verdict.TIE,
        strength=0,
        notes=(
            *finding.notes,
            f"a slight win of an answer longer by more than {margin:,} characters is a tie",
        ),
    )


def _question(item: Item, dimension: DimensionForm, settings: Settings) -> Question:
    words = "\n".join(f"{label}: {meaning}" for label, (meaning, _, _) in LABELS.items())
    first = "Give your reasons first. " if settings.explain else ""
    how = f"{first}End with one of the five labels above in double square brackets."
    return wording.question(dimension.slug, item, settings, (wording.form(dimension), words, how))


def _results(found: Finding) -> tuple[float, ...]:
    """What one game counts for A: Arena-Hard repeats the result of a strong verdict, a tie is a half."""
    if found.verdict not in (Verdict.A, Verdict.B):
        return (0.5,)
    return (float(found.verdict is Verdict.A),) * (STRONG if found.strength == 2 else 1)


PROTOCOL = Protocol(
    name="five_way",
    version="1",
    summary="Which answer is better, and whether by much",
    settings=Settings,
    questions=questions,
    read=read,
    decide=as_read,
    of_battles=OfBattles(
        (
            Figure(
                "arena_hard",
                "Arena-Hard score: mean result of both games with the baseline, strong verdicts three times",
                "no battle was read in both orders",
                against_baseline=True,
            ),
            Figure(
                "wildbench_reward",
                "WildBench reward: ±1 for a strong verdict, ±½ for a slight one, the mean of a battle's games",
                "no battle was read",
                "score",
            ),
        ),
        amounts,
    ),
)
