"""What is computed from verdicts, against the numbers of the papers and their code."""

import re
from dataclasses import replace

import pytest

from app.domain.errors import Invalid
from app.domain.judges import checklist, constraint, find, five_way, persona, repeats
from app.domain.judges.checks import checked, variants
from app.domain.judges.items import Checklist, Constraint, DimensionForm
from app.domain.judges.orders import both_orders
from app.domain.judges.protocol import Amounts, Finding, Games, compared
from app.domain.judges.replies import Failure, Reason, Reply, Unreadable
from app.stats.settings import UnusableValue
from app.stats.verdicts import Verdict
from tests.domain.judged_items import item, letters

A, B, TIE = Verdict.A, Verdict.B, Verdict.TIE


@pytest.mark.parametrize(
    ("shown", "other_way", "counted"),
    [
        (A, A, TIE),
        (A, B, A),
        (A, TIE, TIE),
        (B, A, B),
        (B, B, TIE),
        (B, TIE, TIE),
        (TIE, A, TIE),
        (TIE, TIE, TIE),
    ],
)
def test_swap_and_agree(shown: Verdict, other_way: Verdict, counted: Verdict) -> None:
    both = both_orders(Finding("json", verdict=shown), Finding("json", verdict=other_way))
    assert isinstance(both, Finding)
    assert both.verdict == counted


def test_half_an_opinion_is_none() -> None:
    failed = Unreadable(Reason.NO_VERDICT)
    assert both_orders(Finding("json", verdict=A), failed) == failed
    assert both_orders(failed, Finding("json", verdict=A)) == failed


def test_probabilities_are_averaged_over_both_orders() -> None:
    """0.6 for the good answer shown first, and 0.55 for the bad one shown first: (0.6 + 0.45) / 2."""
    both = both_orders(Finding("logprobs", probability=0.6), Finding("logprobs", probability=0.55))
    assert isinstance(both, Finding)
    assert both.probability == pytest.approx(0.525)
    assert both.verdict == A


def test_scores_are_averaged_and_the_weaker_strength_and_certainty_stand() -> None:
    shown = Finding("json", verdict=A, strength=2, scores=(8, 4), certainty=90)
    other = Finding("json", verdict=B, strength=1, scores=(5, 7), certainty=60)
    both = both_orders(shown, other)
    assert isinstance(both, Finding)
    assert (both.strength, both.scores, both.certainty) == (1, (7.5, 4.5), 60)


@pytest.mark.parametrize(
    ("games", "results"), [(("B>>A", "A>B"), (4, 4)), (("A>B", "A>>B"), (3, 4)), (("A=B", "B>A"), (0.5, 2))]
)
def test_arena_hard_counts_a_strong_verdict_three_times(
    games: tuple[str, str], results: tuple[float, float]
) -> None:
    """The baseline is shown as A in the first game: 1.0, .75 and .25."""
    baseline_first, model_first = (_five_way(label) for label in games)
    assert five_way.amounts(Games(model_first, baseline_first))["arena_hard"] == results


def test_arena_hard_needs_both_games_and_strengths() -> None:
    assert "arena_hard" not in five_way.amounts(Games(_five_way("A>>B"), None))
    assert five_way.amounts(Games(Finding("vote", verdict=A), None)) == {}
    assert five_way.amounts(Games(None, None)) == {}


@pytest.mark.parametrize(
    ("word", "reward"), [("A++", 1.0), ("A+", 0.5), ("A=B", 0.0), ("B+", -0.5), ("B++", -1.0)]
)
def test_wildbench_rewards(word: str, reward: float) -> None:
    assert five_way.reward(_five_way(word)) == reward


def test_wildbench_takes_a_slight_win_from_the_longer_answer() -> None:
    slight, strong = Finding("brackets", verdict=B, strength=1), Finding("brackets", verdict=B, strength=2)
    assert five_way.length_rule(slight, (100, 701), 600).verdict == TIE
    assert five_way.length_rule(slight, (100, 700), 600).verdict == B
    assert five_way.length_rule(slight, (701, 100), 600).verdict == B
    assert five_way.length_rule(strong, (100, 701), 600).verdict == B


