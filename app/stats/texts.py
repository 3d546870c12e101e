"""What a text looks like, counted: how long it is and how much markdown it holds.

Features of one text stand in a frozen dataclass with an `of(texts)` that adds up the messages of one side. Every
pattern is read in time that grows with the text alone, whatever the text: no two repetitions in it can take the
same characters.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Self

_FENCE = "```"
# Scripts written without spaces: Thai and Lao, Myanmar, Khmer, kana and bopomofo, Han with its extensions.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u312f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
# White space, and the punctuation of ASCII, Latin, general use, CJK and its full-width forms.
_BETWEEN = (
    r"\s!-/:-@\[-`{-~\u00a1-\u00bf\u2010-\u2027\u2030-\u205e"
    r"\u3000-\u303f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
)
_TOKEN = re.compile(f"[{_UNSPACED}]|[^{_UNSPACED}{_BETWEEN}]+")
_HEADER = re.compile(r"^#{1,6}\s", re.MULTILINE)
_LIST_ITEM = re.compile(r"^[ \t]*+(?:\d++\.|[-*+])\s", re.MULTILINE)
_BOLD = re.compile(r"\*\*[^*\n]++\*\*|__[^_\n]++__")


@dataclass(frozen=True, slots=True)
class Style:
    """How an answer is written, whatever it says: what style control holds equal.

    `length` counts words, and each character of a script that is written without spaces (Chinese, Japanese, Thai);
    a tokenizer would tie it to one family of models. `headers`, `list_items` and `bold` count markdown outside code
    blocks as LMSYS does (FastChat's `add_markdown_info.py`): `#` to `######` at the start of a line, `-`, `*`, `+`
    or `1.` at the start of an item, `**bold**` and `__bold__`.
    """

    length: int
    headers: int
    list_items: int
    bold: int

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """The style of all messages of one side together.

        >>> Style.of(["# Why\\n\\n1. **Rayleigh** scatters\\n2. blue more", "```\\n# code\\n```"])
        Style(length=8, headers=1, list_items=2, bold=1)
        >>> Style.of(["天空是蓝色的。"]).length, Style.of(["The sky is blue."]).length
        (6, 4)
        """
        length = headers = list_items = bold = 0
        for text in texts:
            prose = without_code(text)
            length += _matches(_TOKEN, text)
            headers += _matches(_HEADER, prose)
            list_items += _matches(_LIST_ITEM, prose)
            bold += _matches(_BOLD, prose)
        return cls(length, headers, list_items, bold)


FEATURES = tuple(field.name for field in fields(Style))


def without_code(text: str) -> str:
    """The text without its fenced code blocks; a fence that is never closed opens none.

    >>> without_code("before ```python\\n**code**``` after ``` open")
    'before  after ``` open'
    """
    parts = text.split(_FENCE)
    outside = "".join(parts[::2])
    return f"{outside}{_FENCE}{parts[-1]}" if len(parts) % 2 == 0 else outside


def _matches(pattern: re.Pattern[str], text: str) -> int:
    return sum(1 for _ in pattern.finditer(text))
