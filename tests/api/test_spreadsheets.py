"""A model named like a formula is text in every table that somebody may open in a spreadsheet."""

import csv
import io

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import API, Keys, Maker

RISKY = ("=", "+", "-", "@", "\t", "\r")
FORMULA = '=HYPERLINK("http://evil.example")'


@pytest.mark.parametrize("path", ["/leaderboard.csv", "/votes/export?format=csv&as=csv"])
def test_no_cell_is_run(client: TestClient, make: Maker, keys: Keys, path: str) -> None:
    make.arena()
    rows = io.StringIO()
    writer = csv.writer(rows)
    writer.writerow(["model_a", "model_b", "winner", "category"])
    names = (FORMULA, "+1+cmd|' /C calc'!A0", "-2", "@SUM(1)", "fine", "")
    for name in names[:4]:
        writer.writerow([f"'{name}", "fine", "a", ""])
    told = client.post(
        f"{API}/arenas/quiz/votes/import",
        params={"format": "csv"},
        content=rows.getvalue().encode(),
        headers=keys.admin,
    )
    assert told.status_code == 201, told.text
    text = client.get(f"{API}/arenas/quiz{path}", headers=keys.admin).text
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert any(FORMULA in cell for cell in cells)
    risky = [
        cell for cell in cells if cell.startswith(RISKY) and not cell.lstrip("-").replace(".", "").isdigit()
    ]
    assert risky == []
    assert "'" not in cells  # an empty cell stays one
