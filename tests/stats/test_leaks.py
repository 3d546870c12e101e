"""What betrays the model of an answer, and what only looks like it."""

import json
import time
from pathlib import Path

import pytest

from app.stats.leaks import SHOWN, leaks

INTRODUCED = {
    "Hi! I'm Claude, an AI assistant made by Anthropic.": "Claude",
    "As a large language model trained by OpenAI, I cannot say.": "OpenAI",
    "I am a large language model, trained by Google.": "Google",
    "I was created by Meta to help.": "Meta",
    "I am an AI assistant called Nova.": "Nova",
    "Hi, I am **ＣｈａｔＧＰＴ**.": "ChatGPT",
    "I'm Chat\u200bGPT.": "ChatGPT",
    "i am chatgpt, ask me anything": "chatgpt",
    "Je suis Claude, un assistant IA.": "Claude",
    "Je m\u2019appelle Mistral.": "Mistral",
    "Ich bin Gemini, ein Sprachmodell.": "Gemini",
    "Ich wurde von Google entwickelt.": "Google",
    "Ich bin ein von Meta entwickeltes Sprachmodell.": "Meta",
    "Soy un modelo de lenguaje entrenado por Google.": "Google",
    "Soy Gemini, tu asistente.": "Gemini",
    "Me chamo Qwen.": "Qwen",
    "Mi chiamo Bard.": "Bard",
    "Ik ben Copilot.": "Copilot",
    "Я — YandexGPT": "YandexGPT",
    "Я языковая модель, разработанная Сбером.": "Сбером",
    "我是通义千问，由阿里云开发。": "通义千问",
    "作为百度开发的人工智能语言模型，我不能回答。": "百度",
    "私はGoogleによって訓練された大規模言語モデルです。": "Google",
    "私はGeminiです。": "Gemini",
    "저는 구글에서 개발한 언어 모델입니다.": "구글",
    "저는 Gemini입니다.": "Gemini",
    "أنا نموذج لغوي تم تطويره بواسطة جوجل": "جوجل",
    "أنا Claude، مساعد ذكاء اصطناعي": "Claude",
    "Saya adalah Gemini.": "Gemini",
    "Tôi là Gemini.": "Gemini",
}
INNOCENT = (
    "",
    "Claude Monet painted it. A llama ate the horoscope of a Gemini that Google found.",
    "Je suis Claude Monet, peintre.",
    "I am Claude's brother.",
    "BERT is a language model developed by Google.",
    "I'm a Gemini, born in June.",
    "As an AI language model, I cannot taste.",
    "Als KI habe ich keine Meinung.",
    "I live in Llama, Peru, and I use an AI assistant by Google.",
    "I was told by Google that I was fired by Apple. As the CEO of Meta said, I am in command.",
    "Ich bin von Apple enttäuscht. Als Gemini bist du gesellig.",
    "私はGoogleで働いています。",
    "我是谷歌的员工。",
    "저는 구글에서 개발자로 일합니다.",
    "Wikipedia says that phi 2 is a number, and Yi 4 a people. Falcon 9 and Gemini 8 flew. Press command R.",
    "```python\nimport openai\nopenai.ChatCompletion.create(model='gpt-4')\n```",
    "Write to me@openai-fans.example, or to chatgpts, or to xchatgpt.",
)
NAMED = (
    "ChatGPT",
    "chat-gpt",
    "GPT-4",
    "GPT\u20114o",
    "gpt 3.5",
    "Claude 3.5",
    "LLaMA-2-70b",
    "Llama 2",
    "文心一言",
)


@pytest.mark.parametrize("text", INTRODUCED)
def test_a_self_introduction_is_seen_in_many_languages(text: str) -> None:
    found = leaks([text])
    assert ("introduction", INTRODUCED[text]) in [(each.kind, each.name) for each in found]


@pytest.mark.parametrize("text", INNOCENT)
def test_a_common_word_betrays_nobody(text: str) -> None:
    assert leaks([text]) == ()


@pytest.mark.parametrize("name", NAMED)
def test_a_name_that_nothing_else_has_betrays_wherever_it_stands(name: str) -> None:
    (found,) = leaks(["fine", f"Much as {name}, this works."])
    assert (found.kind, found.message) == ("name", 1)


@pytest.mark.parametrize("name", NAMED)
def test_a_prompt_about_models_makes_their_names_no_leak_but_an_introduction_stays_one(name: str) -> None:
    prompt = ["Hello.", f"Compare {name} with its rivals."]
    assert leaks(["ChatGPT and Claude 3 are rivals of DeepSeek."], prompt=prompt) == ()
    assert [each.kind for each in leaks(["I am ChatGPT, made by OpenAI."], prompt=prompt)] == [
        "introduction"
    ] * 2


def test_names_of_the_arena_betray_where_they_have_a_number_and_else_in_an_introduction() -> None:
    names = ("aurora", "Weaver 12k", "Contoso")
    assert leaks(["The aurora of Contoso is a weaver."], names) == ()
    assert [each.name for each in leaks(["weaver-12k it is"], names)] == ["weaver-12k"]
    assert [each.name for each in leaks(["I am Aurora, an assistant trained by Contoso."], names)] == [
        "Aurora",
        "Contoso",
    ]
    assert leaks(["weaver 12k it is"]) == ()


def test_one_or_two_letters_are_no_name() -> None:
    assert leaks(["I am a. My name is b1. I am A, an AI made by B1."], ("a", "b1")) == ()


def test_an_unknown_name_of_a_machine_is_an_introduction() -> None:
    (found,) = leaks(["I am Zorblax, a helpful AI assistant."])
    assert found.kind == "introduction"
    assert leaks(["I am Sarah, a lawyer.", "I am A, an AI."]) == ()


def test_what_is_quoted_is_short_and_as_it_stands() -> None:
    (found,) = leaks([f"I am {'very, ' * 15}truly a language model trained by OpenAI."])
    assert found.words.endswith("trained by OpenAI")
    assert len(found.words) <= SHOWN


@pytest.mark.parametrize(
    "text",
    [
        "I am a " * 8_000,
        "I'm AI Google " * 6_000,
        "我是" * 40_000,
        "I am Zz " * 8_000,
        "A" * 80_000,
        "google " * 9_000,
    ],
)
def test_a_hostile_text_takes_no_longer_than_its_length_asks(text: str) -> None:
    started = time.monotonic()
    leaks([text])
    assert time.monotonic() - started < 1


def test_no_answer_of_llmfao_is_taken_for_a_leak(shared_data: Path) -> None:
    """750 answers of 59 models, read: none says who it is."""
    lines = (shared_data / "llmfao" / "pairs-crowd.jsonl").read_text().splitlines()
    models = (shared_data / "llmfao" / "models.jsonl").read_text().splitlines()
    names = [json.loads(line)["name"] for line in models]
    answers = {
        (row["prompt"], row[f"model_{side}"]): (row["text"], row[f"result_{side}"] or "")
        for row in map(json.loads, lines)
        for side in "xy"
    }
    found = {key: leaks([answer], names, [prompt]) for key, (prompt, answer) in answers.items()}
    assert len(found) == 750
    assert {key: each for key, each in found.items() if each} == {}
