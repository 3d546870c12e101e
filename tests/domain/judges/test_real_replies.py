"""520 real replies of three models are read as a person reads them, and none becomes a tie that nobody gave."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.domain.judges import find
from app.domain.judges.orders import both_orders
from app.domain.judges.protocol import Finding, Outcome
from app.domain.judges.replies import Found, Reply, Token, label
from app.stats.verdicts import Verdict
from tests.domain.judged_items import item

KINDS = ("json", "schema", "reason", "mt", "lp")
MT_BENCH = {"a": Verdict.A, "b": Verdict.B, "c": Verdict.TIE}
"""What the judges of kind mt were asked for: [[C]] is a tie."""

READ_BY_A_PERSON = """
qwen-coder-0.5b.json 0A:a 0B:a 1A:b 13A:b 14B:a 16B:a 18A:a 3A:a 4B:a 5B:a 7A:a
qwen-coder-0.5b.mt 12A:a 13B:b 15B:a 17A:b 6A:b 8B:b
qwen-coder-0.5b.schema 0A:a 0B:a 10A:a 10B:a 12A:a 13B:b 15A:a 2A:b 2B:b 5A:a 6B:a 7A:a
qwen-coder-1.5b.json 11B:a 14A:a 16A:a 17A:a 18A:a 19A:a 3A:a 3B:b 5A:a 5B:b 7B:b
qwen-coder-1.5b.mt 0A:a 0B:b 10B:b 11B:a 12A:a 13B:b 15A:b 16A:a 17A:a 18A:a 19B:b 4B:b 6B:b
qwen-coder-1.5b.reason 13B:b 19A:a 3A:a 4A:a 6A:a 7A:a
qwen-coder-1.5b.schema 0A:a 0B:b 15B:b 18A:a 19A:a 3A:a
smollm2-135m.json 0B:- 10A:- 12B:- 14A:- 18A:- 19A:- 6B:- 8A:-
smollm2-135m.mt 0A:- 12A:- 13B:- 16B:- 18B:- 3A:- 6A:- 6B:- 9A:-
smollm2-135m.schema 14B:a 18A:a 3A:a 5B:a 7A:a 7B:a 9A:a 9B:a
"""
"""90 of the 400 written replies, drawn with seed 5 and read by hand: file, then pair, order and verdict; - is none."""


@dataclass(frozen=True)
class Given:
    """A reply of the set, and what the set's own readers made of it."""

    name: str
    file: str
    kind: str
    reply: Reply
    verdict: str | None
    how: str


@pytest.fixture(scope="module")
def given(judge_replies: Path) -> dict[str, Given]:
    return {each.name: each for each in _given(judge_replies)}


def test_the_set_is_whole(given: dict[str, Given]) -> None:
    assert Counter(each.kind for each in given.values()) == {
        "json": 120,
        "schema": 120,
        "mt": 120,
        "lp": 120,
        "reason": 40,
    }


def test_the_drawn_replies_are_read_as_a_person_reads_them(given: dict[str, Given]) -> None:
    by_hand = dict(_by_hand())
    written = [name for name, each in given.items() if each.kind != "lp"]
    assert set(random.Random(5).sample(written, 90)) == set(by_hand)
    read = {name: _said(given[name]) for name in by_hand}
    assert read == by_hand


def test_what_the_set_reads_strictly_is_read_alike(given: dict[str, Given]) -> None:
    differing = {
        name: _said(each)
        for name, each in given.items()
        if each.how == "strict" and _said(each) != (each.verdict or "").lower()
    }
    assert differing == {}


def test_only_a_whole_reply_that_names_an_answer_is_read_where_the_set_reads_none(
    given: dict[str, Given],
) -> None:
    more = {
        name: (_said(each), each.reply.text)
        for name, each in given.items()
        if each.verdict is None and _said(each) != "-"
    }
    assert set(more.values()) == {("a", "[Answer A]"), ("b", "[Answer B]")}
    assert len(more) == 3


def test_no_tie_is_invented(given: dict[str, Given]) -> None:
    """One judge wrote "tie" in JSON; the eight of the set's lenient reader are echoes of [C]."""
    ties = {name for name, each in given.items() if _said(each) == "tie"}
    assert ties == {name for name, each in given.items() if '"winner": "tie"' in (each.reply.text or "")}
    assert len(ties) == 1
    echoes = [each for each in given.values() if each.how == "lenient" and each.verdict == "tie"]
    assert len(echoes) == 8
    assert {_said(each) for each in echoes} == {"-"}


def test_no_tie_is_invented_where_c_is_a_tie(given: dict[str, Given]) -> None:
    found = [label(each.reply, "winner", MT_BENCH) for each in given.values() if each.kind == "mt"]
    assert Counter(each.value if isinstance(each, Found) else None for each in found) == {
        Verdict.A: 40,
        Verdict.B: 40,
        None: 40,
    }


def test_how_many_of_each_kind_are_read(given: dict[str, Given]) -> None:
    """A schema and one letter are always read, even of a model that says A whatever it is asked."""
    kinds = sorted({(each.file, each.kind) for each in given.values()})
    rates = {}
    for file, kind in kinds:
        said = [_said(each) for each in given.values() if (each.file, each.kind) == (file, kind)]
        rates[file] = sum(each != "-" for each in said) / len(said)
    assert {file for file, rate in rates.items() if rate < 1} == {"smollm2-135m.json", "smollm2-135m.mt"}
    assert rates["smollm2-135m.json"] == rates["smollm2-135m.mt"] == 0


@pytest.mark.parametrize(
    ("file", "one_order", "both"),
    [("smollm2-135m.lp", 20, 8), ("qwen-coder-0.5b.lp", 20, 11), ("qwen-coder-1.5b.lp", 26, 18)],
)
def test_the_mean_of_both_orders_finds_what_a_letter_hides(
    given: dict[str, Given], file: str, one_order: int, both: int
) -> None:
    """The counts of right verdicts are those of the set's own notes (its section 2.1)."""
    right = {order: [_outcome(given[f"{file}/{pair}{order}"]) for pair in range(20)] for order in "AB"}
    single = sum(_verdict(each) == Verdict.A for each in right["A"])
    single += sum(_verdict(each) == Verdict.B for each in right["B"])
    averaged = [both_orders(*pair) for pair in zip(right["A"], right["B"], strict=True)]
    assert single == one_order
    assert sum(_verdict(each) == Verdict.A for each in averaged) == both


def _given(folder: Path) -> Iterator[Given]:
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            row = json.loads(line)
            tokens = (Token(row["text"], tuple((text, logprob) for text, logprob in row.get("top", ()))),)
            reply = Reply(row["text"], row["finish"], tokens=tokens if "top" in row else ())
            name = f"{path.stem}/{row['pair']}{row['order'][-1]}"
            kind = path.stem.rpartition(".")[2]
            yield Given(name, path.stem, kind, reply, row["verdict"], row["how"])


def _by_hand() -> Iterator[tuple[str, str]]:
    for line in READ_BY_A_PERSON.strip().splitlines():
        file, *read = line.split()
        for each in read:
            where, _, verdict = each.partition(":")
            yield f"{file}/{where}", verdict


def _outcome(given: Given) -> Outcome:
    protocol = find("logprob" if given.kind == "lp" else "pairwise")
    return protocol.read(item(), "accuracy", given.reply, protocol.configured({}))["accuracy"]


def _verdict(outcome: Outcome) -> Verdict | None:
    return outcome.verdict if isinstance(outcome, Finding) else None


def _said(given: Given) -> str:
    verdict = _verdict(_outcome(given))
    return "-" if verdict is None else verdict.value
