"""A persona without a profile of its own judges each battle as the person who voted on it would; scripted, on both
databases.
"""

import io
from pathlib import Path
from typing import Any

import pytest

from app.db.session import Database
from app.db.tables import JudgeCall, JudgeRequest, Judgment, Vote
from app.domain import arenas, choices, consistency, personal, profiles, submissions
from app.domain.errors import Invalid, InvalidLines
from app.domain.formats import submitted
from app.domain.judges.roster import NewJudge
from app.domain.selections import Selection
from app.stats.agreement.choosing import Rule
from tests.arenas import NOW, SLUG, import_rows, make_arena, rows_of, vote
from tests.judging import script, start, work

JUDGE = NewJudge(
    "like", "referee-1", protocol="persona", provider="scripted", endpoint={"file": "replies.jsonl"}
)
VOTED = Selection("voted")


def asked(at: int) -> dict[str, Any]:
    """Texts of one battle."""
    return {
        "prompt_id": f"p{at}",
        "prompt": ({"role": "user", "content": f"Question {at}?"},),
        "answer_a": ({"role": "assistant", "content": f"x on {at}"},),
        "answer_b": ({"role": "assistant", "content": f"y on {at}"},),
    }


@pytest.fixture
def quiz(database: Database) -> Database:
    """Ana says x, ben says y, cem a tie; all on the same two answers to each of two prompts."""
    make_arena(database)
    said = {"ana": "a", "ben": "b", "cem": "tie"}
    import_rows(
        database,
        [vote("x", "y", word, f"human:{who}", **asked(at)) for at in (1, 2) for who, word in said.items()],
    )
    return database


def told(database: Database, content: bytes, **options: Any) -> int:
    with database.writing() as session:
        files = [("people.csv", submitted("profiles", io.BytesIO(content), {}))]
        return submissions.import_files(session, arenas.find(session, SLUG), files, NOW, **options).imported


PEOPLE = b"rater,age,likes\nana,34,sums\nben,71,rhymes\n"


def test_each_battle_is_judged_as_its_own_voter_would(quiz: Database, tmp_path: Path) -> None:
    assert told(quiz, PEOPLE) == 2
    script(
        tmp_path,
        {"when": "likes: sums", "text": "[[A]] [[90]]"},
        {"when": "likes: rhymes", "text": "[[B]] [[60]]"},
    )
    done = work(quiz, tmp_path, start(quiz, JUDGE, VOTED))
    # Cem has no profile: his two battles are not asked about, cost nothing, and say why.
    assert (done.run.judgments, done.run.votes, done.run.failed) == (12, 8, 4)
    assert done.failures == {"unaskable:profile": 4}
    assert len(rows_of(quiz, JudgeRequest.id)) == 8
    reasons = {row[0][""]["detail"] for row in rows_of(quiz, Judgment.outcome) if "" in (row[0] or {})}
    assert reasons == {"nobody who voted on it has given a profile"}
    sent = [row[0]["messages"][1]["content"] for row in rows_of(quiz, JudgeCall.asked) if row[0]]
    assert all("ana" not in each and "ben" not in each for each in sent)
    assert {("age: 34" in each, "age: 71" in each) for each in sent} == {(True, False), (False, True)}


def test_accuracy_is_against_the_voter_and_stands_beside_its_coverage(quiz: Database, tmp_path: Path) -> None:
    """People are split on both items, so against their plurality, a tie, no verdict would be right."""
    told(quiz, PEOPLE)
    script(
        tmp_path,
        # Always A for ben, and unsure; for ana x whichever way it is shown, and sure of it.
        {"when": "likes: rhymes", "text": "[[A]] [[60]]"},
        {"when": "Answer A begins\nx on", "text": "[[A]] [[90]]"},
        {"when": "Answer A begins\ny on", "text": "[[B]] [[90]]"},
    )
    assert work(quiz, tmp_path, start(quiz, JUDGE, VOTED)).run.votes == 8
    with quiz.reading() as session:
        arena = arenas.find(session, SLUG)
        report = consistency.report(session, arena, consistency.Question("like", draws=20, board_draws=5))
        question = choices.Question(rule=Rule(least_items=1), draws=20)
        chosen = choices.choose(session, arena, question)
    rows = {row["threshold"]: row for row in report["calibration"]["coverage"]}
    assert {at: (rows[at]["n"], rows[at]["coverage"], rows[at]["accuracy"]["value"]) for at in rows} == {
        0.5: (8, 1.0, 0.75), 0.6: (8, 1.0, 0.75), 0.7: (4, 0.5, 1.0), 0.8: (4, 0.5, 1.0), 0.9: (4, 0.5, 1.0),
    }  # fmt: skip
    assert chosen["left_out"] == [{"judge": "like@1", "items": 0}]