@pytest.mark.parametrize(("words", "verdict"), [("A+", TIE), ("A++", A), ("B+", B), ("B++", B), ("A=B", TIE)])
def test_a_judge_with_a_length_margin_keeps_wildbenchs_rule(words: str, verdict: Verdict) -> None:
    """A is longer by 501 characters: only its slight win is taken, and the record says so; in either order."""
    protocol = find("five_way")
    known = item(first="x" * 601, second="y" * 100)
    turned = words.translate(str.maketrans("AB", "BA")) if words != "A=B" else words
    for shown, said in ((known, words), (known.swapped(), turned)):
        settings = protocol.configured({"length_margin": 500})
        found = protocol.read(shown, "accuracy", Reply(f"[[{said}]]"), settings)["accuracy"]
        assert isinstance(found, Finding)
        assert (found if shown is known else found.swapped()).verdict == verdict
        ruled = ("a slight win of an answer longer by more than 500 characters is a tie",)
        assert found.notes == (ruled if words == "A+" else ())
    as_it_is = protocol.read(known, "accuracy", Reply("[[A+]]"), protocol.configured({}))["accuracy"]
    assert isinstance(as_it_is, Finding)
    assert (as_it_is.verdict, as_it_is.notes) == (A, ())
    with pytest.raises(UnusableValue, match="length_margin is -1"):
        protocol.configured({"length_margin": -1})


def test_what_a_rule_did_to_one_repeat_is_told_of_all() -> None:
    ruled = Finding("brackets", verdict=TIE, strength=0, notes=("ruled",))
    plain = Finding("brackets", verdict=A, strength=2)
    assert repeats.combined([plain, ruled, plain]).notes == ("ruled",)  # type: ignore[union-attr]


def test_pass_rates_are_a_mean_and_drfr_is_not() -> None:
    told = [[True, True, False], [True, False], [True, True, True, True, False, True]]
    rates = [rate for each in told if (rate := checklist.pass_rate(each)) is not None]
    assert [round(rate, 3) for rate in rates] == [0.667, 0.5, 0.833]
    assert round(sum(rates) / 3, 4) == 0.6667
    outcomes = [
        {f"first/{at}": Finding("json", score=float(passed)) for at, passed in enumerate(each)}
        for each in told
    ]
    counted = [checklist.amounts(item(), "first", each, checklist.Settings()) for each in outcomes]
    sums = [(0.0, 0.0) if isinstance(each, Failure) else each["drfr"] for each in counted]
    assert round(sum(one for one, _ in sums) / sum(many for _, many in sums), 4) == 0.7273


def test_what_does_not_apply_leaves_the_denominator() -> None:
    assert checklist.pass_rate([True, None, False]) == 0.5
    assert checklist.pass_rate([None, None]) is None
    known, protocol = item(checklist=Checklist(("One?", "Two?"))), find("checklist")
    settings = protocol.configured({})
    replies = {"first/1": "yes", "first/2": "n/a", "second/1": "yes", "second/2": "no"}
    found = protocol.verdicts(known, {key: Reply(text) for key, text in replies.items()}, settings)
    assert found["accuracy"] == Finding("pass rates", verdict=A, scores=(1.0, 0.5), checklist_version=1)
    nothing = dict.fromkeys(replies, Reply("n/a"))
    assert protocol.verdicts(known, nothing, settings)["accuracy"] == Unreadable(
        Reason.NOTHING_APPLIES, "no question of the checklist applies to one of the answers"
    )


def test_half_of_the_repeats_must_be_read_for_an_answer_to_count() -> None:
    failed = Unreadable(Reason.NO_VERDICT)
    read: list[Amounts | Failure] = [{"score": (3.0, 1.0)}, {"score": (4.0, 1.0)}]
    assert repeats.counted([*read, failed]) == {"score": (3.5, 1.0)}
    assert repeats.counted([read[0], failed]) == failed


def test_a_checklist_is_made_from_the_prompt_alone() -> None:
    question = checklist.generation(item().prompt, "a1b2c3d4")
    text = "\n".join(message["content"] for message in question.messages)
    assert "What is 17 + 26?" in text
    with pytest.raises(Invalid, match="prompt alone"):
        checklist.generation([*item().prompt, *item().first], "a1b2c3d4")
    with pytest.raises(Invalid, match="prompt alone"):
        Checklist(("Is it 43?",), saw_answers=True)


def test_an_edited_checklist_is_a_new_version_and_old_verdicts_keep_theirs() -> None:
    old, new = Checklist(("Is the sum right?",)), Checklist(("Is the sum 43?",), 2)
    protocol = find("checklist")
    replies = {"first/1": Reply("yes"), "second/1": Reply("no")}
    for known in (old, new):
        found = protocol.verdicts(item(checklist=known), replies, protocol.configured({}))["accuracy"]
        assert isinstance(found, Finding)
        assert found.checklist_version == known.version


def test_a_made_checklist_has_two_to_eight_questions() -> None:
    lines = [f"{number}. Is part {number} there?" for number in range(1, 10)]
    made = checklist.generated(Reply("Analysis: is it short?\nAnswer:\n" + "\n".join(lines[:8])))
    assert isinstance(made, Checklist)
    assert made.questions[0] == "Is part 1 there?"
    assert len(made.questions) == 8
    for wrong in (lines[:1], lines):
        found = checklist.generated(Reply("Answer:\n" + "\n".join(wrong)))
        assert isinstance(found, Unreadable)
        assert found.reason == Reason.OUT_OF_RANGE


