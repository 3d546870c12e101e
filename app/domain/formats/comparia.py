"""compar:IA's sets: votes (one a comparison), reactions (one an answer) and the newer rows (one a turn).

A vote names the model that was chosen, or says `both_equal`. Two reactions on the answers of one turn are one
comparison: liked or disliked on each side; a reaction on one answer only is none, and refused. A turn has a `choice`:
a_better, b_better, both_good, both_bad, or idk, which is kept and never counted.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from app.domain.accounts import RaterName
from app.domain.errors import Invalid
from app.domain.formats.conversations import conversations, texts_of
from app.domain.formats.people import ANONYMOUS
from app.domain.formats.rows import (
    LONGEST_CATEGORY,
    LONGEST_COMMENT,
    Bad,
    Columns,
    JsonObject,
    Judged,
    VoteRow,
    flag,
    json_value,
    judged,
    moment,
    needed,
    no_word,
    shown,
    two_models,
    word,
)
from app.domain.formats.shapes import Format, Shape, Written, each, refused
from app.domain.formats.tables import objects
from app.stats.verdicts import Verdict

CHOICES: Mapping[str, Verdict] = {
    "a_better": Verdict.A,
    "b_better": Verdict.B,
    "both_good": Verdict.BOTH_GOOD,
    "both_bad": Verdict.BOTH_BAD,
    "idk": Verdict.ABSTAIN,
}
LIKED: Mapping[tuple[bool, bool], Verdict] = {
    (True, False): Verdict.A,
    (False, True): Verdict.B,
    (True, True): Verdict.BOTH_GOOD,
    (False, False): Verdict.BOTH_BAD,
}
REASONS = (
    "useful", "complete", "creative", "clear_formatting", "incorrect", "superficial", "instructions_not_followed",
)  # fmt: skip


def read(lines: Iterable[bytes], columns: Columns) -> Iterator[VoteRow | Bad]:
    waiting: dict[tuple[str, str], JsonObject] = {}
    for found in objects(lines, or_csv=True):
        try:
            if isinstance(found, Bad):
                yield found
            elif "choice" in found.fields:
                yield _turn(found)
            elif "refers_to_model" in found.fields:
                if (pair := _pair(found, waiting)) is not None:
                    yield pair
            else:
                yield _vote(found)
        except Invalid as invalid:
            yield Bad(found.line, invalid.detail)
    for found in waiting.values():
        yield Bad(found.line, "a reaction on one answer only compares nothing")


def _vote(found: JsonObject) -> VoteRow:
    row = found.fields
    model_a, model_b = _models(row)
    prompt, answer_a, answer_b = texts_of(row)
    return VoteRow(
        line=found.line,
        identity=found.identity,
        rater=_rater(row),
        model_a=model_a,
        model_b=model_b,
        verdicts={"overall": _chosen(row, model_a, model_b)},
        prompt_id=needed(row, "conversation_pair_id"),
        category=_category(row.get("selected_category")),
        voted_at=moment(row.get("timestamp"), "timestamp"),
        prompt=prompt,
        answer_a=answer_a,
        answer_b=answer_b,
        comment=_comments(row),
        reasons=_reasons(row),
    )


def _chosen(row: Mapping[str, Any], model_a: str, model_b: str) -> Judged:
    if flag(row, "both_equal", absent=False):
        return Judged(Verdict.TIE, "both_equal")
    name = needed(row, "chosen_model_name")
    if name not in (model_a, model_b):
        raise Invalid(f"chosen_model_name {shown(name)}: expected {model_a} or {model_b}, or both_equal")
    return Judged(Verdict.A if name == model_a else Verdict.B, name)


def _pair(found: JsonObject, waiting: dict[tuple[str, str], JsonObject]) -> VoteRow | None:
    """The comparison that this reaction completes; None while the other answer's is still to come."""
    key = (
        needed(found.fields, "conversation_pair_id"),
        str(found.fields.get("msg_rank", found.fields.get("msg_index"))),
    )
    _liked(found)
    if key not in waiting:
        waiting[key] = found
        return None
    sides = {str(each.fields.get("model_pos")): each for each in (waiting.pop(key), found)}
    if sides.keys() != {"a", "b"}:
        raise Invalid(f"model_pos: expected a and b on one turn, not {shown(sorted(sides))}")
    one, other = sides["a"], sides["b"]
    model_a, model_b = two_models(
        {"model_a": needed(one.fields, "refers_to_model"), "model_b": needed(other.fields, "refers_to_model")}
    )
    liked = (_liked(one), _liked(other))
    said = " ".join(("disliked", "liked")[each] for each in liked)
    return VoteRow(
        line=found.line,
        identity=json.dumps([one.identity, other.identity], ensure_ascii=False),
        rater=_rater(found.fields),
        model_a=model_a,
        model_b=model_b,
        verdicts={"overall": Judged(LIKED[liked], said)},
        prompt_id=key[0],
        voted_at=moment(found.fields.get("timestamp"), "timestamp"),
        comment=_comments(
            {f"conv_comments_{side}": each.fields.get("comment") for side, each in sides.items()}
        ),
    )


