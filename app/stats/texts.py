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
_SENTENCE_END = re.compile(r"[.!?\u2026](?=\s|$)|[\u3002\uff01\uff1f]|\n")
_LONG = 6  # letters: a word of more is long
_OPENING = 200  # characters of a message in which it declines, if it does
_REFUSAL = re.compile(
    r"\b(?:I (?:can't(?! wait)|cannot|can not|won't|will not|am unable to|am not able to|must decline|have to decline)"
    r"|I'm (?:unable to|not able to|sorry, but)|I am sorry, but|as an AI"
    r"|ich kann (?:Ihnen |dir )?(?:dabei |damit |das )?(?:leider )?nicht|es tut mir leid|als KI"
    r"|je (?:ne peux pas|ne suis pas en mesure|suis désolée?)|en tant qu'IA"
    r"|no puedo|lo siento|como (?:una )?IA|não posso|sinto muito|desculpe"
    r"|non posso|mi dispiace|in quanto IA|ik kan (?:je |u )?(?:daar |dat )?(?:helaas )?niet|het spijt me"
    r"|я не могу|к сожалению)\b"
    r"|抱歉|对不起|對不起|我(?:无法|無法|不能)|申し訳|できません|お手伝いできない|죄송|할 수 없습니다|도와드릴 수 없",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:maybe|perhaps|possibly|probably|presumably|might|seems?|appears to|likely|I (?:think|believe|guess)"
    r"|not sure|it depends|vielleicht|möglicherweise|vermutlich|wahrscheinlich|eventuell"
    r"|peut-être|probablement|possiblement|il semble|quizás?|tal vez|probablemente|posiblemente|parece"
    r"|talvez|provavelmente|possivelmente|forse|probabilmente|magari|misschien|waarschijnlijk|mogelijk"
    r"|возможно|вероятно|наверное|может быть)\b"
    r"|也许|也許|可能|或许|或許|大概|かもしれ|おそらく|たぶん|と思われ|아마|일지도",
    re.IGNORECASE,
)


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


@dataclass(frozen=True, slots=True)
class Manner:
    """How an answer speaks: `code_blocks` fenced ones, `refusals` messages that begin by declining, `hedges` words and
    phrases of uncertainty, and `lix` how hard its prose is to read: words a sentence and 100 times the share of
    words of more than six letters (Björnsson 1968), higher is harder, 0 without words.

    Refusals and hedges are looked for in English, German, French, Spanish, Portuguese, Italian, Dutch, Russian,
    Chinese, Japanese and Korean, by fixed phrases: a sign and no understanding. In scripts without spaces each
    character is a word, so `lix` is the length of their sentences: compare it within a language only.
    """

    code_blocks: int
    refusals: int
    hedges: int
    lix: float

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """The manner of all messages of one side together.

        >>> Manner.of(["I'm sorry, but I cannot help with that.", "Perhaps it might rain.\\n```\\nx = 1\\n```"])
        Manner(code_blocks=1, refusals=1, hedges=2, lix=14.192307692307693)
        >>> Manner.of(["申し訳ありませんが、できません。"]).refusals, Manner.of(["Das ist vielleicht so."]).hedges
        (1, 1)
        """
        code_blocks = refusals = hedges = words = long_words = sentences = 0
        for text in texts:
            prose = without_code(text).replace("\u2019", "'")
            code_blocks += text.count(_FENCE) // 2
            refusals += bool(_REFUSAL.search(prose[:_OPENING]))
            hedges += _matches(_HEDGE, prose)
            tokens = _TOKEN.findall(prose)
            words += len(tokens)
            long_words += sum(len(token) > _LONG for token in tokens)
            sentences += sum(1 for part in _SENTENCE_END.split(prose) if _TOKEN.search(part))
        lix = words / sentences + 100 * long_words / words if words else 0.0
        return cls(code_blocks, refusals, hedges, lix)


def without_code(text: str) -> str:
    """The text without its fenced code blocks; a fence that is never closed opens none.

    >>> without_code("before ```python\\n**code**``` after ``` open")
    'before  after ``` open'
    """
    parts = text.split(_FENCE)
    outside = "".join(parts[::2])
    return f"{outside}{_FENCE}{parts[-1]}" if len(parts) % 2 == 0 else outside


def _matches(pattern: re.Pattern[str], text: str) -> int:
    return pattern.subn("", text)[1]  # counts in half the time of an iterator, and keeps no list of matches
