"""Exports are read back, unmodified, by the packages that people fit boards with."""

import json
import subprocess
from pathlib import Path

import pytest

from app.db.session import Database
from app.domain import arenas
from app.domain.exports import ExportReport, Wanted, write_votes
from app.domain.formats import read_file
from tests.arenas import SLUG, import_rows, make_arena
from tests.conftest import PEERS, PEERS_INSTALLED

# Runs where the peers are installed, on an export as it is: Parquet and JSON lines of lmarena.
READ = """
import json, sys
import pandas
from arena_rank.utils.data_utils import PairDataset
import evalica

frame = pandas.read_parquet(sys.argv[1])
lines = pandas.read_json(sys.argv[2], lines=True)
assert list(frame.columns) == list(lines.columns), (list(frame.columns), list(lines.columns))
assert frame["winner"].tolist() == lines["winner"].tolist()
pairs = PairDataset.from_pandas(frame)
winners = {"model_a": evalica.Winner.X, "model_b": evalica.Winner.Y}
known = [winners.get(word, evalica.Winner.Draw) for word in frame["winner"]]
fitted = evalica.bradley_terry(frame["model_a"], frame["model_b"], known)
print(json.dumps({
    "rows": len(frame),
    "models": sorted(pairs.competitors),
    "ranking": list(fitted.scores.sort_values(ascending=False).index),
}))
"""


def test_pandas_evalica_and_arena_rank_read_an_export(
    sqlite_url: str, shared_data: Path, tmp_path: Path
) -> None:
    if not PEERS_INSTALLED.exists():
        pytest.skip("the other packages are not installed: make peers")  # nothing else needs them
    database = Database(sqlite_url)
    make_arena(database)
    with (shared_data / "mtbench_votes/data/snapshots/mtbench/human.jsonl").open("rb") as file:
        import_rows(database, read_file("mt_bench", file, {}))
    files = []
    for encoding in ("parquet", "jsonl"):
        files.append(tmp_path / f"votes.{encoding}")
        with database.reading() as session, files[-1].open("wb") as written:
            wanted = Wanted.of("lmarena", encoding, "100k")
            arena = arenas.find(session, SLUG)
            written.writelines(write_votes(session, arena, wanted, None, ExportReport()))
    database.close()
    read = subprocess.run(
        [PEERS, "-c", READ, *files], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert read.returncode == 0, read.stderr
    published = json.loads((shared_data / "expected_dev.json").read_text())["mtbench_votes"]["models"]
    found = json.loads(read.stdout)
    assert (found["rows"], found["models"]) == (3355, sorted(published))
    assert found["ranking"][0] == "gpt-4"
