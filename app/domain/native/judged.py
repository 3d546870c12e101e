"""What a record of a judge or of its work must hold, beyond the types of its columns, to be shown and gone on with."""

from collections.abc import Callable, Mapping
from typing import Any

from app.domain.errors import Invalid
from app.domain.formats.rows import shown
from app.domain.judges import roster
from app.domain.judges.items import Constraint
from app.domain.judges.protocol import BOTH
from app.domain.judges.roster import NewJudge
from app.domain.native.writing import MOVED
from app.domain.outcomes import counts_of
from app.domain.selections import ONLY, SOURCES
from app.providers.costs import Basis

Fields = dict[str, Any]
Test = Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_list_of(test: Test) -> Test:
    return lambda value: isinstance(value, list) and all(map(test, value))


def _or_none(test: Test) -> Test:
    return lambda value: value is None or test(value)


def _has(tests: Mapping[str, Test], optional: Mapping[str, Test] | None = None) -> Test:
    """Whether a value is an object with these fields, and no others but the optional ones."""
    known = {**tests, **(optional or {})}
    return lambda value: (
        isinstance(value, dict)
        and tests.keys() <= value.keys() <= known.keys()
        and all(known[name](each) for name, each in value.items())
    )


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_logprob(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and _is_text(value[0]) and _is_number(value[1])


def _is_token(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and _is_text(value[0])
        and _is_list_of(_is_logprob)(value[1])
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_is_told = _has(
    {},
    {
        "profile": lambda value: _is_object(value) and all(map(_is_text, value.values())),
        "policy": _is_text,
        "constraints": _is_list_of(
            _has(
                {"check": _is_text, "value": lambda value: not isinstance(value, dict), "when": _is_text},
                {"extract": _is_text},
            )
        ),
    },
)
_is_selection = _has(
    {},
    {
        "battles": lambda value: value in SOURCES,
        "category": _is_text,
        "language": _is_text,
        "models": _is_list_of(_is_text),
        "most": _is_whole,
        "seed": _is_whole,
        "only": lambda value: value in ONLY,
    },
)
_is_asked = _has(
    {
        "hash": _is_text,
        "messages": _is_list_of(
            _has(
                {"role": _is_text, "content": _is_text},
                {"images": _is_list_of(_has({"name": _is_text, "digest": _is_text}))},
            )
        ),
        "schema": _or_none(_is_object),
        "logprobs": _is_flag,
        "cuts": _is_list_of(_is_list_of(lambda value: _is_text(value) or _is_whole(value))),
        "flags": _is_list_of(_is_text),
    },
    {
        "references": _is_list_of(lambda value: isinstance(value, list)),
        "checklist": _or_none(_is_whole),
    },
)
_is_reply = _has(
    {
        "text": _or_none(_is_text),
        "finish": _or_none(_is_text),
        "refusal": _or_none(_is_text),
        "reasoning": _is_text,
        "model": _or_none(_is_text),
        "tokens": _is_list_of(_is_token),
    }
)


def _is_opinion(value: Any) -> bool:
    """Of one dimension: with a failure its reason, and counts that can be read."""
    if not _is_object(value) or (
        "failure" in value and not (_is_text(value["failure"]) and "reason" in value)
    ):
        return False
    try:
        for side in BOTH:
            counts_of(value, side)
    except ValueError:
        return False
    return True


_is_outcome = _or_none(lambda value: _is_object(value) and all(map(_is_opinion, value.values())))


def check_judge(row: Fields, rater: tuple[str, str, str] | None) -> None:
    """Raises Invalid. `rater` is the kind, the name and the version of its rater."""
    if rater != ("judge", row["name"], str(row["version"])):
        raise Invalid(f"rater: expected that of judge:{row['name']}@{row['version']}")
    _require("told", _is_told, row["told"])
    _require("dimensions", _is_list_of(_is_text), row["dimensions"])
    told = row["told"]
    roster.check_settings(
        NewJudge(
            name=row["name"],
            model=row["model"],
            protocol=row["protocol"],
            protocol_settings=row["protocol_settings"],
            provider=row["provider"],
            endpoint=row["endpoint"],
            dimensions=tuple(row["dimensions"]),
            temperature=row["temperature"],
            seed=row["seed"],
            longest_reply=row["longest_reply"],
            orders=row["orders"],
            repeats=row["repeats"],
            family=row["family"],
            profile=told.get("profile", {}),
            policy=told.get("policy", ""),
            constraints=tuple(Constraint(**each) for each in told.get("constraints", ())),
        ),
        row["protocol_version"],
    )


def check_run(row: Fields) -> None:
    """Raises Invalid. One that goes on where the file was written is paused here: nobody works on it."""
    _require("selection", _is_selection, row["selection"])
    if row["state"] == "running":
        row["state"], row["why"] = "paused", MOVED


def check_judgment(row: Fields, *, judgeable: bool) -> None:
    """Raises Invalid. `judgeable`: its battle has a prompt and both answers."""
    if not judgeable:
        raise Invalid("battle: it has no texts that could be judged")
    _require("outcome", _is_outcome, row["outcome"])
    if row["state"] == "failed" and (row["outcome"] is None or row["failure"] is None):
        raise Invalid("a judgment that failed has a failure and an outcome")


def check_call(row: Fields) -> None:
    """Raises Invalid."""
    _require("asked", _or_none(_is_asked), row["asked"])
    _require("reply", _or_none(_is_reply), row["reply"])


def check_request(row: Fields) -> None:
    """Raises Invalid."""
    _require("basis", lambda value: value in list(Basis), row["basis"])


def _require(name: str, test: Test, value: Any) -> None:
    if not test(value):
        raise Invalid(f"{name}: {shown(value)} is not as it is written")
