"""Pictures from strangers: known by their bytes, bounded, and written anew, so that nothing but pixels is kept."""

import hashlib
import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.errors import Invalid

if TYPE_CHECKING:
    from PIL import Image

LARGEST = 10_000_000  # bytes as sent
LARGEST_KEPT = 40_000_000  # bytes as written anew
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 16_000
QUALITY = 95
KINDS = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
}
# What Pillow raises over a broken file, and our own check of the size comes before any pixel is read.
MEDIA_TYPES = {"image/png": "PNG", "image/jpeg": "JPEG"}
BARE = {"jfif", "jfif_version", "jfif_unit", "jfif_density"}  # what Pillow itself writes beside the pixels
BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, MemoryError, IndexError)


@dataclass(frozen=True, slots=True)
class Picture:
    """`digest` is SHA-256 of `data`, in hexadecimal."""

    digest: str
    media_type: str
    width: int
    height: int
    data: bytes


def clean(sent: bytes) -> Picture:
    """The same picture, upright, without metadata: a JPEG stays one, the others become PNG. Raises Invalid."""
    if len(sent) > LARGEST:
        raise Invalid(f"an image of {len(sent):,} bytes; at most {LARGEST:,} are allowed")
    kind = _kind(sent)
    with _opened(sent, kind) as image:
        from PIL import ImageOps

        return _written(ImageOps.exif_transpose(image), kind)


def check_kept(media_type: str, digest: str, data: bytes) -> None:
    """Raises Invalid for what `clean` never gives back: other types and names, broken pictures, metadata."""
    if media_type not in MEDIA_TYPES:
        raise Invalid(f"media_type: expected one of {', '.join(MEDIA_TYPES)}, not {media_type!r}")
    if len(data) > LARGEST_KEPT:
        raise Invalid(f"an image of {len(data):,} bytes; at most {LARGEST_KEPT:,} are kept")
    if hashlib.sha256(data).hexdigest() != digest:
        raise Invalid(f"digest: {digest!r} is not the SHA-256 of the bytes that stand beside it")
    kind = _kind(data)
    if kind != MEDIA_TYPES[media_type]:
        raise Invalid(f"media_type: {media_type} for bytes that begin like {kind}")
    with _opened(data, kind) as image:
        image.load()
        if more := image.info.keys() - BARE:
            raise Invalid(f"an image with {min(map(str, more))} in it: expected pixels alone")


@contextmanager
def _opened(data: bytes, kind: str) -> Iterator["Image.Image"]:
    """A single picture of a size that fits into memory; what goes wrong while it is read is Invalid."""
    # Imported here, so that a command that meets no picture starts without it.
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # bounded below, before any pixel is read
    try:
        with Image.open(io.BytesIO(data), formats=[kind]) as opened:
            _check_size(opened.size)
            if getattr(opened, "n_frames", 1) != 1:
                raise Invalid("an animated image: expected a single picture")
            yield opened
    except UnidentifiedImageError as broken:
        raise Invalid(f"an image that begins like {kind} and is none") from broken
    except BROKEN as broken:
        raise Invalid(f"an image that cannot be read: broken {kind}") from broken


def _kind(sent: bytes) -> str:
    for mark, kind in KINDS.items():
        if sent.startswith(mark):
            return kind
    if sent[:4] == b"RIFF" and sent[8:12] == b"WEBP":
        return "WEBP"
    raise Invalid("an attachment that is no image: expected PNG, JPEG, GIF or WebP")


def _check_size(size: tuple[int, int]) -> None:
    width, height = size
    if width * height > MOST_PIXELS or max(size) > LONGEST_SIDE:
        raise Invalid(f"an image of {width:,} × {height:,} pixels; at most {MOST_PIXELS:,} are allowed")


def _written(image: "Image.Image", kind: str) -> Picture:
    from PIL import Image

    out = io.BytesIO()
    seen = "A" in image.getbands() or "transparency" in image.info
    # Pixels alone go into a new picture: Pillow writes what it finds in `info`.
    plain = image.convert("RGBA" if seen else "RGB")
    bare = Image.new(plain.mode, plain.size)
    bare.paste(plain)
    if kind == "JPEG":
        bare.save(out, "JPEG", quality=QUALITY, subsampling=0)
    else:
        bare.save(out, "PNG")
    data = out.getvalue()
    if len(data) > LARGEST_KEPT:
        raise Invalid(f"an image that takes {len(data):,} bytes as {kind}; at most {LARGEST_KEPT:,} are kept")
    return Picture(
        hashlib.sha256(data).hexdigest(), f"image/{'jpeg' if kind == 'JPEG' else 'png'}", *bare.size, data
    )
