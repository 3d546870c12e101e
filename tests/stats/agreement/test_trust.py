"""The verdict on a judge: real judges, planted ones, and each rule on its own."""

import json
import re
from collections.abc import Hashable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from app.stats.agreement.bias import first_share, flip_rate
from app.stats.agreement.guessing import guessing_p
from app.stats.agreement.labels import cohen_kappa, crossed
from app.stats.agreement.measure import Interval, Measure
from app.stats.agreement.raters import pairs_between, pairs_within, plurality, rated
from app.stats.agreement.trust import Assessment, Evidence, Thresholds, UnusableThreshold, assess
from app.stats.tally import Ints
from tests.conftest import ROOT
from tests.stats.agreement.votes import TIE, columns, genai_bench, llmfao, mt_bench, pandalm

QUICK = Interval(draws=300)


def limited(value: float, n: int = 500, margin: float = 0.04) -> Measure:
    return Measure(value, n, value - margin, value + margin, 0.95)


GOOD = Evidence(
    items=500,
    agreement=limited(0.5),
    ceiling=limited(0.5),
    guessing=Measure(0.0001, 500),
    first_share=limited(0.52),
    flip_rate=limited(0.1),
    ranking=limited(0.9, 12),
    ranking_ceiling=limited(0.95, 12),
    models=12,
)


def deciding(found: Assessment) -> list[str]:
    return [reason.rule for reason in found.reasons if reason.allows == found.trust]


def test_a_judge_as_good_as_people_is_trusted_with_every_reason() -> None:
    found = assess(GOOD)
    assert found.trust == "trusted"
    rules = ["items", "guessing", "agreement", "copying", "position", "flips", "ranking"]
    assert [reason.rule for reason in found.reasons] == rules
    assert all(reason.sentence.endswith(".") and reason.figure is not None for reason in found.reasons)
    json.dumps(asdict(found), allow_nan=False)


@pytest.mark.parametrize(
    ("change", "trust", "rule"),
    [
        ({"items": 99}, "calibrate", "items"),
        ({"guessing": Measure(0.05, 500)}, "do_not_automate", "guessing"),
        ({"guessing": None}, "calibrate", "guessing"),
        ({"ceiling": None}, "calibrate", "agreement"),
        ({"ceiling": Measure.missing("no item has two ratings", 0)}, "calibrate", "agreement"),
        ({"ceiling": limited(-0.01)}, "calibrate", "agreement"),
        ({"agreement": Measure(0.5, 500)}, "calibrate", "agreement"),
        ({"agreement": limited(0.43)}, "calibrate", "agreement"),
        ({"agreement": limited(0.2)}, "do_not_automate", "agreement"),
        ({"agreement": limited(0.6)}, "calibrate", "copying"),
        ({"agreement": limited(0.57)}, "calibrate", "copying"),  # errors of both sides add up in squares
        ({"first_share": limited(0.66)}, "calibrate", "position"),
        ({"first_share": limited(0.34)}, "calibrate", "position"),
        ({"first_share": limited(0.9)}, "do_not_automate", "position"),
        ({"flip_rate": limited(0.3)}, "calibrate", "flips"),
        ({"flip_rate": limited(0.55)}, "do_not_automate", "flips"),
        ({"first_share": None, "flip_rate": None}, "calibrate", "position"),
        ({"ranking": limited(0.7, 12)}, "calibrate", "ranking"),
        ({"ranking": None}, "calibrate", "ranking"),
    ],
)
def test_one_figure_decides(change: dict[str, object], trust: str, rule: str) -> None:
    found = assess(replace(GOOD, **change))  # type: ignore[arg-type]  # of mixed fields
    assert (found.trust, deciding(found)) == (trust, [rule])


@pytest.mark.parametrize(
    "change",
    [
        {"agreement": limited(0.55)},
        {"first_share": limited(0.63)},  # its lower limit is .59
        {"first_share": limited(0.37)},
        {"flip_rate": limited(0.28)},
        {"ranking": limited(0.7, 12), "ranking_ceiling": limited(0.8, 12)},
    ],
)
def test_what_limits_and_ceilings_leave_open_is_not_held_against_the_judge(
    change: dict[str, Measure],
) -> None:
    assert assess(replace(GOOD, **change)).trust == "trusted"  # type: ignore[arg-type]  # of mixed fields


def test_too_few_items_are_neither_trusted_nor_refused_for_their_agreement() -> None:
    poor = replace(GOOD, items=30, agreement=limited(0.0), guessing=Measure(0.9, 30))
    assert assess(poor).trust == "calibrate"
    assert "Not calibrated: 30 items" in assess(poor).reasons[0].sentence
    assert assess(replace(poor, first_share=limited(0.95))).trust == "do_not_automate"


