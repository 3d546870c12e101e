"""Preference pairs for training (DPO), as JSON lines: prompt, chosen and rejected, each a list of messages.

Only out: a pair names no models. A pair is what a person preferred and what they did not; ties are none. `prompt` is
what comes before the first answer.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.content import Message
from app.domain.formats.conversations import conversations
from app.domain.formats.rows import VoteRow
from app.domain.formats.shapes import Format, Shape, each
from app.stats.verdicts import Verdict


def _row(row: VoteRow) -> Mapping[str, Any] | str:
    (judged,) = row.verdicts.values()
    if row.rater.kind != "human":
        return f"no place for a {row.rater.kind} vote"
    if row.set_aside:
        return "no place for votes that do not count"
    if judged.verdict not in (Verdict.A, Verdict.B):
        return f"no word for {judged.verdict.value}"
    if not (row.prompt and row.answer_a and row.answer_b):
        return "no texts"
    one, other = conversations(row)
    common = _common(one, other)
    chosen, rejected = (one, other) if judged.verdict is Verdict.A else (other, one)
    if chosen == rejected:
        return "no difference between the answers"
    return {"prompt": one[:common], "chosen": chosen[common:], "rejected": rejected[common:]}


def _common(one: Sequence[Message], other: Sequence[Message]) -> int:
    """How many messages come before the first answer."""
    return next(
        (at for at, message in enumerate(one) if message["role"] == "assistant"), min(len(one), len(other))
    )


FORMAT = Format(
    "preference_pairs",
    "what people preferred, for training (DPO): prompt, chosen, rejected",
    shapes={
        "messages": Shape(
            {"prompt": "messages", "chosen": "messages", "rejected": "messages"},
            each(_row),
            "ties, models, raters: what people preferred is all there is",
            texts=True,
        )
    },
)