def _liked(found: JsonObject) -> bool:
    liked, disliked = (flag(found.fields, name, absent=False) for name in ("liked", "disliked"))
    if liked == disliked:
        raise Invalid("expected one of liked and disliked to be true")
    return liked


def _turn(found: JsonObject) -> VoteRow:
    row = found.fields
    model_a, model_b = two_models(row)
    prompt, answer_a, answer_b = texts_of(row, "full_conversation_a", "full_conversation_b")
    about = row.get("metadata")
    about = json_value(about) if isinstance(about, str) and about else about  # a cell of a CSV
    categories = about.get("categories") if isinstance(about, dict) else None
    return VoteRow(
        line=found.line,
        identity=found.identity,
        rater=_rater(row),
        model_a=model_a,
        model_b=model_b,
        verdicts={"overall": judged(needed(row, "choice"), CHOICES)},
        # A later turn of a comparison is another question: all that was said before belongs to it.
        prompt_id=f"{needed(row, 'comparison_id')}/{len(prompt)}" if prompt else needed(row, "comparison_id"),
        turn=sum(message["role"] == "user" for message in prompt) or None,
        category=_category(categories[0] if isinstance(categories, list) and categories else None),
        voted_at=moment(row.get("timestamp"), "timestamp"),
        prompt=prompt,
        answer_a=answer_a,
        answer_b=answer_b,
    )


def _models(row: Mapping[str, Any]) -> tuple[str, str]:
    return two_models({"model_a": needed(row, "model_a_name"), "model_b": needed(row, "model_b_name")})


def _rater(row: Mapping[str, Any]) -> RaterName:
    for name in ("visitor_id", "session_hash"):
        if row.get(name):
            return RaterName("human", needed(row, name))
    return ANONYMOUS


def _category(value: Any) -> str:
    return " ".join(str(value or "").replace("/", " ").split())[:LONGEST_CATEGORY]


def _comments(row: Mapping[str, Any]) -> str:
    said = [(side, str(row.get(f"conv_comments_{side}") or "").strip()) for side in "ab"]
    return "\n".join(f"{side}: {text}" for side, text in said if text)[:LONGEST_COMMENT]


