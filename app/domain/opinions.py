"""Who said what about which pair: the votes of a dimension by item, so that raters can be compared.

An item is a pair of models on one turn of one prompt, on whichever side either stood; without a prompt it is one
battle. Answers that were replaced since make an item of their own. Labels name models and not sides: 0 is the item's
first model by name, 1 the second, 2 a tie of any kind. What is counted on a board is counted here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import case, func, null, or_, select
from sqlalchemy.orm import Session, aliased

from app.db.tables import (
    Answer,
    Arena,
    Battle,
    Dimension,
    DimensionVersion,
    Judge,
    JudgeRun,
    Judgment,
    Prompt,
    Rater,
    Vote,
)
from app.domain import models, profiles
from app.domain.accounts import RaterName
from app.domain.formats.mt_bench import INCONSISTENT
from app.domain.judges.protocol import EVEN
from app.stats.agreement.bootstrap import ratio
from app.stats.agreement.raters import plurality, rated
from app.stats.tally import COUNTED, Comparisons, Floats, Ints, Tally
from app.stats.verdicts import Verdict

LABELS = 3
KINDS = 5  # the first model, the second, tie, both good, both bad
TIE = 2
SILENT = -1
CODE: Mapping[str | None, int] = {
    None: SILENT,
    "abstain": SILENT,
    **{verdict.value: code for code, verdict in enumerate(COUNTED)},
}
_GROUP = re.compile(r"(.*[^\d _.-])[ _.-]*\d+")


@dataclass(frozen=True, slots=True)
class Sides:
    """How many verdicts say the first model of an item, the second, or a tie."""

    first: int
    second: int
    tie: int


@dataclass(frozen=True, slots=True)
class Item:
    """`first` and `second` are places in the models; `cluster` numbers the prompt, or the battle without one; `answers`
    are the ids of theirs, None where an import brought no texts.
    """

    first: int
    second: int
    cluster: int
    prompt: str | None
    turn: int | None
    category: str
    language: str
    answers: tuple[int | None, int | None]


@dataclass(frozen=True, slots=True, eq=False)
class Opinions:
    """One entry a vote in each column: its item, its rater, its verdict as shown (a code of COUNTED), whether the
    item's second model stood first, what the rater said of its certainty (NaN if nothing), how probable it is that
    the answer shown first is better (NaN unless the verdict is soft), whether an import says that the verdict changed
    with the order, the battle, and the version of the dimension that was answered. Models stand by name.
    """

    models: tuple[str, ...]
    items: tuple[Item, ...]
    raters: tuple[RaterName, ...]
    item: Ints
    rater: Ints
    verdict: Ints
    swapped: NDArray[np.bool_]
    confidence: Floats
    probability: Floats
    flipped: NDArray[np.bool_]
    battle: NDArray[np.object_]
    version: Ints

    def __len__(self) -> int:
        return len(self.item)

    def where(self, chosen: NDArray[np.bool_]) -> "Opinions":
        """The chosen votes, among the same items."""
        return replace(
            self,
            item=self.item[chosen],
            rater=self.rater[chosen],
            verdict=self.verdict[chosen],
            swapped=self.swapped[chosen],
            confidence=self.confidence[chosen],
            probability=self.probability[chosen],
            flipped=self.flipped[chosen],
            battle=self.battle[chosen],
            version=self.version[chosen],
        )

    def by(self, raters: Sequence[bool]) -> "Opinions":
        """The votes of these raters."""
        return self.where(np.array(raters, dtype=bool)[self.rater] if len(self) else np.zeros(0, dtype=bool))

    def on(self, items: NDArray[np.bool_]) -> "Opinions":
        """The votes on these items."""
        return self.where(items[self.item])

    @property
    def kinds(self) -> Ints:
        """0 the item's first model, 1 its second, then tie, both good, both bad."""
        decided = self.verdict < TIE
        return np.where(decided & self.swapped, 1 - self.verdict, self.verdict)

    @property
    def labels(self) -> Ints:
        return np.minimum(self.kinds, TIE)

    def ratings(self) -> Ints:
        """(N, 3) votes by item and label."""
        return rated(self.item, self.labels, (len(self.items), LABELS))

    def ratings_by_kind(self) -> Ints:
        """(N, 5) votes by item and kind of verdict."""
        return rated(self.item, self.kinds, (len(self.items), KINDS))

    def opinion(self, kinds: int = LABELS) -> Ints:
        """One label an item, (N,), −1 where there is none, as of one judge: what most of its votes in one order say,
        a tie where two lead. Where it was asked in both orders the mean of its probabilities decides, if every vote
        has one, and else it is a tie unless both orders say the same, as in `judges.orders.both_orders`.
        """
        labels = self.labels if kinds == LABELS else self.kinds
        orders = []
        for order in (False, True):
            here = self.swapped == order
            counts = rated(self.item[here], labels[here], (len(self.items), kinds))
            orders.append(plurality(counts, otherwise=TIE))
        straight, turned = orders
        both = (straight >= 0) & (turned >= 0)
        agreed = np.where(both, np.where(straight == turned, straight, TIE), np.maximum(straight, turned))
        lead = self._leads()
        sided = np.where(np.abs(lead) <= EVEN, TIE, np.where(lead > 0, 0, 1))
        return np.where(np.isnan(lead), agreed, sided)

    def _leads(self) -> Floats:
        """(N,) by how much the item's first model is more probably the better one, over both orders; NaN where an order
        or a probability is missing.
        """
        better = np.where(self.swapped, 1 - self.probability, self.probability)
        means = []
        for order in (False, True):
            here = self.swapped == order
            sums = np.bincount(self.item[here], better[here], len(self.items))
            votes = np.bincount(self.item[here], minlength=len(self.items))
            means.append(ratio(sums.astype(np.float64), votes.astype(np.float64)))
        return (means[0] + means[1]) / 2 - 0.5

    def swaps(self) -> Floats:
        """(n, 3, 3): for each item judged in both orders, its label as shown with the first model first by that as
        shown with the second one first.
        """
        shown = np.minimum(self.verdict, TIE)
        size = (len(self.items), LABELS)
        straight, turned = (
            plurality(rated(self.item[here], shown[here], size), otherwise=TIE)
            for here in (~self.swapped, self.swapped)
        )
        both = np.flatnonzero((straight >= 0) & (turned >= 0))
        tables = np.zeros((len(both), LABELS, LABELS))
        tables[np.arange(len(both)), straight[both], turned[both]] = 1
        return tables

    def comparisons(self) -> Comparisons:
        """The votes as they were shown."""
        first = np.array([item.first for item in self.items], dtype=np.int64)[self.item]
        second = np.array([item.second for item in self.items], dtype=np.int64)[self.item]
        return Comparisons(
            self.models,
            np.where(self.swapped, second, first),
            np.where(self.swapped, first, second),
            self.verdict,
        )

    def tally(self) -> Tally:
        return self.comparisons().tally()


