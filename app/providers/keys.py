"""Keys of endpoints: named in the settings, read when a request is sent, and kept nowhere."""

import os
import re
from pathlib import Path

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*_API_KEY")
_FILE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
_SENDABLE = re.compile(r"[\x21-\x7e]+")


class NoKey(Exception):
    """The key cannot be had; the message names its place and never what is in it."""


def problem_with(name: object) -> str | None:
    """What is wrong with the name of a key, None for a good one; "" means that none is needed.

    Only names made for keys will do, so that settings cannot send another secret of this machine to a stranger.

    >>> problem_with("env:OPENAI_API_KEY"), problem_with("file:openai"), problem_with("")
    (None, None, None)
    >>> problem_with("env:ARENA_SECRET_KEY")
    'key must be the name of a key: env:NAME_API_KEY or file:NAME'
    """
    place, _, word = name.partition(":") if isinstance(name, str) else ("", "", "")
    wanted = {"env": _VARIABLE, "file": _FILE}.get(place)
    if name == "" or (wanted and wanted.fullmatch(word)):
        return None
    # What was given is not shown: it may be a key, pasted in place of its name.
    return "key must be the name of a key: env:NAME_API_KEY or file:NAME"


def read(name: str, folder: Path) -> str:
    """The key of that name: of the environment, or of a file in `folder`; "" for "".

    Raises NoKey where there is none, and for one that does not fit in a header.
    """
    place, _, word = name.partition(":")
    if not place:
        return ""
    try:
        key = os.environ.get(word, "") if place == "env" else (folder / word).read_text()
    except (OSError, ValueError):
        raise NoKey(f"the file of the key {name} cannot be read") from None
    if not key.strip():
        raise NoKey(f"there is no key in {name}")
    if not _SENDABLE.fullmatch(key.strip()):
        raise NoKey(f"the key in {name} holds characters that no header may")
    return key.strip()


def hidden(text: str, key: str) -> str:
    """The text without the key.

    >>> hidden("wrong key sk-123", "sk-123")
    'wrong key [key]'
    """
    return text.replace(key, "[key]") if key else text
