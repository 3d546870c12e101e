"""Pictures from strangers: what is kept of them, and what is refused."""

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from app.domain import images
from app.domain.errors import Invalid
from app.domain.images import clean

SECRET = "made-by-model-x"


def picture(kind: str, size: tuple[int, int] = (8, 6), mode: str = "RGB", **how: Any) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 90).convert(mode).save(out, kind, **how)
    return out.getvalue()


def with_exif(kind: str) -> bytes:
    exif = Image.Exif()
    exif[0x010E] = SECRET  # description
    exif[0x0112] = 6  # to be turned by a quarter
    more: dict[str, Any] = {"comment": SECRET.encode()} if kind == "JPEG" else {}
    return picture(kind, exif=exif, **more)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_pixels_is_kept_and_a_photo_stands_upright(kind: str) -> None:
    sent = with_exif(kind)
    assert SECRET.encode() in sent
    kept = clean(sent)
    assert (kept.width, kept.height) == (6, 8)
    assert SECRET.encode() not in kept.data
    with Image.open(io.BytesIO(kept.data)) as again:
        assert (again.size, dict(again.getexif())) == ((6, 8), {})
        assert not {"comment", "icc_profile", "exif", "dpi"} & set(again.info)
        assert (
            kept.media_type
            == ("image/jpeg" if kind == "JPEG" else "image/png")
            == Image.MIME[again.format or ""]
        )


def test_texts_and_profiles_of_a_png_are_dropped_and_pixels_are_not_touched() -> None:
    from PIL.PngImagePlugin import PngInfo

    told = PngInfo()
    told.add_text("Software", SECRET)
    sent = picture("PNG", mode="RGBA", pnginfo=told, icc_profile=SECRET.encode(), dpi=(300, 300))
    kept = clean(sent)
    assert SECRET.encode() not in kept.data
    with Image.open(io.BytesIO(sent)) as before, Image.open(io.BytesIO(kept.data)) as after:
        assert before.tobytes() == after.tobytes()
        assert after.info == {}


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_mode_can_be_written_anew(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    noise = Image.effect_noise((5, 4), 80)
    out = io.BytesIO()
    (
        Image.new("I;16", (5, 4))
        if mode == "I;16"
        else noise.convert("RGBA" if mode == "LA" else "RGB").convert(mode)
    ).save(out, kind)
    assert (clean(out.getvalue()).width, clean(out.getvalue()).height) == (5, 4)


def bomb(width: int, height: int) -> bytes:
    """A PNG that says it is huge, in a few bytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(100_000, 100_000), (40_001, 1_000), (2**31 - 1, 2**31 - 1), (16_001, 1)])
def test_a_bomb_is_refused_before_a_pixel_is_read(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "_written", lambda *_: pytest.fail("it was opened"))
    with pytest.raises(Invalid, match=r"pixels; at most|cannot be read"):
        clean(bomb(*size))


def test_what_is_no_picture_is_refused_by_its_bytes_and_not_by_its_name() -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    bmp = picture("BMP")
    animated = io.BytesIO()
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    frames[0].save(animated, "GIF", save_all=True, append_images=frames[1:])
    cases = {
        "no image": [svg, bmp, b"", b"GIF", b"RIFF0000WAVE", b"%PDF-1.7"],
        "animated": [animated.getvalue()],
        "cannot be read|is none": [
            picture("PNG")[:60],
            picture("JPEG")[:200],
            b"\xff\xd8\xff" + svg,
            b"GIF89a" + svg,
        ],
        "bytes; at most": [b"\x89PNG\r\n\x1a\n" + b"\0" * images.LARGEST],
    }
    for why, all_sent in cases.items():
        for sent in all_sent:
            with pytest.raises(Invalid, match=why):
                clean(sent)
