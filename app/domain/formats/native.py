"""Everything of an arena, without loss; `app.domain.native` writes and reads it."""

from app.domain.formats.shapes import Format

FORMAT = Format(
    "native",
    "everything of an arena, without loss, into an empty arena; JSON lines",
    encodings=("jsonl",),
    content="arena",
)
