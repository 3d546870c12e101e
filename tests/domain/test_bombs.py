"""Small files that unfold into far more than the memory holds are read within it, or refused."""

import io
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from pyarrow import parquet

MOST = 4_000_000_000  # bytes of address space; each file unfolds into more than that
READ = textwrap.dedent("""
    import resource, sys
    import pyarrow.parquet, pyarrow.compute
    resource.setrlimit(resource.RLIMIT_AS, (MOST, MOST))
    from app.domain.errors import Invalid
    from app.domain.formats.tables import lines_of
    longest = lines = 0
    try:
        with open(sys.argv[1], "rb") as file:
            for line in lines_of(file):
                longest, lines = max(longest, len(line)), lines + 1
                if lines == 30:
                    break
    except Invalid as refused:
        print(refused.detail)
    print(lines, longest)
""").replace("MOST", str(MOST))


def repeated(text: str, times: int) -> Any:
    return pyarrow.DictionaryArray.from_arrays(
        pyarrow.array([0] * times, pyarrow.int32()), pyarrow.array([text])
    )


def told(folder: Path, column: Any) -> str:
    file = io.BytesIO()
    # Without the schema of the writer, which would tell the reader to keep the references.
    parquet.write_table(pyarrow.table({"model_a": column}), file, compression="zstd", store_schema=False)
    assert len(file.getvalue()) < 200_000
    path = folder / "bomb.parquet"
    path.write_bytes(file.getvalue())
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_long_text_that_is_named_often_is_read_row_by_row(tmp_path: Path) -> None:
    assert told(tmp_path, repeated("x" * 10_000_000, 1_000)) == "30 10000015\n"


def test_a_list_of_the_same_long_text_is_refused(tmp_path: Path) -> None:
    lists = pyarrow.ListArray.from_arrays(
        pyarrow.array([0, 10_000], pyarrow.int32()), repeated("x" * 1_000_000, 10_000)
    )
    assert told(tmp_path, lists) == "a row is longer than 64,000,000 bytes\n0 0\n"


def test_an_ordinary_file_is_read_as_before(tmp_path: Path) -> None:
    from app.domain.formats.tables import lines_of

    rows = [
        {"a": f"m{n}", "n": n, "m": [{"role": "user", "content": "é" * n}], "none": None}
        for n in range(2_500)
    ]
    file = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(rows), file)
    file.seek(0)
    found = list(lines_of(file))
    assert len(found) == 2_500
    assert found[3] == '{"a":"m3","n":3,"m":[{"role":"user","content":"ééé"}],"none":null}\n'.encode()


def test_what_comes_out_of_a_file_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.domain.errors import Invalid
    from app.domain.formats import tables

    monkeypatch.setattr(tables, "MOST_UNFOLDED", 1_000)
    file = io.BytesIO()
    parquet.write_table(pyarrow.table({"a": ["x" * 90] * 20}), file)
    file.seek(0)
    with pytest.raises(Invalid, match="more than 1,000 bytes come out of this file"):
        list(tables.lines_of(file))
