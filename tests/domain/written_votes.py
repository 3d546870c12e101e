"""Votes that a shape can hold, and what comes back of them: one vote with everything, and one for each thing alone."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.accounts import RaterName
from app.domain.formats.rows import NOT_BLIND, Judged, VoteRow
from app.stats.verdicts import Verdict

SPOKEN = datetime(2024, 2, 29, 12, 30, 15, 123456, UTC)
ANONYMOUS, JUDGE = RaterName("human", "anonymous"), RaterName("judge", "gpt-4", "pair-v2")
UNSPOKEN = {"voted_at": None, "language": ""}
UNSURE = {"confidence": None, "comment": ""}
NO_TEXTS: dict[str, Any] = {"prompt": (), "answer_a": (), "answer_b": ()}


def said(role: str, *texts: str) -> tuple[dict[str, str], ...]:
    return tuple({"role": role, "content": text} for text in texts)


EVERYTHING = VoteRow(
    line=0,
    identity="",
    rater=RaterName("human", "ana"),
    model_a="=cmd|'/c calc'!A0",
    model_b="модель 模型 🦙",
    verdicts={"overall": Judged(Verdict.A, "model_a")},
    prompt_id="-1+1",
    turn=2,
    language="pt-BR",
    category="medicine/eye",
    voted_at=SPOKEN,
    prompt=said("user", 'First, "quoted"?\r\nsecond line\u2028', "Then <b>?"),
    answer_a=said("assistant", "+1", "'=2\t\\u0000"),
    answer_b=said("assistant", "", "@x\n\n"),
    confidence=1e-05,
    comment="'- a mark, a comma\n and a line",
    strength=3,
    reasons={"a": ("useful", "creative"), "b": ("superficial",)},
    ballot="1",
)
FEW: dict[str, Any] = {
    "language": "", "category": "", "voted_at": SPOKEN + timedelta(days=1), "comment": "", "confidence": None,
    "strength": None, "reasons": {},
}  # fmt: skip
ONE_TURN: dict[str, Any] = {
    "prompt": EVERYTHING.prompt[:1], "answer_a": EVERYTHING.answer_a[1:], "answer_b": EVERYTHING.answer_b[1:],
}  # fmt: skip


@dataclass(frozen=True)
class Spec:
    """`lost` is what the shape has no place for, beside the words that it lacks; nothing else may be lost but what
    `bent` says. `refused` are those of the odd votes of the battery that it has no place for at all.
    """

    words: tuple[tuple[str, str], ...]
    lost: Mapping[str, Any]
    refused: str
    person: str = "ana"
    changes: Mapping[str, Any] = field(default_factory=dict)  # of every vote
    people: bool = True
    judges: bool = True
    more: tuple[Mapping[str, Any], ...] = ()  # votes that only this shape holds
    bent: Callable[[VoteRow, VoteRow], Mapping[str, Any]] = lambda row, held: {}

    def base(self) -> VoteRow:
        rater = RaterName("human", self.person) if self.people else JUDGE
        return replace(EVERYTHING, rater=rater, **self.changes)

    def rows(self) -> list[VoteRow]:
        everything = self.base()
        few = replace(everything, **FEW)
        kept = [everything, few, replace(few, comment="\tx")]
        if "model_a" not in self.changes:
            kept.append(replace(few, model_a="'quoted", model_b="@at"))
        kept += [replace(few, verdicts={"overall": Judged(Verdict(word), raw)}) for raw, word in self.words]
        if self.judges and self.people:
            kept.append(replace(few, rater=JUDGE))
        return kept + [replace(few, **changes) for changes in self.more]

    def held(self, row: VoteRow) -> VoteRow:
        """What comes back."""
        gone = {"strength": None, "reasons": {}, "ballot": None} | dict(self.lost)
        kept = replace(row, line=0, identity="", **gone)
        return replace(kept, **self.bent(row, kept))


def _verdict(raw: str, row: VoteRow) -> dict[str, Any]:
    ((dimension, judged),) = row.verdicts.items()
    return {"verdicts": {dimension: Judged(judged.verdict, raw)}}


def _of(row: VoteRow, **words: str) -> dict[str, Any]:
    """The verdict in the only word that the shape has for it."""
    (judged,) = row.verdicts.values()
    return _verdict(words.get(judged.verdict.value, judged.raw), row)


def _named(row: VoteRow, tie: str) -> dict[str, Any]:
    return _of(row, a=row.model_a, b=row.model_b, tie=tie)


def _asked(row: VoteRow) -> str:
    return hashlib.sha256(row.prompt[0]["content"].encode()).hexdigest()[:16]


def _as_vote(row: VoteRow, held: VoteRow) -> dict[str, Any]:
    reasons = {
        side: tuple(word for word in ("useful", "creative", "superficial") if word in words)
        for side, words in row.reasons.items()
    }
    is_sided = row.comment.startswith(("a: ", "b: "))
    return _named(row, "both_equal") | {
        "category": row.category.replace("/", " "),
        "reasons": reasons,
        "comment": row.comment if is_sided else "",
    }


def _as_reactions(row: VoteRow, held: VoteRow) -> dict[str, Any]:
    words = {"a": "liked disliked", "b": "disliked liked", "both_good": "liked liked"}
    is_sided = row.comment.startswith(("a: ", "b: "))
    return _of(row, **words, both_bad="disliked disliked") | {"comment": row.comment if is_sided else ""}


def _as_turn(row: VoteRow, held: VoteRow) -> dict[str, Any]:
    users = sum(each["role"] == "user" for each in row.prompt) or None
    name = f"{row.prompt_id}/{len(row.prompt)}" if row.prompt else row.prompt_id
    words = {"a": "a_better", "b": "b_better"}
    return _of(row, **words) | {"category": row.category.replace("/", " "), "turn": users, "prompt_id": name}


def _as_caption(row: VoteRow, held: VoteRow) -> dict[str, Any]:
    tie = next(iter(row.verdicts.values())).raw if row.model_a != "tie" else "equal"
    return _named(row, tie) | ({} if row.rater.kind == "judge" else {"rater": ANONYMOUS})


def _as_preference(row: VoteRow, held: VoteRow) -> dict[str, Any]:
    sure = row.confidence if row.confidence and row.confidence > 0.5 else None
    (judged,) = row.verdicts.values()
    number = {"a": 2 - (sure or 1), "b": 1 + (sure or 1), "tie": 1.5}.get(judged.verdict.value)
    raw = "null" if number is None else str(float(number))
    if judged.raw in ("0", "1.25"):
        raw = str(float(judged.raw))
    return _verdict(raw, row) | {"prompt_id": _asked(row), "confidence": sure}


def _as_item(row: VoteRow, held: VoteRow) -> dict[str, Any]:
    return _of(row, a="1", b="2") | {"prompt_id": _asked(row), "category": row.category.replace("/", " ")}


def _as_sides(row: VoteRow, held: VoteRow) -> dict[str, Any]:
    if row.rater.kind == "judge":
        return _of(row, a="[[A>B]]", both_good="[[A=B=Good]]")
    return _of(row, a="leftvote", b="rightvote", both_good="tievote", both_bad="bothbad_vote") | {
        "rater": ANONYMOUS
    }


def _as_task(row: VoteRow, held: VoteRow) -> dict[str, Any]:
    (judged,) = row.verdicts.values()
    several = NO_TEXTS if len(row.prompt) > 1 else {}
    return _verdict("left" if judged.raw == "model_a" else judged.raw, row) | several


def _as_game(row: VoteRow, held: VoteRow) -> dict[str, Any]:
    far = ">>" if row.strength == 3 else ">"
    (judged,) = row.verdicts.values()
    strength = {"strength": 3 if row.strength == 3 else 1} if judged.verdict.value in "ab" else {}
    return _of(row, a=f"A{far}B", b=f"B{far}A", tie="A=B", abstain="null") | strength


CSV_WORDS = (
    ("right", "b"), ("tie", "tie"), ("tie (bothbad)", "both_bad"), ("both_good", "both_good"), ("abstain", "abstain"),
)  # fmt: skip
UP_TO_100K = (("model_b", "b"), ("tie", "tie"), ("tie (bothbad)", "both_bad"))
CONVERSED = {"turn": None, "category": "", **UNSURE}
TEXTLESS = {**NO_TEXTS, "prompt_id": "p"}
SYSTEM = {"prompt": (*said("system", "Be brief."), *EVERYTHING.prompt)}
LATER = (TEXTLESS, {"set_aside": NOT_BLIND}, SYSTEM)
ODD_WORDS, PEOPLE_ONLY = "abstain both_good both_bad", "simulated judge"

SPECS: Mapping[tuple[str, str], Spec] = {
    ("csv", "votes"): Spec(
        CSV_WORDS, NO_TEXTS, "set_aside", bent=lambda row, _: {"comment": row.comment.strip()}, more=(
            TEXTLESS,
            {"rater": RaterName("simulated", "crowd-1"), "verdicts": {"facts": Judged(Verdict.B, "b")}},
        ),
    ),
    ("lmarena", "33k"): Spec(
        UP_TO_100K, CONVERSED, "abstain both_good simulated named like_a_person", "arena_user_17", more=LATER
    ),
    ("lmarena", "55k"): Spec(
        (("winner_model_a", "a"), ("winner_model_b", "b"), ("winner_tie", "tie")),
        {**CONVERSED, **UNSPOKEN, "rater": ANONYMOUS}, f"{ODD_WORDS} {PEOPLE_ONLY} like_a_person set_aside",
        judges=False, bent=lambda row, _: _of(row, a="winner_model_a"),
    ),
    ("lmarena", "100k"): Spec(
        UP_TO_100K, CONVERSED, f"abstain both_good {PEOPLE_ONLY} like_a_person", judges=False, more=LATER
    ),
    ("lmarena", "140k"): Spec(
        (("model_b", "b"), ("tie", "tie"), ("both_bad", "both_bad"), ("both_good", "both_good")),
        CONVERSED, f"abstain {PEOPLE_ONLY} like_a_person set_aside", judges=False, more=(TEXTLESS,),
    ),
    ("mt_bench", "votes"): Spec(
        (("model_b", "b"), ("tie", "tie"), ("tie (inconsistent)", "tie")),
        {"language": "", "category": "", **UNSURE}, f"{ODD_WORDS} simulated named like_a_person set_aside",
        "expert_17", more=(TEXTLESS,),
    ),
    ("comparia", "votes"): Spec(
        (("@at", "b"), ("tie", "tie")), {"turn": None, "language": "", "confidence": None},
        f"{ODD_WORDS} {PEOPLE_ONLY} like_a_person set_aside", judges=False, bent=_as_vote,
        more=(TEXTLESS, SYSTEM, {"comment": "a: good\nb: bad\nand long"}, {"comment": "b: =bad"}, {"rater": ANONYMOUS}),
    ),
    ("comparia", "reactions"): Spec(
        (("x", "b"), ("y", "both_good"), ("z", "both_bad")),
        {**NO_TEXTS, "turn": None, "language": "", "category": "", "confidence": None},
        f"tie abstain {PEOPLE_ONLY} like_a_person set_aside", judges=False, bent=_as_reactions,
        more=(TEXTLESS, {"comment": "a: good\nb: bad\nand long"}, {"comment": "b: =bad"}, {"rater": ANONYMOUS}),
    ),
    ("comparia", "turns"): Spec(
        (("b_better", "b"), ("both_good", "both_good"), ("both_bad", "both_bad"), ("idk", "abstain")),
        {"language": "", "rater": ANONYMOUS, **UNSURE}, f"tie {PEOPLE_ONLY} like_a_person set_aside",
        judges=False, bent=_as_turn, more=(TEXTLESS, SYSTEM),
    ),
    ("caparena", "annotations"): Spec(
        (("x", "b"), ("tie", "tie"), ("equal", "tie")), {**NO_TEXTS, **UNSPOKEN, "turn": None, "confidence": None},
        f"{ODD_WORDS} simulated set_aside", bent=_as_caption,
        more=({"model_a": "tie", "verdicts": {"overall": Judged(Verdict.TIE, "tie")}}, TEXTLESS),
    ),
    ("alpaca_eval", "annotations"): Spec(
        (("2", "b"), ("1.5", "tie"), ("0", "tie"), ("null", "abstain")), {**UNSPOKEN, "turn": None, "comment": ""},
        "both_good both_bad human named simulated set_aside", changes=ONE_TURN, people=False, bent=_as_preference,
        more=(
            {"confidence": 0.75, "verdicts": {"overall": Judged(Verdict.A, "1.25")}},
            {"confidence": 0.75, "verdicts": {"overall": Judged(Verdict.B, "right")}},
            {"confidence": 0.25, "verdicts": {"overall": Judged(Verdict.B, "right")}},
        ),
    ),
    ("pandalm", "items"): Spec(
        (("2", "b"), ("0", "tie"), ("tie", "tie")), {**UNSPOKEN, "turn": None, **UNSURE},
        f"{ODD_WORDS} simulated named set_aside", "annotator3", ONE_TURN, bent=_as_item,
        more=({"rater": JUDGE, "verdicts": {"overall": Judged(Verdict.ABSTAIN, "garbage")}},),
    ),
    ("genai_bench", "votes"): Spec(
        (("b", "b"), ("both_good", "both_good"), ("bothbad_vote", "both_bad")),
        {**NO_TEXTS, **UNSPOKEN, "turn": None, "category": "", **UNSURE}, "abstain tie simulated set_aside",
        changes={"model_a": "left", "model_b": "right"}, bent=_as_sides,
        more=({"rater": JUDGE, "verdicts": {"overall": Judged(Verdict.BOTH_GOOD, "both_good")}},),
    ),
    ("label_studio", "tasks"): Spec(
        (("Summary 2", "b"), ("draw", "tie"), ("Neither", "both_bad"), ("both_good",) * 2, ("unsure", "abstain")),
        {"turn": None, "language": "", "confidence": None}, f"{PEOPLE_ONLY} like_a_person set_aside", judges=False,
        bent=_as_task, more=(ONE_TURN, TEXTLESS, {"verdicts": {"facts": Judged(Verdict.B, "right")}}),
    ),
    ("arena_hard", "games"): Spec(
        (("B>A", "b"), ("A=B", "tie"), ("null", "abstain")),
        {**NO_TEXTS, "language": "", "turn": None, "confidence": None},
        "both_good both_bad human named simulated set_aside", people=False, bent=_as_game,
    ),
}  # fmt: skip
