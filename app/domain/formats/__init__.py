"""Public vote formats. FORMATS: name → Format, listed by the API and the CLI and run by one battery of tests.

To add a format, write `app/domain/formats/<name>.py` with a `read` that turns the lines of a file into VoteRow or Bad,
and register it here. A word that is no verdict of the format is Bad: never a tie, never half a win.

>>> sorted(FORMATS)
['csv', 'genai_bench', 'lmarena', 'mt_bench', 'pandalm']
>>> next(FORMATS["csv"].read([b"model_a,model_b,winner", b"x,y,draw"], {})).problem
"winner 'draw'; expected one of a, b, model_a, model_b, left, right, tie, both_good, both_bad, tie (bothbad), abstain"
"""

from collections.abc import Mapping
from types import MappingProxyType

from app.domain.formats import csv, genai_bench, lmarena, mt_bench, pandalm
from app.domain.formats.rows import Format

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        each.name: each
        for each in (lmarena.FORMAT, mt_bench.FORMAT, csv.FORMAT, pandalm.FORMAT, genai_bench.FORMAT)
    }
)
