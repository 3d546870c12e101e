"""A file as rows of named fields, whatever it is written in: JSON lines, a JSON array, CSV or Parquet; and back.

ENCODINGS: name → how rows are written.

>>> b"".join(ENCODINGS["csv"].write({"model": "text", "won": "flag"}, [{"model": "=1+1", "won": True}]))
b"model,won\\r\\n'=1+1,true\\r\\n"
>>> [found.fields for found in objects([b"model,won\\r\\n", b"'=1+1,true\\r\\n"], or_csv=True)]
[{'model': '=1+1', 'won': 'true'}]
"""

import csv
import io
import json
from codecs import BOM_UTF8, getincrementaldecoder
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from types import MappingProxyType
from typing import Any, BinaryIO

import orjson

from app.domain.errors import Invalid
from app.domain.formats.rows import (
    LONGEST_LINE,
    NO_UTF8,
    NUL,
    SURROGATE,
    TOO_DEEP,
    Bad,
    JsonObject,
    json_decoder,
    json_objects,
    lines_in,
    spelled,
)

PARQUET_MAGIC = b"PAR1"
PIECE = 1_000_000  # bytes of a JSON array read at once
BATCH = 1_000  # rows of Parquet
HELD = 64_000_000  # bytes of them as objects
MOST_UNFOLDED = 8_000_000_000  # bytes of a whole file of Parquet as JSON
CUT_OFF = "the array does not end: the file was cut off"
REST = "the rest of the file was not read"
BETWEEN = " \t\r\n,[]"  # what may stand between the objects of arrays, one after the other
# A spreadsheet would run a cell that begins with one of these; with an apostrophe before it, it is text. An apostrophe
# itself is marked too, so that the mark can be taken away again.
RISKY = ("=", "+", "-", "@", "\t", "\r", "'")

# Python's own limit of 131,072 refuses the long answers that stand beside some votes.
csv.field_size_limit(LONGEST_LINE)


def lines_of(file: BinaryIO, longest: int = LONGEST_LINE) -> Iterator[bytes]:
    """The lines of a file, none of them longer than the memory allows; the rows of a Parquet file as JSON lines, and a
    JSON array in pieces, since it may stand on one line. Raises Invalid for Parquet that cannot be read.
    """
    if not file.seekable():
        yield from lines_in(file, longest)
        return
    start = file.tell()
    head = file.read(64)
    file.seek(start)
    if head.startswith(PARQUET_MAGIC):
        yield from _parquet_rows(file)
    elif head.removeprefix(BOM_UTF8).lstrip().startswith(b"["):
        yield from iter(lambda: file.readline(PIECE), b"")
    else:
        yield from lines_in(file, longest)


def objects(lines: Iterable[bytes], *, or_csv: bool = False) -> Iterator[JsonObject | Bad]:
    """The rows of a file of JSON objects, one a line or in arrays; or of a CSV with a header if `or_csv`."""
    lines = iter(lines)
    kept: list[bytes] = []
    for line in lines:
        kept.append(line)
        if line.removeprefix(BOM_UTF8).strip():
            break
    first = kept[-1].removeprefix(BOM_UTF8).strip() if kept else b""
    whole = chain(kept, lines)
    if first.startswith(b"[") or first == b"{":
        yield from _array(whole)
    elif first.startswith(b"{") or not or_csv:
        yield from json_objects(enumerate(whole, start=1))
    else:
        yield from _csv_objects(whole)


def csv_cells(lines: Iterable[bytes]) -> Iterator[tuple[int, list[str]] | Bad]:
    """The header and the rows of a CSV, each with the line on which it begins; quoted fields may hold line ends."""
    reader = csv.reader(_texts(lines), strict=True)
    line = 1
    try:
        for cells in reader:
            if line == 1 or any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except (csv.Error, Invalid) as broken:
        # After a broken line nobody knows where the next row starts.
        yield Bad(line, f"{broken.detail if isinstance(broken, Invalid) else f'not CSV: {broken}'}; {REST}")


def check_cells(cells: Iterable[str]) -> None:
    """Raises Invalid for what is no text or no database keeps."""
    together = "".join(cells)
    if "\0" in together:
        raise Invalid(NUL)
    if SURROGATE.search(together):
        raise Invalid(NO_UTF8)


def check_header(header: list[str]) -> None:
    """Raises Invalid."""
    check_cells(header)
    twice = {name for name in header if header.count(name) > 1}
    if twice:
        raise Invalid(f"column {min(twice)!r} stands twice in the header")


