"""What a voter does costs as much with a million votes as with one: no statement reads a whole table that grows."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, event

from tests.api.conftest import API, Maker, database_of

GROWING = ("votes", "ballots", "battles", "skips", "vote_events")


def scans(connection: Connection, statement: str, parameters: Any) -> list[str]:
    """The tables that grow with votes and that SQLite would read from end to end."""
    plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    read = [re.match(r"SCAN (\w+?)(_\d+)?(?: |$)", row[3]) for row in plan]
    return [found[1] for found in read if found and found[1] in GROWING]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_a_voter_does_reads_a_whole_table(client: TestClient, make: Maker) -> None:
    make.quiz(models=3, prompts=6)
    make.vote(make.deal()["id"], {"overall": "a"})
    asked: list[tuple[str, Any]] = []
    engine = database_of(client).engine
    event.listen(engine, "before_cursor_execute", lambda *sent: asked.append((sent[2], sent[3])))
    battle = make.deal()["id"]
    make.vote(battle, {"overall": "b"})
    assert client.delete(f"{API}/battles/{battle}/votes").status_code == 200
    skipped = client.post(f"{API}/battles/{make.deal()['id']}/skip", json={"reason": "topic"})
    assert skipped.status_code == 201, skipped.text
    for path in ("me", "me/votes"):
        assert client.get(f"{API}/{path}").status_code == 200
    done = list(asked)
    assert len(done) > 40
    with engine.connect() as connection:
        found = {
            statement: read
            for statement, parameters in done
            if statement.split()[0] in ("SELECT", "UPDATE", "WITH")
            and (read := scans(connection, statement, parameters))
        }
    assert found == {}
