"""Public vote formats. FORMATS: name → Format, listed by the API and the CLI and run by one battery of tests.

To add a format, write `app/domain/formats/<name>.py` with a `read` that turns the lines of a file into VoteRow or Bad,
or `shapes` that turn VoteRows into records, or both, and register it here. A word that is no verdict of the format is
Bad: never a tie, never half a win. A vote that a shape has no place for is left out and counted, never bent to fit.

>>> [name for name, each in FORMATS.items() if not each.writes]
['ratings', 'rankings', 'prompts', 'model_answers', 'alpaca_outputs', 'profiles']
>>> import io
>>> next(read_file("csv", io.BytesIO(b"model_a,model_b,winner\\nx,y,draw"), {})).problem
"winner 'draw'; expected one of a, b, model_a, model_b, left, right, tie, both_good, both_bad, tie (bothbad), abstain"
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import BinaryIO

from app.domain.errors import Invalid
from app.domain.formats import (
    alpaca_eval,
    alpaca_outputs,
    arena_catalog,
    arena_hard,
    caparena,
    comparia,
    csv,
    genai_bench,
    label_studio,
    lmarena,
    model_answers,
    mt_bench,
    native,
    pandalm,
    preference_pairs,
    profiles,
    prompts,
    rankings,
    ratings,
)
from app.domain.formats.rows import LONGEST_LINE, Bad, Columns, VoteRow
from app.domain.formats.shapes import Format, Said
from app.domain.formats.tables import lines_of
from app.domain.profiles import NewProfile
from app.domain.prompts import NewPrompt

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        module.FORMAT.name: module.FORMAT
        for module in (
            csv,
            lmarena,
            mt_bench,
            comparia,
            caparena,
            pandalm,
            genai_bench,
            label_studio,
            alpaca_eval,
            arena_hard,
            ratings,
            rankings,
            prompts,
            model_answers,
            alpaca_outputs,
            profiles,
            preference_pairs,
            arena_catalog,
            native,
        )
    }
)


def read_file(
    name: str, file: BinaryIO, columns: Columns, progress: Callable[[int], None] = lambda at: None
) -> Iterator[VoteRow | Bad]:
    """The rows of a file of votes; `progress` hears how far it is read. Raises Invalid for a format without votes."""
    read = FORMATS[name].read
    if read is None:
        raise Invalid(f"format {name!r} holds no votes to read")
    try:
        yield from read(lines_heard(file, progress), columns)
    except Invalid as invalid:
        yield Bad(1, invalid.detail)


def submitted(
    name: str, file: BinaryIO, columns: Columns, progress: Callable[[int], None] = lambda at: None
) -> Iterator[NewPrompt | Said | NewProfile | Bad]:
    """The prompts, answers or profiles of a file; `progress` hears how far it is read. Raises Invalid for a format
    without.
    """
    submits = FORMATS[name].submits
    if submits is None:
        raise Invalid(f"format {name!r} holds no prompts, answers or profiles to read")
    try:
        yield from submits(lines_heard(file, progress), columns)
    except Invalid as invalid:
        yield Bad(1, invalid.detail)


def lines_heard(
    file: BinaryIO, progress: Callable[[int], None], longest: int = LONGEST_LINE
) -> Iterator[bytes]:
    """The lines of a file; `progress` hears how many bytes of it are read."""
    tell = file.tell if file.seekable() else lambda: 0
    for line in lines_of(file, longest):
        yield line
        progress(tell())