def test_a_policy_decides_the_sign_and_a_refusal_is_nought() -> None:
    protocol = find("policy")
    for allowed, sign in (("yes", 1), ("no", -1)):
        reply = Reply(f'{{"allowed": "{allowed}", "helpfulness": 0.6}}')
        found = protocol.read(item(), "first", reply, protocol.configured({}))["first"]
        assert isinstance(found, Finding)
        assert found.score == pytest.approx(sign * 0.6)
        refusal = Reply(f'{{"allowed": "{allowed}", "helpfulness": 0}}')
        found = protocol.read(item(), "first", refusal, protocol.configured({}))["first"]
        assert isinstance(found, Finding)
        assert str(found.score) == "0.0"
    between = protocol.read(
        item(), "first", Reply('{"allowed": "yes", "helpfulness": 0.5}'), protocol.configured({})
    )
    assert isinstance(between["first"], Unreadable)


def test_a_constraint_whose_condition_is_not_met_does_not_apply() -> None:
    protocol, settings = find("constraint"), constraint.Settings()
    known = item(
        constraints=(Constraint("contains", "43", when="Is there a sum?"), Constraint("contains", "17"))
    )
    asked = protocol.questions(known, settings)
    assert [each.key for each in asked] == ["first/1/when", "second/1/when"]
    replies = {"first/1/when": Reply("yes"), "second/1/when": Reply("no")}
    found = protocol.verdicts(known, replies, settings)["accuracy"]
    assert found == Finding("checks", verdict=TIE, scores=(1.0, 1.0))
    replies["second/1/when"] = Reply("yes")
    found = protocol.verdicts(known, replies, settings)["accuracy"]
    assert found == Finding("checks", verdict=A, scores=(1.0, 0.5))


@pytest.mark.parametrize(
    ("check", "text", "value", "kept"),
    [
        ("at_most_words", "one two", 2, True),
        ("at_least_words", "one two", 3, False),
        ("at_most_characters", "four", 4, True),
        ("at_least_characters", "four", 5, False),
        ("at_most_lines", "a\n\nb", 2, True),
        ("at_least_lines", "a\n\nb", 3, False),
        ("paragraphs", "a\nb\n\nc", 2, True),
        ("bullets", "- a\n* b\nc", 2, True),
        ("contains", "Good Day", "day", True),
        ("excludes", "Good Day", "day", False),
        ("starts_with", " Dear all", "dear", True),
        ("ends_with", "Best wishes.", "wishes", False),
        ("json", '{"a": 1}', None, True),
        ("json", "[" * 100_000, None, False),
        ("lower_case", "abc", None, True),
        ("upper_case", "Abc", None, False),
        ("no_commas", "a, b", None, False),
    ],
)
def test_checks(check: str, text: str, value: str | int | None, kept: bool) -> None:
    assert checked(check, text, value) is kept


def test_a_check_with_a_value_of_another_kind_is_refused() -> None:
    with pytest.raises(Invalid, match="whole number"):
        checked("at_most_words", "one", "2")
    with pytest.raises(Invalid, match="a text is needed"):
        checked("contains", "one", 1)


def test_loose_checks_forgive_a_first_line_and_stars() -> None:
    assert len(variants("a\nb\nc")) == 8
    assert not checked("starts_with", "Sure!\n**Dear** all", "dear")
    assert checked("starts_with", "Sure!\n**Dear** all", "dear", loose=True)


def test_the_higher_criterion_decides() -> None:
    criteria = tuple(DimensionForm(slug, slug) for slug in ("factual", "informativeness"))
    protocol = find("priority")
    replies = {"informativeness": Reply('{"winner": "A"}'), "factual": Reply('{"winner": "B"}')}
    found = protocol.verdicts(item(dimensions=criteria), replies, protocol.configured({}))["overall"]
    assert found == Finding("priority", "factual", verdict=B)
    replies["factual"] = Reply('{"winner": "TIE"}')
    found = protocol.verdicts(item(dimensions=criteria), replies, protocol.configured({}))["overall"]
    assert found == Finding("priority", "informativeness", verdict=A)
    replies["factual"] = Reply("Who knows?")
    found = protocol.verdicts(item(dimensions=criteria), replies, protocol.configured({}))["overall"]
    assert isinstance(found, Unreadable)


@pytest.mark.parametrize("leak", [{"vote": "x"}, {"taste": "B"}, {"taste": "model_b"}, {"taste": " right "}])
def test_a_profile_that_holds_the_vote_is_refused(leak: dict[str, str]) -> None:
    known = item(votes={"accuracy": B}, profile={"age": "25-34 years old", **leak})
    with pytest.raises(Invalid, match="gives away the vote"):
        find("persona").questions(known, persona.Settings())
    told = find("persona").questions(known, persona.Settings(fields="age"))
    assert "age: 25-34 years old" in told[0].messages[1]["content"]
    assert not set(leak.values()) & set(re.findall(r"taste: (.*)", told[0].messages[1]["content"]))


