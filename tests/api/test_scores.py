"""Scores over HTTP, from a scripted judge's run to the figures: the numbers of the papers and their code come out."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from app.api.scores import ScoresOut
from app.db.session import Database
from app.db.tables import Judgment, Model
from app.domain.judges.items import Constraint
from app.domain.judges.roster import NewJudge
from app.domain.selections import Selection
from tests.api.conftest import API, Keys
from tests.arenas import SLUG, import_rows, make_arena, vote
from tests.judging import JUDGE, judged_arena, script, start, work
from tests.scoring import answered, asked, referee

SCORES = f"{API}/arenas/{SLUG}/judges/ref/scores"


def scores(client: TestClient, path: str = SCORES, **params: Any) -> dict[str, Any]:
    told = client.get(path, params=params)
    assert told.status_code == 200, told.text
    found: dict[str, Any] = told.json()
    assert ScoresOut.model_validate(found).model_dump(mode="json") == found
    return found


def figures(found: dict[str, Any], model: str = "ada", category: str | None = None) -> dict[str, Any]:
    (row,) = [row for row in found["rows"] if (row["model"], row["category"]) == (model, category)]
    return {name: each["value"] for name, each in row["figures"].items()} | {"row": row}


def test_cosa(database: Database, client: TestClient, tmp_path: Path) -> None:
    """CoSA: (1, +), (.8, +), (.6, −), (0, +), (1, −) → .04; a refusal is nought and not −1."""
    judged_arena(database, prompts_asked=5)
    said = [("yes", 1), ("yes", 0.8), ("no", 0.6), ("yes", 0), ("no", 1)]
    script(
        tmp_path,
        *(
            {"when": f"ada on p{line}\n", "text": json.dumps({"allowed": allowed, "helpfulness": h})}
            for line, (allowed, h) in enumerate(said, 1)
        ),
        {"text": '{"allowed": "no", "helpfulness": 0}'},
    )
    assert work(database, tmp_path, start(database, referee("policy", policy="Be kind."))).run.votes == 10
    found = scores(client)
    assert figures(found)["cosa_score"] == 0.04
    assert figures(found)["allowed"] == 0.6
    assert figures(found, "bob")["cosa_score"] == 0.0
    assert figures(found)["row"]["answers"] == {"read": 5, "without_reading": 0, "failures": {}}


def test_an_answer_in_many_battles_counts_once(
    database: Database, client: TestClient, tmp_path: Path
) -> None:
    """Of four models each answer is in three battles and both orders of each."""
    judged_arena(database, prompts_asked=2, names=("ada", "bob", "cy", "dee"))
    script(tmp_path, {"when": "ada on p1", "text": '{"score": 3}'}, {"text": '{"score": 8}'})
    work(database, tmp_path, start(database, referee("score")))
    row = figures(scores(client))["row"]
    assert row["figures"]["score"] | {"lower": 0, "upper": 0} == {
        "value": 5.5, "lower": 0, "upper": 0, "level": 0.95, "n": 2, "undefined": None,
    }  # fmt: skip
    assert (row["answers"]["read"], row["battles"]["read"]) == (2, 6)


def test_the_newest_judgment_that_read_an_answer_counts(
    database: Database, client: TestClient, tmp_path: Path
) -> None:
    """Of ada's two judgments the older gives 2 and the newer 7; then the newer could not be read."""
    judged_arena(database, prompts_asked=1)
    script(tmp_path, {"text": '{"score": 5}'})
    work(database, tmp_path, start(database, referee("score")))
    for newer, expected in (({"score": [7, 1]}, 7.0), ("unreadable:no_number", 2.0)):
        with database.writing() as session:
            for row, said in zip(
                session.scalars(select(Judgment).order_by(Judgment.id)),
                ({"score": [2, 1]}, newer),
                strict=True,
            ):
                opinion = (row.outcome or {})["overall"]
                row.outcome = {"overall": {**opinion, "counts": {"first": said, "second": said}}}
        assert figures(scores(client))["score"] == expected
        assert figures(scores(client))["row"]["answers"]["without_reading"] == 0


def test_drfr_is_of_all_questions_and_pr_a_mean(
    database: Database, client: TestClient, tmp_path: Path
) -> None:
    """TICK: [1,1,0] [1,0] [1,1,1,1,0,1] → PR .6667 and DRFR .7273; what does not apply leaves the denominator."""
    told: list[list[int | None]] = [[1, 1, 0], [1, 0, None], [1, 1, 1, 1, 0, 1]]
    asked(database, [tuple(f"Is {p}.{q} met?" for q in range(len(each))) for p, each in enumerate(told)])
    word = {1: "yes", 0: "no", None: "n/a"}
    script(
        tmp_path,
        *(
            {"when": f"Is {p}.{q} met?", "text": json.dumps({"answer": word[passed]})}
            for p, each in enumerate(told)
            for q, passed in enumerate(each)
        ),
    )
    work(database, tmp_path, start(database, referee("checklist")))
    found = figures(scores(client))
    assert (round(found["pass_rate"], 4), round(found["drfr"], 4)) == (0.6667, 0.7273)
    assert found["tie_rate"] == 100


