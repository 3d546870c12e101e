"""The benchmark of uploads runs and says how long each part took."""

import pytest

from benchmarks import uploads


def test_the_benchmark_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    uploads.main(["--answers", "30", "--markdown"])
    printed = capsys.readouterr().out
    assert "30 answers" in printed
    assert "| SQLite |" in printed
