"""AlpacaEval's outputs (Li et al. 2023): instruction, output, generator, and dataset, which is the category.

A prompt is named by its text as in `alpaca_eval`, and made where it is not there.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.domain.answers import NewAnswer
from app.domain.errors import Invalid
from app.domain.formats.rows import Bad, Columns, JsonObject, category, needed, shown
from app.domain.formats.shapes import Format, Said
from app.domain.formats.tables import objects
from app.domain.prompts import NewPrompt


def read(lines: Iterable[bytes], columns: Columns) -> Iterator[Said | Bad]:
    for found in objects(lines):
        try:
            yield found if isinstance(found, Bad) else _said(found)
        except Invalid as invalid:
            yield Bad(found.line, invalid.detail)


def _said(found: JsonObject) -> Said:
    row = found.fields
    asked, said = _text(row, "instruction"), _text(row, "output")
    name = hashlib.sha256(asked.encode()).hexdigest()[:16]
    of = category({"category": row.get("dataset")})
    prompt = NewPrompt(found.line, name, ({"role": "user", "content": asked},), category=of)
    answer = NewAnswer(found.line, name, ({"role": "assistant", "content": said},))
    return Said(needed(row, "generator"), answer, prompt)


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if not isinstance(value, str):
        raise Invalid(f"{name}: expected a text, not {shown(value)}")
    return value


FORMAT = Format(
    "alpaca_outputs",
    "AlpacaEval's outputs: what models answered to instructions",
    submits=read,
    content="answers",
)