def test_csr_is_micro_and_isr_leaves_out_what_nothing_applies_to(
    database: Database, client: TestClient, tmp_path: Path
) -> None:
    """AGENTIF: [[T,T,None],[T,F],[None,None,T],[F]] → CSR .6667, ISR .5; a fifth where nothing applies changes neither.

    The last constraint of the second is checked by a program, the others by the judge.
    """
    told: list[list[int | None]] = [[1, 1, None], [1, 0], [None, None, 1], [0], [None]]
    word = {1: "yes", 0: "no", None: "yes"}
    lines, constraints = [], []
    for p, each in enumerate(told):
        constraints.append(
            [Constraint("ask", f"Is {p}.{q} kept?", f"Does {p}.{q} apply?") for q in range(len(each))]
        )
        for q, kept in enumerate(each):
            lines.append(
                {
                    "when": f"Does {p}.{q} apply?",
                    "text": '{"answer": "no"}' if kept is None else '{"answer": "yes"}',
                }
            )
            lines.append({"when": f"Is {p}.{q} kept?", "text": json.dumps({"answer": word[kept]})})
    constraints[1][1] = Constraint("contains", "nowhere to be found")
    asked(database, constraints=constraints)
    script(tmp_path, *lines)
    work(database, tmp_path, start(database, referee("constraint")))
    row = figures(scores(client))["row"]
    assert round(row["figures"]["csr"]["value"], 4) == 0.6667
    assert row["figures"]["isr"]["value"] == 0.5
    assert row["figures"]["isr"]["n"] == 4
    assert row["answers"]["read"] == 5


def test_arena_hard_and_wildbench(database: Database, client: TestClient, tmp_path: Path) -> None:
    """(B>>A, A>B) → 1; (A>B, A>>B) → [0, 1, 1, 1] = .75; (A=B, B>A) → [.5, 0] = .25, the baseline shown as A first."""
    judged_arena(database, names=("ada", "base"))
    games = {1: ("B>>A", "A>B"), 2: ("A>B", "A>>B"), 3: ("A=B", "B>A")}
    script(
        tmp_path,
        *(
            {"when": f"A begins\n{first} on p{line}\n", "text": f"[[{label}]]"}
            for line, labels in games.items()
            for first, label in zip(("base", "ada"), labels, strict=True)
        ),
    )
    work(database, tmp_path, start(database, referee("five_way")))
    found = scores(client, baseline="base", by="category")
    # Over three battles the games are pooled: four 1s, [0, 1, 1, 1] and [.5, 0].
    assert figures(found)["arena_hard"] == pytest.approx((4 + 3 + 0.5) / 10)
    assert figures(found)["wildbench_reward"] == pytest.approx(
        ((1 + 0.5) / 2 + (-0.5 + 1) / 2 + (0 - 0.5) / 2) / 3
    )
    assert figures(found, "base")["row"]["figures"]["arena_hard"]["undefined"] == "it is the baseline"
    assert figures(scores(client))["row"]["figures"]["arena_hard"]["undefined"].startswith("it is against")


@pytest.mark.parametrize(
    ("games", "score"), [(("B>>A", "A>B"), 1.0), (("A>B", "A>>B"), 0.75), (("A=B", "B>A"), 0.25)]
)
def test_arena_hard_of_one_battle(
    database: Database, client: TestClient, tmp_path: Path, games: tuple[str, str], score: float
) -> None:
    judged_arena(database, prompts_asked=1, names=("ada", "base"))
    script(tmp_path, {"when": "A begins\nbase", "text": f"[[{games[0]}]]"}, {"text": f"[[{games[1]}]]"})
    work(database, tmp_path, start(database, referee("five_way")))
    row = figures(scores(client, baseline="base"))["row"]
    assert row["figures"]["arena_hard"]["value"] == score
    assert row["figures"]["arena_hard"]["lower"] is None