def _reasons(row: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    given = {
        side: tuple(name for name in REASONS if flag(row, f"conv_{name}_{side}", absent=False))
        for side in "ab"
    }
    return {side: words for side, words in given.items() if words}


def _written_vote(row: VoteRow) -> Written:
    (judged,) = row.verdicts.values()
    chosen = {Verdict.A: row.model_a, Verdict.B: row.model_b, Verdict.TIE: None}
    if (why := refused(row, "human")) or row.prompt_id is None:
        return why or "no name for a question that has none"
    if judged.verdict not in chosen:
        return no_word(judged)
    one, other = conversations(row)
    system, opening = (
        next((each["content"] for each in row.prompt if each["role"] == role), None)
        for role in ("system", "user")
    )
    comments = _sided(row.comment)
    return {
        "timestamp": row.voted_at.isoformat() if row.voted_at else None,
        "model_a_name": row.model_a,
        "model_b_name": row.model_b,
        "model_pair_name": sorted((row.model_a, row.model_b)),
        "chosen_model_name": chosen[judged.verdict],
        "both_equal": judged.verdict is Verdict.TIE,
        "opening_msg": opening,
        "conversation_a": one or None,
        "conversation_b": other or None,
        "conv_turns": sum(message["role"] == "user" for message in row.prompt) or None,
        "system_prompt_a": system,
        "system_prompt_b": system,
        "selected_category": _category(row.category) or None,
        "conversation_pair_id": row.prompt_id,
        "visitor_id": None if row.rater == ANONYMOUS else row.rater.name,
        **{f"conv_comments_{side}": comments[side] or None for side in "ab"},
        **{f"conv_{name}_{side}": name in row.reasons.get(side, ()) for name in REASONS for side in "ab"},
    }


def _sided(comment: str) -> Mapping[str, str]:
    """What was said of each side, where a comment is of the sides: the other way round from `_comments`."""
    one, _, other = f"\n{comment}".partition("\nb: ")
    return {"a": one.removeprefix("\na: ").strip() if one.startswith("\na: ") else "", "b": other.strip()}


def _written_turn(row: VoteRow) -> Written:
    (judged,) = row.verdicts.values()
    said = word(judged, CHOICES)
    if (why := refused(row, "human")) or said is None:
        return why or no_word(judged)
    if row.prompt_id is None:
        return "no name for a question that has none"
    one, other = conversations(row)
    label = _category(row.category)
    return {
        "comparison_id": row.prompt_id.removesuffix(f"/{len(row.prompt)}"),
        "model_a": row.model_a,
        "model_b": row.model_b,
        "timestamp": row.voted_at.isoformat() if row.voted_at else None,
        "full_conversation_a": one or None,
        "full_conversation_b": other or None,
        "choice": said,
        "metadata": {"categories": [label] if label else []},
    }


def _written_reactions(number: int, votes: Sequence[VoteRow]) -> Iterator[Written]:
    for row in votes:
        yield from _reactions(row)


def _reactions(row: VoteRow) -> Iterator[Written]:
    """One of each answer, the one shown as A first: read back, they are one comparison again."""
    (judged,) = row.verdicts.values()
    liked = next((both for both, verdict in LIKED.items() if verdict is judged.verdict), None)
    why = refused(row, "human") or ("no name for a question that has none" if row.prompt_id is None else None)
    if why or liked is None:
        yield why or no_word(judged)
        return
    turn = (row.turn or 1) - 1
    comments = _sided(row.comment)
    asked = [each["content"] for each in row.prompt if each["role"] == "user"]
    sides = zip("ab", (row.model_a, row.model_b), (row.answer_a, row.answer_b), liked, strict=True)
    for side, model, said, is_liked in sides:
        yield {
            "timestamp": row.voted_at.isoformat() if row.voted_at else None,
            "conversation_pair_id": row.prompt_id,
            "msg_rank": turn,
            "model_pos": side,
            "refers_to_model": model,
            "question_content": asked[turn] if turn < len(asked) else None,
            "response_content": said[turn]["content"] if turn < len(said) else None,
            "liked": is_liked,
            "disliked": not is_liked,
            "comment": comments[side] or None,
            "visitor_id": None if row.rater == ANONYMOUS else row.rater.name,
        }


_VOTE = {
    **dict.fromkeys(("timestamp", "model_a_name", "model_b_name"), "text"),
    "model_pair_name": "texts",
    "chosen_model_name": "text",
    "both_equal": "flag",
    "opening_msg": "text",
    **dict.fromkeys(("conversation_a", "conversation_b"), "messages"),
    "conv_turns": "whole",
    **dict.fromkeys(
        ("system_prompt_a", "system_prompt_b", "selected_category", "conversation_pair_id", "visitor_id"),
        "text",
    ),
    **dict.fromkeys(("conv_comments_a", "conv_comments_b"), "text"),
    **{f"conv_{name}_{side}": "flag" for name in REASONS for side in "ab"},
}
_REACTION = {
    **dict.fromkeys(("timestamp", "conversation_pair_id"), "text"),
    "msg_rank": "whole",
    **dict.fromkeys(("model_pos", "refers_to_model", "question_content", "response_content"), "text"),
    **dict.fromkeys(("liked", "disliked"), "flag"),
    **dict.fromkeys(("comment", "visitor_id"), "text"),
}
_TURN = {
    **dict.fromkeys(("comparison_id", "model_a", "model_b", "timestamp"), "text"),
    **dict.fromkeys(("full_conversation_a", "full_conversation_b"), "messages"),
    "choice": "text",
    "metadata": "labels",
}

FORMAT = Format(
    "comparia",
    "compar:IA's votes, reactions and turns",
    read,
    shapes={
        "votes": Shape(
            _VOTE,
            each(_written_vote),
            "dimensions, judges, both good, both bad, abstain, languages, paths of categories, certainty, turns, "
            "comments on neither side, reasons in other words than its own",
            texts=True,
        ),
        "reactions": Shape(
            _REACTION,
            _written_reactions,
            "dimensions, judges, plain ties, abstain, languages, categories, certainty, comments on neither side, "
            "reasons; texts go out and are not read, nor are turns",
            texts=True,
        ),
        "turns": Shape(
            _TURN,
            each(_written_turn),
            "dimensions, judges, plain ties, who voted, languages, paths of categories, certainty, comments, reasons",
            texts=True,
        ),
    },
)
