"""The benchmark of judge runs asks a real endpoint, keeps every call, and says how near it comes to the ideal."""

import re

import pytest

from benchmarks import judging


def test_the_benchmark_prints_a_row_for_the_bare_loop_and_for_a_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    judging.main(
        ["--calls", "20", "--seconds", "0.01", "--concurrency", "4", "--databases", "sqlite", "--markdown"]
    )
    printed = capsys.readouterr().out
    assert "### 20 calls, 4 in flight, 10 ms each: 400 a second" in printed
    rows = re.findall(
        r"^\| (bare loop|run on SQLite) \| ([\d.]+) \| [\d.]+% \| .* \|$", printed, re.MULTILINE
    )
    assert [name for name, _ in rows] == ["bare loop", "run on SQLite"]
    assert all(0 < float(rate) <= 400 for _, rate in rows)