def test_a_battle_read_in_one_order_has_no_arena_hard_score(
    database: Database, client: TestClient, tmp_path: Path
) -> None:
    judged_arena(database, prompts_asked=2, names=("ada", "base"))
    script(
        tmp_path,
        {"when": "A begins\nbase on p2", "text": "I would rather not say."},
        {"when": "A begins\nbase", "text": "[[B>>A]]"},
        {"text": "[[A>B]]"},
    )
    work(database, tmp_path, start(database, referee("five_way")))
    row = figures(scores(client, baseline="base"))["row"]
    assert row["battles"] == {"read": 2, "without_reading": 0, "failures": {}, "one_order": 1}
    assert (row["figures"]["arena_hard"]["value"], row["figures"]["arena_hard"]["n"]) == (1.0, 1)
    assert row["figures"]["win_rate"]["n"] == 2


def test_wildbench_k_takes_a_slight_win_from_the_longer(
    database: Database, client: TestClient, tmp_path: Path
) -> None:
    """Slight wins of an answer longer by 10 characters, of 9 with K = 9 or less."""
    answered(database, {"ada": ["x" * 30], "base": ["y" * 20]})
    script(tmp_path, {"when": "A begins\ny", "text": "[[B>A]]"}, {"text": "[[A>B]]"})
    work(database, tmp_path, start(database, referee("five_way")))
    rewards = [figures(scores(client, length_margin=k))["wildbench_reward"] for k in (9, 10)]
    assert rewards == [0.0, 0.5]
    assert figures(scores(client, length_margin=9), "base")["wildbench_reward"] == 0.0


def test_wins_ties_and_both(database: Database, client: TestClient) -> None:
    """Janus: W 60, T 15, L 25 → 75.0 % won or tied; of a judge whose votes were imported."""
    make_arena(database)
    words = ["a"] * 60 + ["tie"] * 10 + ["both_bad"] * 5 + ["b"] * 25
    import_rows(
        database,
        [vote("x", "y", word, "judge:gpt-4@v2", prompt_id=f"p{at}") for at, word in enumerate(words)],
    )
    found = scores(client, f"{API}/arenas/{SLUG}/judges/gpt-4/scores")
    told = figures(found, "x")
    assert (told["win_rate"], told["tie_rate"], told["win_or_tie_rate"]) == (60.0, 15.0, 75.0)
    assert figures(found, "y")["win_or_tie_rate"] == 40.0
    assert told["row"]["figures"]["soft_win_rate"]["undefined"] == "no verdict has a probability"
    assert (found["protocol"], found["judges"][0]["version"]) == (None, "v2")


def test_what_could_not_be_read_is_counted_and_not_scored(
    database: Database, client: TestClient, tmp_path: Path
) -> None:
    """ada's second answer fails alone: bob's, in the same failed judgment, was read."""
    judged_arena(database, prompts_asked=2)
    script(
        tmp_path,
        {"when": "ada on p2", "text": "No number comes to mind."},
        {"text": '{"score": 4}'},
    )
    work(database, tmp_path, start(database, referee("score")))
    found = scores(client)
    ada, bob = (figures(found, model)["row"] for model in ("ada", "bob"))
    assert ada["answers"] == {"read": 1, "without_reading": 1, "failures": {"unreadable:no_verdict": 1}}
    assert (ada["figures"]["score"]["value"], ada["figures"]["score"]["n"]) == (4.0, 1)
    assert bob["answers"] == {"read": 2, "without_reading": 0, "failures": {}}
    assert bob["battles"]["without_reading"] == 1


def test_nothing_read_is_null_with_a_reason(database: Database, client: TestClient, tmp_path: Path) -> None:
    judged_arena(database, prompts_asked=1)
    script(tmp_path, {"text": "?"})
    work(database, tmp_path, start(database, referee("score")))
    row = figures(scores(client))["row"]
    assert row["figures"]["score"] == {
        "value": None, "lower": None, "upper": None, "level": None, "n": 0, "undefined": "no answer was read",
    }  # fmt: skip


def test_rubrics_of_a_prompt_and_repeats_are_averaged(
    database: Database, client: TestClient, tmp_path: Path
) -> None:
    """Two rubrics, 4 and 2; each repeat is the same question, so three of them change nothing."""
    asked(database, rubrics=[("Style, 1 to 5", "Background, 1 to 5")])
    script(tmp_path, {"when": "Style", "text": '{"score": 4}'}, {"text": '{"score": 2}'})
    judge = referee("score", protocol_settings={"prompt_rubrics": True, "highest": 5}, repeats=3)
    work(database, tmp_path, start(database, judge))
    assert figures(scores(client))["score"] == 3.0


