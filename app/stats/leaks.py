"""Whether an answer says who gave it: a self-introduction, or the name of a model or its maker.

Names are well-known assistants and makers, and those that the caller gives: the models of an arena. A name that is
also a common word or a person's (Claude, Gemini, llama, Google) betrays only in a self-introduction; one that nothing
else is called (ChatGPT, Anthropic, gpt-4) betrays wherever it stands, unless the prompt speaks of models itself.
Introductions are looked for in English, French, German, Spanish, Portuguese, Italian, Dutch, Russian, Chinese,
Japanese, Korean, Arabic, Hindi, Turkish, Vietnamese and Indonesian, by fixed phrases: a sign, and no understanding.

Text is read in compatibility form (full-width letters are letters, a non-breaking hyphen a hyphen), without characters
that cannot be seen, in any case. Fenced code is left out: there a name is most often that of a library.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Literal

from app.stats.texts import without_code

Kind = Literal["introduction", "name"]

SHOWN = 120
"""Characters of an answer that a finding quotes at most."""
_REACH = 140  # characters from "I am" to the name, within a sentence
_OPENING = 400  # characters of an answer in which an unknown name is taken for its own
_NEAR = 20  # characters after a name in which a verb still belongs to it
_LOOKED_AT = 100  # places of one name in one message
_FEWEST = 3  # letters of a name given by the caller; a shorter one is found in too many words

_DISTINCT = (
    "ChatGPT", "Chat GPT", "OpenAI", "Anthropic", "DeepSeek", "DeepMind", "Google Bard",
    "Google Gemini", "Google Assistant", "Meta AI", "Mistral AI", "MistralAI", "Mixtral", "Qwen", "Tongyi Qianwen",
    "Ernie Bot", "ChatGLM", "Zhipu AI", "InternLM", "Baichuan", "MiniMax AI", "Moonshot AI", "01.AI", "xAI's Grok",
    "HuggingChat", "OpenAssistant", "Open Assistant", "StableLM", "StableVicuna", "WizardLM",
    "Claude Opus", "Claude Sonnet", "Claude Haiku", "Claude Instant", "Gemini Pro", "Gemini Flash", "Gemini Ultra",
    "Gemini 1.5", "Gemini 2.0", "Gemini 2.5", "GigaChat", "YandexGPT", "HyperCLOVA",
    "Falcon-7B", "Falcon-40B", "Falcon-180B",
    "Nous Hermes", "LMSYS", "Microsoft Copilot", "GitHub Copilot", "Perplexity AI", "Character.AI", "Cohere AI",
    "AI21 Labs", "EleutherAI", "Text-DaVinci", "LaMDA", "BlenderBot", "Koala-13B", "Doubao", "Hunyuan",
    "通义千问", "通義千問", "文心一言", "智谱清言", "智谱AI", "深度求索", "月之暗面", "讯飞星火",
    "混元大模型", "百川智能", "盘古大模型",
    "ЯндексGPT", "ГигаЧат", "شات جي بي تي", "챗GPT", "チャットGPT", "하이퍼클로바",
)  # fmt: skip
_COMMON = (
    "Claude", "Gemini", "Bard", "Grok", "Llama", "LLaMA", "Mistral", "Falcon", "Vicuna", "Alpaca", "Koala", "Dolly",
    "Phi", "Yi", "Command", "Cohere", "Copilot", "Bing", "Sydney", "Orca", "Zephyr", "Hermes", "Gemma", "Nova", "Pi",
    "Kimi", "GLM", "GPT", "PaLM", "Ernie", "Jamba", "Nemotron", "Titan", "Alexa", "Siri", "Cortana",
    "Google", "Meta", "Microsoft", "Apple", "Amazon", "Alibaba", "Baidu", "Tencent", "ByteDance", "Huawei", "IBM",
    "NVIDIA", "xAI", "Facebook", "Yandex", "Sber", "Naver", "Stability AI", "Databricks", "Salesforce", "Inflection",
    "Perplexity", "Moonshot", "Zhipu", "LG AI Research", "Aleph Alpha", "AI2",
    "阿里巴巴", "阿里云", "百度", "腾讯", "字节跳动", "华为", "谷歌", "微软", "智谱", "月之暗面科技", "豆包",
    "Сбер", "Яндекс", "جوجل", "قوقل", "구글", "네이버",
)  # fmt: skip
# Families whose members have a number: GPT-4o, Claude 3.5, Llama 2 70B, but not a claude or a llama.
_NUMBERED = (
    "gpt", "claude", "gemma", "llama", "qwen", "mistral", "vicuna", "chatglm", "command-r", "grok", "baichuan",
    "internlm", "wizardlm", "koala", "dolly", "olmo", "deepseek",
)  # fmt: skip

_SPACE = r"[\s\-_./:]"
_BEFORE, _AFTER = r"(?<![A-Za-z0-9À-ɏА-яЁё_@])", r"(?![A-Za-z0-9À-ɏА-яЁё_])"
_JOINT = re.compile(_SPACE + "+")
_HEAD = 3  # letters
_WORD_HEADS = re.compile(_BEFORE + r"(?=(\S{1,3}))")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e0fff]"
)
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_MARKS = re.compile(r"[*_`~\"“”„«»‹›『』「」《》]+")
_SENTENCE_END = re.compile(r"[.!?…](?=\s)|[。！？؟।\n]")
# Who a first person says to be, or where it comes from. Nothing but the name may stand between the first kind and a
# name that is also a common word; after the second, words of machines must.
_I_AM = re.compile(
    r"(?<!\w)(?:I am|I'm|I go by|my name is|my name's|call me|you(?:'re| are) (?:talking|speaking|chatting) (?:to|with)"
    r"|je suis|je m'appelle|mon nom est|ich bin|ich heiße|mein name ist|soy|yo soy|me llamo|mi nombre es"
    r"|eu sou|sou o|sou a|sou|me chamo|meu nome é|io sono|sono|mi chiamo|il mio nome è|ik ben|ik heet|mijn naam is"
    r"|я|меня зовут|мо[её] имя|benim adım|adım|tôi là|tên tôi là|saya adalah|nama saya adalah|nama saya|saya"
    r"|أنا|انا|اسمي|إسمي|मैं|मेरा नाम)(?!\w)"
    r"|我是|我叫|我的名字是|我的名字叫|我就是|本助手是|私は|私の名前は|わたしは|僕は|저는|나는|제 이름은|내 이름은",
    re.IGNORECASE,
)
_COMES_FROM = re.compile(
    r"(?<!\w)(?:I was|I've been|I have been|I am|I'm|as an?|as the|my (?:creators?|developers?|makers?)"
    r"|je suis|j'ai été|en tant qu'?e?|mes créateurs|ich bin|ich wurde|als|meine entwickler"
    r"|soy|fui|he sido|como|mis creadores|sou|fui|sono|sono stat[oa]|come|in quanto|in qualità di|ik ben|als"
    r"|я|меня|как|ben|bir|tôi|saya|sebagai|أنا|انا|تم|بصفتي|كنموذج|باعتباري|कि|मैं|मुझे)(?!\w)"
    r"|我|作为|作為|私|わたし|僕|저|나|제가",
    re.IGNORECASE,
)
_MACHINE = re.compile(
    r"(?<!\w)(?:AI|A\.I\.|LLM|chatbot|assistant|language model|artificial intelligence|virtual assistant"
    r"|IA|modèle de langage|modèle linguistique|intelligence artificielle|assistant virtuel"
    r"|KI|sprachmodell|künstliche intelligenz|ki-?assistent|modelo de lenguaje|modelo de linguagem|asistente"
    r"|assistente|inteligencia artificial|inteligência artificial|modello linguistico|intelligenza artificiale"
    r"|taalmodel|ИИ|языковая модель|нейросеть|искусственный интеллект|чат-бот|yapay zeka|dil modeli"
    r"|mô hình ngôn ngữ|trí tuệ nhân tạo|model bahasa|kecerdasan buatan|asisten)(?!\w)"
    r"|人工智能|人工智慧|语言模型|語言模型|大模型|AI助手|智能助手|言語モデル|人工知能|アシスタント"
    r"|언어 모델|인공지능|어시스턴트"
    r"|نموذج لغ|ذكاء اصطناعي|الذكاء الاصطناعي|مساعد|भाषा मॉडल|कृत्रिम बुद्धि|सहायक",
    re.IGNORECASE,
)
_MADE = re.compile(
    r"(?<!\w)(?:(?:trained|created|developed|made|built|designed|powered) by|from"
    r"|(?:entraîné|créé|développé|conçu|formé)e?s? par|(?:trainiert|entwickelt|erstellt|geschaffen)|von"
    r"|(?:entrenad|cread|desarrollad|hech)[oa] por|(?:treinad|criad|desenvolvid)[oa] pel[oa]"
    r"|(?:addestrat|creat|sviluppat)[oa] da|(?:getraind|ontwikkeld|gemaakt) door"
    r"|создан\w*|разработа\w*|обучен\w*|dikembangkan oleh|được (?:tạo|phát triển|huấn luyện)\w* bởi)(?!\w)"
    r"|开发|開發|训练|訓練|研发|研發|创造|打造|推出|開発|作られ|訓練され|개발|만든|훈련|تطوير|تدريب|طورت|بواسطة|विकसित|बनाया|प्रशिक्षित",
    re.IGNORECASE,
)
_PASSIVE = re.compile(
    r"I was|I've been|I have been|my |j'ai été|mes |ich wurde|meine |fui|he sido|mis |sono stat"
    r"|меня|मुझे|tôi được|我由|我被|تم",
    re.IGNORECASE,
)
_BETWEEN_NAME = re.compile(
    r"[\s,:;\-(]*(?:(?:the|called|named|actually|really|also|bien|wirklich) )?", re.IGNORECASE
)
# After a common word, what makes it somebody's or something else's: a surname, "of", "in" and "at".
_ELSE = re.compile(
    r"\s+(?!AI\b|An?\b|The\b|Your\b|And\b)[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ]+|\s?(?:で(?!す)|に|の|を|が|에서|의|에|을|를|的|在)|'s\b"
)
_CALLED = re.compile(
    r"[\s,:(\-]*(?:(?:called|named|known as|nommée?|appelée?|namens|llamad[oa]|chamad[oa]|chiamat[oa]|по имени)\s)?",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(
    r"(?<!\w)(?:I am|I'm|my name is|je suis|je m'appelle|ich bin|ich heiße|mein Name ist|soy|me llamo|eu sou|mi chiamo"
    r"|ik ben|меня зовут)\s+(?-i:(?!(?:An?|The|Your|AI)\b)[A-ZÀ-ÖØ-ÞА-ЯЁ][\w.\-]{1,30})"
    r"(?:,| -| –| —| and I am| et je suis| und ich bin)\s+(?:\w+\s+){0,4}?"
    r"(?:AI|LLM|chatbot|language model|artificial intelligence|IA|modèle de langage|KI|sprachmodell"
    r"|modelo de lenguaje|modello linguistico|taalmodel|ИИ|языковая модель)(?!\w)"
    r"|我(?:是|叫)[^\s，。,.]{2,12}[，,]\s?(?:一个|一個|一款|是)?[^\s，。,.]{0,12}"
    r"(?:人工智能|人工智慧|语言模型|語言模型|AI助手)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Leak:
    """Where an answer betrays its model: in which message, and the words, as they stand there in compatibility form."""

    kind: Kind
    name: str
    words: str
    message: int


@dataclass(frozen=True, slots=True)
class _Name:
    shown: str
    seed: str
    pattern: re.Pattern[str]
    distinct: bool

    @property
    def bounded(self) -> bool:
        """Whether it begins where a word begins."""
        return self.pattern.pattern.startswith(_BEFORE)


def leaks(texts: Sequence[str], names: Iterable[str] = (), prompt: Iterable[str] = ()) -> tuple[Leak, ...]:
    """What betrays the model in the messages of one answer, the first finding of each name and kind in each message.

    `names` are those of the arena's models and their makers; `prompt` what was asked, all turns. A prompt that names a
    model or maker itself leaves only self-introductions. Takes time that grows with the length of the texts.

    >>> [(leak.kind, leak.name) for leak in leaks(["Hi! I'm Claude, an AI assistant made by Anthropic."])]
    [('introduction', 'Claude'), ('introduction', 'Anthropic')]
    >>> leaks(["Claude Monet painted it. A llama ate the Gemini horoscope that Google found."])
    ()
    >>> leaks(["GPT-4 is the larger one."], prompt=["Compare GPT-4 with its predecessor."])
    ()
    >>> [leak.words for leak in leaks(["我是通义千问，由阿里云开发。"])]
    ['我是通义千问']
    """
    known = _known(tuple(sorted(set(names))))
    found: dict[tuple[int, str, str], Leak] = {}
    for at, text in enumerate(texts):
        plain = _plain(without_code(text))
        for leak in _in_message(plain, known, at):
            found.setdefault((at, leak.kind, leak.name.casefold()), leak)
    if any(leak.kind == "name" for leak in found.values()) and _speaks_of_models(prompt, known):
        found = {key: leak for key, leak in found.items() if leak.kind == "introduction"}
    introduced = {
        (leak.message, leak.name.casefold()) for leak in found.values() if leak.kind == "introduction"
    }
    return tuple(
        leak
        for leak in found.values()
        if leak.kind == "introduction" or (leak.message, leak.name.casefold()) not in introduced
    )


def _speaks_of_models(prompt: Iterable[str], known: "_Known") -> bool:
    return any(
        each.distinct and each.pattern.search(text)
        for text in map(_plain, prompt)
        for each in _likely(known, text)
    )


def _in_message(plain: str, known: "_Known", at: int) -> list[Leak]:
    """In the order of the text."""
    found: list[tuple[int, Leak]] = []
    for each in _likely(known, plain):
        for match in islice(each.pattern.finditer(plain), _LOOKED_AT):
            start = _sentence_start(plain, match.start())
            cue = _introduces(plain[start : match.start()], plain[match.end() :], each.distinct)
            if cue is not None:
                words = plain[start + cue : match.end()][-SHOWN:]
                found.append((match.start(), Leak("introduction", match.group(), words, at)))
                break
            if each.distinct:
                found.append((match.start(), Leak("name", match.group(), match.group()[:SHOWN], at)))
    unknown = _UNKNOWN.search(plain[:_OPENING])
    if unknown is not None and not any(leak.kind == "introduction" for _, leak in found):
        words = unknown.group()[:SHOWN]
        found.append((unknown.start(), Leak("introduction", words, words, at)))
    return [leak for _, leak in sorted(found, key=lambda each: each[0])]


def _introduces(before: str, after: str, distinct: bool) -> int | None:
    """Where in the words before a name a first person introduces itself by it; None where none does."""
    cues = list(_I_AM.finditer(before))
    if cues and _BETWEEN_NAME.fullmatch(before, cues[-1].end()) and (distinct or not _ELSE.match(after)):
        return cues[-1].start()
    for cue in _COMES_FROM.finditer(before):
        between = before[cue.start() :]
        machines = list(_MACHINE.finditer(between))
        made = _MADE.search(between) or _MADE.search(after, 0, _NEAR)
        is_machine = machines or (made and _MACHINE.search(after, 0, 2 * _NEAR))
        if made and (distinct or is_machine or _PASSIVE.match(between)):
            return cue.start()
        if machines and (distinct or _CALLED.fullmatch(between, machines[-1].end())):
            return cue.start()
    return None


def _sentence_start(plain: str, end: int) -> int:
    low = max(0, end - _REACH)
    starts = [match.end() for match in _SENTENCE_END.finditer(plain, low, end)]
    return starts[-1] if starts else low


def _likely(known: "_Known", plain: str) -> list[_Name]:
    """The names whose seed stands in a text. Most are passed over by how the text's words begin: two hundred searches
    took most of the time.
    """
    folded = plain.casefold()
    heads = {head.casefold()[:_HEAD] for head in set(_WORD_HEADS.findall(plain))}
    places = [place for head in heads & known.by_head.keys() for place in known.by_head[head]]
    if not folded.isascii():
        places += known.anywhere
    return [known.names[at] for at in sorted({*places, *known.short}) if known.names[at].seed in folded]


def _plain(text: str) -> str:
    """In compatibility form, without what cannot be seen and without marks around words."""
    normal = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).replace("\u2019", "'")
    return _MARKS.sub("", _DASHES.sub("-", normal))


@dataclass(frozen=True, slots=True)
class _Known:
    """Names in order, and where among them are those that begin a word with these three letters, those of scripts that
    write no spaces, and those whose first part is shorter.
    """

    names: tuple[_Name, ...]
    by_head: Mapping[str, Sequence[int]]
    anywhere: Sequence[int]
    short: Sequence[int]


@lru_cache(maxsize=64)
def _known(given: tuple[str, ...]) -> _Known:
    names = (*_well_known(), *_given(given))
    by_head: dict[str, list[int]] = {}
    anywhere, short = [], []
    for at, each in enumerate(names):
        if len(each.seed) < _HEAD:
            short.append(at)
        elif each.bounded:
            by_head.setdefault(each.seed[:_HEAD], []).append(at)
        elif each.seed.isascii():
            short.append(at)
        else:
            anywhere.append(at)
    return _Known(names, by_head, anywhere, short)


@lru_cache(maxsize=1)
def _well_known() -> tuple[_Name, ...]:
    distinct = [_name(name, distinct=True) for name in _DISTINCT]
    numbered = [
        _Name(
            family,
            _seed(family),
            re.compile(rf"{_BEFORE}{family}{_SPACE}?v?\d[\w]*(?:\.\d+\w*)?(?:-[A-Za-z0-9]+)*", re.IGNORECASE),
            distinct=True,
        )
        for family in _NUMBERED
    ]
    return (*distinct, *numbered, *(_name(name, distinct=False) for name in _COMMON))


def _given(names: tuple[str, ...]) -> tuple[_Name, ...]:
    """Names of an arena: distinct where they have a number, as `gpt-4`, and introductions only where they are words."""
    found = []
    for name in names:
        plain = _plain(name).strip()
        letters = sum(each.isalnum() for each in plain)
        if letters >= _FEWEST or (letters >= 2 and not plain.isascii()):
            numbered = any(each.isdigit() for each in plain) and any(each.isalpha() for each in plain)
            found.append(_name(plain, distinct=numbered))
    return tuple(found)


def _name(name: str, *, distinct: bool) -> _Name:
    return _Name(name, _seed(name), re.compile(_bounded(name, distinct), re.IGNORECASE), distinct)


def _seed(name: str) -> str:
    """The first part of the name in lower case, which every spelling of it holds."""
    return _JOINT.split(_plain(name).casefold())[0]


def _bounded(name: str, distinct: bool) -> str:
    """A name that is also a word begins as it is given, or with a capital; a Russian one may be inflected."""
    tokens = f"{_SPACE}?".join(re.escape(part) for part in _JOINT.split(name) if part)
    if not distinct:
        tokens = (
            f"(?-i:[{re.escape(name[0])}{re.escape(name[0].upper())}]){tokens[len(re.escape(name[0])) :]}"
        )
    if re.match(r"[А-яЁё]", name):
        tokens += "[а-яё]{0,3}"
    return f"{_BEFORE}{tokens}{_AFTER}" if re.match(r"[A-Za-zÀ-ɏА-яЁё0-9]", name) else tokens