def test_a_profile_without_the_field_asked_for_is_refused() -> None:
    with pytest.raises(Invalid, match="it has no faith"):
        find("persona").questions(item(), persona.Settings(fields="age,faith"))


@pytest.mark.parametrize(
    ("text", "certainty"),
    [
        ("[[A]] [[85]]", 85),
        ("At 25 they like sums. [[A]] [[85]]", 85),
        ("[[A]], certainty [[ 62.5 ]]", 62.5),
        ("[[A]] I am 85 % certain", None),
        ("[[A]] [[850]]", None),
        ("[[A]] [[80-90]]", None),
    ],
)
def test_certainty_is_the_number_in_brackets(text: str, certainty: float | None) -> None:
    protocol = find("persona")
    found = protocol.read(item(), "accuracy", Reply(text), protocol.configured({}))["accuracy"]
    assert (found.certainty if isinstance(found, Finding) else None) == certainty


def test_a_persona_may_tie_only_where_a_tie_is_offered() -> None:
    protocol = find("persona")
    for tie, kind in ((True, Finding), (False, Unreadable)):
        found = protocol.read(item(), "accuracy", Reply("[[C]] [[50]]"), protocol.configured({"tie": tie}))
        assert isinstance(found["accuracy"], kind)


def test_five_bands_of_certainty_are_described() -> None:
    (question,) = find("persona").questions(item(), persona.Settings())
    bands = re.findall(r"^(\d+)–(\d+): \w", question.messages[1]["content"], re.MULTILINE)
    assert bands == [("1", "20"), ("21", "40"), ("41", "60"), ("61", "80"), ("81", "100")]


def test_a_difference_within_the_margin_is_a_tie() -> None:
    assert compared(8.0, 7.9, 0.1, "scores").verdict == TIE
    assert compared(8.0, 7.8, 0.1, "scores").verdict == A


def test_the_rubrics_of_a_prompt_are_averaged() -> None:
    protocol = find("score")
    settings = protocol.configured({"prompt_rubrics": True, "highest": 5, "tie_margin": 0})
    known = item(rubrics=("Style, 1 to 5", "Background, 1 to 5"))
    scores = {"first/accuracy/1": 4, "first/accuracy/2": 2, "second/accuracy/1": 3, "second/accuracy/2": 3}
    asked = protocol.questions(known, settings)
    assert {each.key for each in asked} == set(scores)
    assert "Background, 1 to 5" in asked[1].messages[1]["content"]
    replies = {key: Reply(str(score)) for key, score in scores.items()}
    assert protocol.verdicts(known, replies, settings)["accuracy"] == Finding(
        "scores", verdict=TIE, scores=(3.0, 3.0)
    )
    with pytest.raises(Invalid, match="the prompt has none"):
        protocol.questions(replace(known, rubrics=()), settings)


def test_correctness_needs_a_reference() -> None:
    protocol = find("score")
    with pytest.raises(Invalid, match="reference"):
        protocol.questions(item(), protocol.configured({"scale": "correctness"}))
    settings = protocol.configured({"scale": "correctness", "reference": "human"})
    replies = {"first/accuracy": Reply("Partially correct"), "second/accuracy": Reply("Incorrect.")}
    assert protocol.verdicts(item(), replies, settings)["accuracy"] == Finding(
        "scores", verdict=A, scores=(0.5, 0.0)
    )


def test_scores_need_a_range() -> None:
    with pytest.raises(UnusableValue, match="lowest is not below highest"):
        find("score").configured({"lowest": 5, "highest": 5})


def test_a_probability_is_of_a_and_b_alone() -> None:
    protocol = find("logprob")
    found = protocol.read(item(), "accuracy", letters(0.75, mass=0.5), protocol.configured({}))["accuracy"]
    assert isinstance(found, Finding)
    assert found.probability == pytest.approx(0.75)
    assert found.notes == ("mass 0.500",)
    settings = protocol.configured({"least_mass": 0.6})
    rare = protocol.read(item(), "accuracy", letters(0.75, mass=0.5), settings)["accuracy"]
    assert isinstance(rare, Unreadable)
    none = protocol.read(item(), "accuracy", Reply("A"), settings)["accuracy"]
    assert none == Unreadable(Reason.NO_VERDICT, "no log probabilities")


def _five_way(label: str) -> Finding:
    protocol = find("five_way")
    found = protocol.read(item(), "accuracy", Reply(f"[[{label}]]"), protocol.configured({}))["accuracy"]
    assert isinstance(found, Finding)
    return found