def test_few_models_say_that_they_prove_little_and_decide_nothing() -> None:
    found = assess(replace(GOOD, models=6, ranking=limited(0.1, 6)))
    assert found.trust == "trusted"
    assert found.reasons[-1].sentence == "6 models prove little about its ranking; from 8 on it counts."


def test_thresholds_are_the_callers() -> None:
    assert assess(replace(GOOD, items=99), Thresholds(least_items=50)).trust == "trusted"
    assert assess(GOOD, Thresholds(near_ceiling=1)).trust == "calibrate"
    for wrong in ({"guessing": 1.5}, {"least_items": 10.5}, {"flips": float("nan")}, {"flips": True}):
        with pytest.raises(UnusableThreshold, match=next(iter(wrong))):
            Thresholds(**wrong)


@pytest.mark.parametrize(
    ("judge", "trust", "rule"),
    [
        ("llava", "do_not_automate", "guessing"),
        ("llava", "do_not_automate", "position"),
        ("random", "do_not_automate", "guessing"),
        ("idefics2", "do_not_automate", "guessing"),
        ("gpt4o", "calibrate", "agreement"),  # one person an item: there is no ceiling to hold it against
        ("gemini-1.5-pro", "calibrate", "agreement"),
    ],
)
def test_judges_of_genai_bench(shared_data: Path, judge: str, trust: str, rule: str) -> None:
    human, judged = genai_bench(shared_data, judge)
    table = crossed(human, judged, 4)
    known = Evidence(
        items=919,
        agreement=cohen_kappa(table, QUICK),
        guessing=guessing_p(table),
        first_share=first_share(np.bincount(judged, minlength=4), QUICK),
    )
    found = assess(known)
    assert found.trust == trust
    assert rule in deciding(found)


def against_people(people: Ints, judge: Ints) -> Evidence:
    """Both sides as ratings (N, 3); one label an item from the judge."""
    items = judge.sum(axis=1) > 0
    label, other = plurality(people, otherwise=TIE)[items], judge[items].argmax(axis=1)
    return Evidence(
        items=int(items.sum()),
        agreement=cohen_kappa(pairs_between(people, judge), QUICK),
        ceiling=cohen_kappa(pairs_within(people[items]), QUICK),
        guessing=guessing_p(crossed(label, other, 3)),
    )


def test_gpt_4_on_mt_bench_is_trusted_and_six_models_prove_little(shared_data: Path) -> None:
    votes = mt_bench(shared_data, "gpt4_pair")
    number: dict[Hashable, int] = {}
    columns(votes, number)
    items, labels = columns([v for v in mt_bench(shared_data, "human") if v.item in number], number)
    judged, verdicts = columns(votes, number)
    size = (len(number), 3)
    inconsistent = sum(vote.inconsistent for vote in votes)
    swaps = np.array([[inconsistent, len(votes) - inconsistent], [0, 0]])
    known = against_people(rated(items, labels, size), rated(judged, verdicts, size))
    found = assess(replace(known, flip_rate=flip_rate(swaps, QUICK), models=6))
    assert found.trust == "trusted"
    assert "6 models prove little" in found.reasons[-1].sentence


@pytest.mark.parametrize(("judge", "trust"), [("gpt3", "do_not_automate"), ("gpt4", "calibrate")])
def test_judges_of_llmfao(shared_data: Path, judge: str, trust: str) -> None:
    """GPT-3.5 takes the left answer in 70 % of its decided verdicts and agrees hardly beyond chance."""
    number: dict[Hashable, int] = {}
    items, labels = columns(llmfao(shared_data, "crowd"), number)
    judged, verdicts = columns(llmfao(shared_data, judge), number)
    size = (len(number), 3)
    known = against_people(rated(items, labels, size), rated(judged, verdicts, size))
    sides = first_share(np.bincount(verdicts, minlength=3), QUICK)
    assert assess(replace(known, first_share=sides)).trust == trust


@pytest.mark.parametrize("judge", ["gpt-3.5-turbo", "pandalm-7b"])
def test_judges_of_pandalm_are_worse_than_its_annotators(shared_data: Path, judge: str) -> None:
    people, judges = pandalm(shared_data)
    ratings = rated(np.tile(np.arange(999), 3), people.ravel(), (999, 3))
    known = against_people(ratings, rated(np.arange(999), judges[judge], (999, 3)))
    found = assess(replace(known, first_share=limited(0.5)))
    assert (found.trust, deciding(found)) == ("calibrate", ["agreement"])


def test_every_threshold_is_documented_with_its_default_and_every_rule() -> None:
    page = (ROOT / "docs" / "agreement.md").read_text()
    documented = dict(re.findall(r"^\| `(\w+)` \| ([\d.]+) \|$", page, re.MULTILINE))
    assert documented == {name: str(value) for name, value in asdict(Thresholds()).items()}
    assert all(f"| `{reason.rule}` |" in page for reason in assess(GOOD).reasons)