def test_categories_have_rows_of_their_own(database: Database, client: TestClient, tmp_path: Path) -> None:
    asked(database, categories=["drugs", "drugs/dose", "weapons"])
    script(
        tmp_path,
        {"when": "on p3", "text": '{"allowed": "no", "helpfulness": 1}'},
        {"text": '{"allowed": "yes", "helpfulness": 0.2}'},
    )
    work(database, tmp_path, start(database, referee("policy", policy="No weapons.")))
    found = scores(client, by="category")
    assert [row["category"] for row in found["rows"] if row["model"] == "ada"] == [
        None,
        "drugs",
        "drugs/dose",
        "weapons",
    ]
    assert figures(found, category="weapons")["cosa_score"] == -1.0
    drugs = scores(client, category="drugs")
    assert (figures(drugs)["cosa_score"], figures(drugs)["row"]["answers"]["read"]) == (0.2, 2)


def test_personas_are_mixed_by_their_shares(database: Database, client: TestClient, tmp_path: Path) -> None:
    """Scores 5, 3, 4 and 1 of four judges at .4, .3, .2 and .1: 3.8."""
    judged_arena(database, prompts_asked=2)
    shares = {"expert": 0.4, "critic": 0.3, "seeker": 0.2, "hurried": 0.1}
    for name, score in zip(shares, (5, 3, 4, 1), strict=True):
        script(tmp_path, {"text": json.dumps({"score": score})}, name=f"{name}.jsonl")
        judge = referee("score", name=name, endpoint={"file": f"{name}.jsonl"})
        source = "new" if name == "expert" else "all"
        work(database, tmp_path, start(database, judge, Selection(source, most=2)))  # type: ignore[arg-type]
    mix = [f"{name}:{share}" for name, share in shares.items()]
    found = scores(client, f"{API}/arenas/{SLUG}/judges/scores", mix=mix)
    assert figures(found)["score"] == 3.8
    assert [each["share"] for each in found["judges"]] == [0.4, 0.3, 0.2, 0.1]


@pytest.mark.parametrize(
    ("mix", "status", "told"),
    [
        (["ref:0.5", "other:0.4"], 422, "add up to 0.9"),
        (["ref:1.5", "other:-0.5"], 422, "share"),
        (["ref:nan"], 422, "expected <judge>:<share>"),
        (["ref"], 422, "expected <judge>:<share>"),
        (["ref:0.5", "ref@1:0.5"], 422, "each judge once"),
        (["ref:0.5", "other:0.5"], 422, "pairwise and other@1 by score"),
        (["ref:0.5", "wordy:0.5"], 422, "different settings"),
        (["ref:0.5", "nobody:0.5"], 404, "has no judge 'nobody'"),
    ],
)
def test_what_cannot_be_mixed_is_refused(
    database: Database, client: TestClient, tmp_path: Path, mix: list[str], status: int, told: str
) -> None:
    judged_arena(database, prompts_asked=1)
    script(tmp_path, {"text": '{"winner": "A", "score": 3}'})
    work(database, tmp_path, start(database))
    for judge in (
        referee("score", name="other"),
        NewJudge("wordy", "referee-1", provider="scripted", protocol_settings={"explain": True}),
    ):
        start(database, judge, Selection("all"))
    refused = client.get(f"{API}/arenas/{SLUG}/judges/scores", params={"mix": mix})
    assert refused.status_code == status, refused.text
    assert told in refused.json()["detail"]


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"version": "7"}, 404),
        ({"dimension": "wit"}, 404),
        ({"baseline": "gpt-9"}, 404),
        ({"length_margin": -1}, 422),
        ({"by": "model"}, 422),
    ],
)
def test_what_cannot_be_asked_is_a_problem(
    database: Database, client: TestClient, params: dict[str, Any], status: int
) -> None:
    judged_arena(database, prompts_asked=1)
    start(database, JUDGE)
    assert client.get(SCORES, params=params).status_code == status


def test_a_private_arena_is_for_those_with_a_key_and_unchanged_scores_are_not_sent_twice(
    database: Database, client: TestClient, keys: Keys
) -> None:
    make_arena(database, public=False)
    import_rows(database, [vote("x", "y", "a", "judge:ref", prompt_id="p")])
    assert client.get(SCORES).status_code == 404
    told = client.get(SCORES, headers=keys.reader)
    assert told.status_code == 200
    assert (
        client.get(SCORES, headers=keys.reader | {"If-None-Match": told.headers["etag"]}).status_code == 304
    )


def test_hidden_models_are_not_shown(database: Database, client: TestClient) -> None:
    make_arena(database)
    import_rows(database, [vote("x", other, "a", "judge:ref", prompt_id="p") for other in ("y", "z")])
    with database.writing() as session:
        session.execute(update(Model).where(Model.slug == "z").values(state="hidden"))
    found = scores(client)
    assert [row["model"] for row in found["rows"]] == ["x", "y"]
    assert figures(found, "x")["row"]["battles"]["read"] == 1