def unmarked(cell: str) -> str:
    """The cell without the mark that keeps a spreadsheet from running it."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(RISKY) else cell


def _csv_objects(lines: Iterable[bytes]) -> Iterator[JsonObject | Bad]:
    header: list[str] | None = None
    for found in csv_cells(lines):
        if isinstance(found, Bad):
            yield found
            return
        line, cells = found
        try:
            if header is None:
                header = [name.strip() for name in cells]
                check_header(header)
                continue
            check_cells(cells)
            if len(cells) != len(header):
                raise Invalid(f"{len(cells)} fields; the header has {len(header)}")
        except Invalid as invalid:
            yield Bad(line, invalid.detail if line > 1 else f"{invalid.detail}; {REST}")
            if line == 1:
                return
            continue
        fields = dict(zip(header, map(unmarked, cells), strict=True))
        yield JsonObject(line, spelled(fields), fields)


def _texts(lines: Iterable[bytes]) -> Iterator[str]:
    """Bytes that are no text stand in as surrogates, so that only their row is refused."""
    for number, line in enumerate(lines):
        if len(line) > LONGEST_LINE:
            raise Invalid(f"the line is longer than {LONGEST_LINE:,} bytes")
        yield line.removeprefix(BOM_UTF8 if number == 0 else b"").decode("utf-8", "surrogateescape")


def _array(pieces: Iterable[bytes]) -> Iterator[JsonObject | Bad]:
    """The objects of arrays, each with the line on which it begins."""
    texts = _decoded(pieces)
    buffer, at, line, depth = "", 0, 1, 0
    while True:
        try:
            buffer, at, line, depth = _to_next(buffer, at, line, depth, texts)
            if at == len(buffer):
                if depth > 0:
                    yield Bad(line, CUT_OFF)
                return
            found, end = _decode(buffer, at)
            while found is None:
                # Twice as much each time, so that a long object is not begun again for each piece.
                more = "".join(islice(texts, 1 + len(buffer) // PIECE))
                if not more or len(buffer) - at > LONGEST_LINE:
                    raise Invalid(_why_broken(buffer, at))
                buffer, at = buffer[at:] + more, 0
                found, end = _decode(buffer, at)
            if not isinstance(found, dict):
                raise Invalid("expected a JSON object")
            identity = spelled(found)
        except Invalid as invalid:
            yield Bad(line, f"{invalid.detail}; {REST}")
            return
        except RecursionError:
            yield Bad(line, f"{TOO_DEEP}; {REST}")
            return
        yield JsonObject(line, identity, found)
        line += buffer.count("\n", at, end)
        at = end


def _decoded(pieces: Iterable[bytes]) -> Iterator[str]:
    decoder = getincrementaldecoder("utf-8")()
    try:
        for number, piece in enumerate(pieces):
            yield decoder.decode(piece.removeprefix(BOM_UTF8 if number == 0 else b""))
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as broken:
        raise Invalid(NO_UTF8) from broken


def _to_next(buffer: str, at: int, line: int, depth: int, texts: Iterator[str]) -> tuple[str, int, int, int]:
    """Past what stands between objects; at the end of the buffer if nothing more comes. `depth`: of open arrays."""
    while True:
        while at < len(buffer) and buffer[at] in BETWEEN:
            line += buffer[at] == "\n"
            depth += (buffer[at] == "[") - (buffer[at] == "]")
            at += 1
        more = next(texts, None) if at == len(buffer) else ""
        if not more and (more is None or at < len(buffer)):
            return buffer, at, line, depth
        buffer, at = buffer[at:] + (more or ""), 0


def _decode(buffer: str, at: int) -> tuple[Any, int]:
    """None where the text ends too early, or is no JSON."""
    try:
        return json_decoder().raw_decode(buffer, at)
    except json.JSONDecodeError:
        return None, at


def _why_broken(buffer: str, at: int) -> str:
    try:
        json_decoder().raw_decode(buffer, at)
    except json.JSONDecodeError as broken:
        return f"not JSON: {broken.msg}"
    return f"an object is longer than {LONGEST_LINE:,} characters"


def _parquet_rows(file: BinaryIO) -> Iterator[bytes]:
    # Loaded here: it takes a second, and most files are no Parquet.
    import pyarrow
    import pyarrow.parquet

    try:
        # Texts as references to each different one: a file of 1 KB may name one of 10 MB a million times.
        start = file.tell()
        schema = pyarrow.parquet.ParquetFile(file).schema
        texts = [
            column.path
            for column in map(schema.column, range(len(schema)))
            if column.physical_type == "BYTE_ARRAY" and column.logical_type.type != "DECIMAL"
        ]
        file.seek(start)
        table = pyarrow.parquet.ParquetFile(file, read_dictionary=texts)
        written = 0
        for batch in table.iter_batches(batch_size=BATCH):
            for row in _unfolded(batch):
                line = orjson.dumps(row, option=orjson.OPT_NAIVE_UTC, default=str) + b"\n"
                written += len(line)
                if written > MOST_UNFOLDED:
                    raise Invalid(f"more than {MOST_UNFOLDED:,} bytes come out of this file; split it")
                yield line
    except (pyarrow.ArrowException, OSError, orjson.JSONEncodeError) as broken:
        raise Invalid(f"not Parquet: {str(broken).partition(chr(10))[0]}") from broken


def _unfolded(batch: Any) -> Iterator[Any]:
    """The rows of a batch as objects, no more of them at once than fit into memory. Raises Invalid for a row that does
    not by itself.
    """
    size = sum(map(_size, batch.columns))
    if size > HELD and batch.num_rows > 1:
        half = batch.num_rows // 2
        yield from _unfolded(batch.slice(0, half))
        yield from _unfolded(batch.slice(half))
    elif size > HELD:
        raise Invalid(f"a row is longer than {HELD:,} bytes")
    else:
        yield from batch.to_pylist()


def _size(array: Any) -> int:
    """Bytes that an array takes once its references are followed."""
    import pyarrow
    from pyarrow import compute

    if isinstance(array, pyarrow.DictionaryArray):
        lengths = compute.binary_length(array.dictionary).take(array.indices)
        return int(compute.sum(lengths).as_py() or 0)
    if pyarrow.types.is_struct(array.type):
        return sum(map(_size, array.flatten()))
    if isinstance(array, pyarrow.ListArray | pyarrow.LargeListArray | pyarrow.MapArray):
        return _size(array.flatten() if not isinstance(array, pyarrow.MapArray) else array.items)
    return int(array.nbytes)


@dataclass(frozen=True, slots=True)
class Encoding:
    """How rows are written: `write(columns, rows)` gives the bytes piece by piece; columns have a type each: `text`,
    `whole`, `number`, `flag`, `texts` (a list), `messages`, `parts`: messages whose content is a list, or `labels`:
    an object of categories.
    """

    name: str
    media_type: str
    write: Callable[[Mapping[str, str], Iterable[Mapping[str, Any]]], Iterator[bytes]]


def _write_json_lines(columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    for row in rows:
        yield orjson.dumps(row) + b"\n"


def _write_json(columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """One array, an object a line."""
    before = b"[\n"
    for row in rows:
        yield before + orjson.dumps(row)
        before = b",\n"
    yield b"\n]\n" if before == b",\n" else b"[]\n"


def _write_csv(columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text)
    for cells in chain([list(columns)], ([_cell(row[name]) for name in columns] for row in rows)):
        writer.writerow(cells)
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool() | list() | dict():
            return orjson.dumps(value).decode()
        case str():
            return f"'{value}" if value.startswith(RISKY) else value
        case _:
            return repr(value)


def _write_parquet(columns: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    import pyarrow
    import pyarrow.parquet

    message = pyarrow.struct([("role", pyarrow.string()), ("content", pyarrow.string())])
    part = pyarrow.struct([("type", pyarrow.string()), ("text", pyarrow.string())])
    in_parts = pyarrow.struct([("role", pyarrow.string()), ("content", pyarrow.list_(part))])
    types = {
        "text": pyarrow.string(),
        "whole": pyarrow.int64(),
        "number": pyarrow.float64(),
        "flag": pyarrow.bool_(),
        "texts": pyarrow.list_(pyarrow.string()),
        "messages": pyarrow.list_(message),
        "parts": pyarrow.list_(in_parts),
        "labels": pyarrow.struct([("categories", pyarrow.list_(pyarrow.string()))]),
    }
    schema = pyarrow.schema([(name, types[kind]) for name, kind in columns.items()])
    rows, sink = iter(rows), _Sink()
    with pyarrow.parquet.ParquetWriter(sink, schema) as writer:
        while some := list(islice(rows, BATCH)):
            writer.write_table(pyarrow.Table.from_pylist([dict(row) for row in some], schema))
            yield sink.taken()
    yield sink.taken()


class _Sink(io.RawIOBase):
    """Where a writer of Parquet puts its bytes until they are sent on."""

    def __init__(self) -> None:
        self.held, self.written = bytearray(), 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.written

    def write(self, some: Any) -> int:
        self.held += some
        self.written += len(some)
        return len(some)

    def taken(self) -> bytes:
        taken = bytes(self.held)
        self.held.clear()
        return taken


ENCODINGS: Mapping[str, Encoding] = MappingProxyType(
    {
        each.name: each
        for each in (
            Encoding("jsonl", "application/x-ndjson", _write_json_lines),
            Encoding("json", "application/json", _write_json),
            Encoding("csv", "text/csv; charset=utf-8", _write_csv),
            Encoding("parquet", "application/vnd.apache.parquet", _write_parquet),
        )
    }
)