@dataclass(frozen=True, slots=True)
class Sought:
    """Which votes to read: those of some kinds of raters on a dimension, within a category, a language and a turn.

    With `silent` also where a judge was asked and said nothing that counts, a failed judgment or an abstention; the
    verdict there is SILENT.
    """

    kinds: tuple[str, ...] = ("human", "judge")
    category: str | None = None
    language: str | None = None
    turn: int | None = None
    silent: bool = False


def read(session: Session, arena: Arena, dimension: Dimension, sought: Sought) -> Opinions:
    """The counted votes between models that may be seen, in the order in which they came, silence at the end."""
    names = {key: row.slug for key, row in models.by_id(session, arena).items() if row.state != "hidden"}
    slugs = tuple(sorted(names.values()))
    place = {key: slugs.index(slug) for key, slug in names.items()}
    rows = [
        row
        for row in _rows(session, arena, dimension, sought)
        if row.model_a_id in place and row.model_b_id in place
    ]
    return _columns(slugs, place, rows)


def judges(session: Session, arena: Arena) -> dict[str, int]:
    """The judges that have counted votes here, and how many."""
    rows = session.execute(
        select(Rater.name, func.count())
        .join(Vote, Vote.rater_id == Rater.id)
        .where(Vote.arena_id == arena.id, Vote.state == "counted", Rater.kind == "judge")
        .group_by(Rater.name)
        .order_by(Rater.name)
    )
    return {name: int(votes) for name, votes in rows}


def group_of(name: str) -> str | None:
    """Raters named by a word and a number belong together.

    >>> group_of("expert_17"), group_of("ana")
    ('expert', None)
    """
    found = _GROUP.fullmatch(name)
    return found[1] if found else None


def _rows(session: Session, arena: Arena, dimension: Dimension, sought: Sought) -> Iterator[Any]:
    votes = _votes(arena, dimension, sought)
    found: list[Any] = list(session.execute(votes).all())
    if sought.silent:
        found += _failed(session, arena, dimension, sought)
    for row in found:
        if _under(row.category, sought.category, "/") and _under(row.language, sought.language, "-"):
            yield row


def _votes(arena: Arena, dimension: Dimension, sought: Sought) -> Any:
    decided: Any = Vote.verdict != Verdict.ABSTAIN.value
    query = (
        select(
            Vote.rater_id, Vote.verdict, Vote.shown_as_a, Vote.confidence, Vote.probability, Vote.dimension_version,
            (Vote.raw_verdict == INCONSISTENT).label("flipped"),
        )
        .where(
            Vote.arena_id == arena.id,
            Vote.dimension_id == dimension.id,
            Vote.state == "counted",
            or_(decided, Rater.kind == "judge") if sought.silent else decided,
            Rater.kind.in_(sought.kinds),
        )
        .join(Battle, Vote.battle_id == Battle.id)
        .join(Rater, Vote.rater_id == Rater.id)
        .order_by(Vote.id)
    )  # fmt: skip
    return _with_items(query, sought)