def test_what_a_voter_said_is_not_told_to_the_judge(quiz: Database, tmp_path: Path) -> None:
    """The field is refused by the vote itself, on its dimension, however the answers are shown."""
    told(quiz, b"rater,likes,hand\nana,sums,left\nben,rhymes,Model A\ncem,both,left\n")
    script(tmp_path, {"text": "[[A]] [[90]]"})
    done = work(quiz, tmp_path, start(quiz, JUDGE, VOTED))
    # Ana voted for the left one; ben's field names the other side, and would be his own in the other order.
    assert (done.run.votes, done.run.failed, done.failures) == (4, 8, {"unaskable:item": 8})
    outcomes = [row[0] for row in rows_of(quiz, Judgment.outcome)]
    problems = {each[""]["detail"] for each in outcomes if "" in each}
    assert problems == {
        "profile: hand gives away the vote that is to be predicted; name the other fields with fields="
    }
    only = NewJudge("only", "r", protocol="persona", provider="scripted", endpoint={"file": "replies.jsonl"},
                    protocol_settings={"fields": "likes"})  # fmt: skip
    assert work(quiz, tmp_path, start(quiz, only, VOTED)).run.votes == 12


def test_it_answers_for_people_alone(quiz: Database) -> None:
    for source in ("new", "all"):
        with pytest.raises(Invalid, match="answers as the person who voted"):
            start(quiz, JUDGE, Selection(source, most=5))


def test_a_profile_that_comes_later_is_asked_about_then(quiz: Database, tmp_path: Path) -> None:
    told(quiz, b"rater,age\nana,34\n")
    script(tmp_path, {"text": "[[A]] [[90]]"})
    assert work(quiz, tmp_path, start(quiz, JUDGE, VOTED)).run.votes == 4
    told(quiz, b"rater,age\nana,34\nben,71\n")
    again = work(quiz, tmp_path, start(quiz, JUDGE, VOTED))
    assert (again.run.judgments, again.run.votes) == (8, 4)


def test_who_is_erased_is_gone_from_what_judges_were_told(quiz: Database, tmp_path: Path) -> None:
    told(quiz, b"rater,town\nana,Oran\nben,Lodz\n")
    script(tmp_path, {"text": "Oran and Lodz like it. [[A]] [[90]]"})
    work(quiz, tmp_path, start(quiz, JUDGE, VOTED))
    ana = next(row[0] for row in rows_of(quiz, Vote.rater_id, Vote.id))
    with quiz.writing() as session:
        personal.erase(session, ana, NOW)
    asked_now = repr(rows_of(quiz, JudgeCall.asked))
    assert ("town: Oran" in asked_now, "town: Lodz" in asked_now) == (False, True)
    assert repr(rows_of(quiz, JudgeCall.reply)).count("Oran and Lodz") == 4


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"rater,age\ndan,3\n", "rater 'human:dan': nobody of that name came with an import of this arena"),
        (b"rater,age\njudge:like,3\n", "rater 'judge:like': nobody"),
        (b"rater,Name\nana,x\n", "profile: 'Name' would tell who somebody is"),
        (b"rater,said\nana,ANA\n", "profile: 'said' would tell who somebody is"),
        (b"rater,says\nana,write to ana.li@posteo.de\n", "profile: 'says' would tell who somebody is"),
        (b"rater,age\nana,\n", "profile: it says nothing"),
        (b"rater,age\nana,1\nana,2\n", "rater 'human:ana' stands in the file already"),
        (b'{"rater": "ana", "ages": [1]}\n', "ages: expected a text or a number"),
    ],
)
def test_a_profile_that_cannot_be_kept_is_named_by_its_line(
    quiz: Database, content: bytes, problem: str
) -> None:
    with pytest.raises(InvalidLines) as refused:
        told(quiz, content)
    assert problem in refused.value.problems[0].problem
    assert refused.value.problems[0].at.startswith("people.csv:")


def test_the_same_profiles_again_change_nothing(quiz: Database) -> None:
    assert (told(quiz, PEOPLE), told(quiz, PEOPLE)) == (2, 0)
    assert told(quiz, b'{"rater": "ana", "age": 35}\n') == 1


def test_what_a_stored_profile_holds_of_a_name_is_not_told() -> None:
    """A native file may bring anything."""
    kept = {"age": 34, "name": "Ana Li", "e-mail": "x", "nick": "Ana", "tags": ["a"], "none": None}
    assert profiles.told(kept, "ana") == {"age": "34"}