def _failed(session: Session, arena: Arena, dimension: Dimension, sought: Sought) -> Iterator[Any]:
    """Judgments that ended without a verdict on the dimension, under the version that was asked then."""
    asked = select(func.max(DimensionVersion.version)).where(
        DimensionVersion.dimension_id == dimension.id, DimensionVersion.created_at <= Judgment.ended_at
    )
    query = (
        select(
            Judge.rater_id, null().label("verdict"), Judgment.shown_as_a, null().label("confidence"),
            null().label("probability"), asked.scalar_subquery().label("dimension_version"),
            null().label("flipped"), Judgment.outcome,
        )
        .where(
            JudgeRun.arena_id == arena.id,
            Judgment.state == "failed",
            Judgment.failure != f"unaskable:{profiles.UNASKABLE}",  # it was not asked about these
            Rater.kind.in_(sought.kinds),
        )
        .join(JudgeRun, Judgment.run_id == JudgeRun.id)
        .join(Judge, JudgeRun.judge_id == Judge.id)
        .join(Battle, Judgment.battle_id == Battle.id)
        .join(Rater, Judge.rater_id == Rater.id)
        .order_by(Judgment.id)
    )  # fmt: skip
    for row in session.execute(_with_items(query, sought)):
        outcome = row.outcome.get(dimension.slug, row.outcome.get(""))
        if outcome is not None and "verdict" not in outcome:
            yield row


def _with_items(query: Any, sought: Sought) -> Any:
    """The query of battles and raters, with what tells their items apart."""
    first, second = aliased(Answer), aliased(Answer)
    query = (
        query.add_columns(
            Battle.id, Battle.public_id, Battle.prompt_id, Battle.turn, Battle.model_a_id, Battle.model_b_id,
            Battle.answer_a_id, Battle.answer_b_id, Battle.category, Battle.language, Prompt.external_id,
            Rater.kind, Rater.name, Rater.version,
            case((first.replaced_at.is_not(None), first.id), else_=0).label("old_a"),
            case((second.replaced_at.is_not(None), second.id), else_=0).label("old_b"),
        )
        .outerjoin(Prompt, Battle.prompt_id == Prompt.id)
        .outerjoin(first, Battle.answer_a_id == first.id)
        .outerjoin(second, Battle.answer_b_id == second.id)
    )  # fmt: skip
    return query if sought.turn is None else query.where(Battle.turn == sought.turn)


def _under(path: str, above: str | None, separator: str) -> bool:
    return above is None or path == above or path.startswith(above + separator)


def _columns(slugs: tuple[str, ...], place: Mapping[int, int], rows: Sequence[Any]) -> Opinions:
    items: dict[Any, int] = {}
    described: list[Item] = []
    clusters: dict[Any, int] = {}
    raters: dict[int, tuple[int, RaterName]] = {}
    columns: list[tuple[Any, ...]] = []
    for row in rows:
        a, b = place[row.model_a_id], place[row.model_b_id]
        content = row.prompt_id or f"battle {row.id}"
        old = (row.old_a, row.old_b) if a < b else (row.old_b, row.old_a)
        key = (content, row.turn, min(a, b), max(a, b), old)
        ids = (row.answer_a_id, row.answer_b_id) if a < b else (row.answer_b_id, row.answer_a_id)
        if key not in items:
            items[key] = len(items)
            cluster = clusters.setdefault(content, len(clusters))
            pair = min(a, b), max(a, b)
            described.append(Item(*pair, cluster, row.external_id, row.turn, row.category, row.language, ids))
        elif None not in ids and None in described[items[key]].answers:
            described[items[key]] = replace(described[items[key]], answers=ids)
        rater, _ = raters.setdefault(row.rater_id, (len(raters), RaterName(row.kind, row.name, row.version)))
        swapped = (a > b) == (row.shown_as_a == "a")
        sure, soft = (np.nan if each is None else each for each in (row.confidence, row.probability))
        said = (CODE[row.verdict], swapped, sure, soft, bool(row.flipped))
        columns.append((items[key], rater, *said, row.public_id, row.dimension_version or 1))
    column = list(zip(*columns, strict=True)) if columns else [()] * 9
    return Opinions(
        slugs,
        tuple(described),
        tuple(name for _, name in raters.values()),
        item=np.array(column[0], dtype=np.int64),
        rater=np.array(column[1], dtype=np.int64),
        verdict=np.array(column[2], dtype=np.int64),
        swapped=np.array(column[3], dtype=bool),
        confidence=np.array(column[4], dtype=np.float64),
        probability=np.array(column[5], dtype=np.float64),
        flipped=np.array(column[6], dtype=bool),
        battle=np.array(column[7], dtype=object),
        version=np.array(column[8], dtype=np.int64),
    )
