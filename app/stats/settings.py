"""Settings of what comes in kinds: a frozen dataclass for each kind, every field a JSON scalar with a default."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import Field, asdict, dataclass
from types import NoneType
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar, get_args, get_origin, get_type_hints

Setting = str | int | float | bool | None


class Dataclass(Protocol):
    """Any dataclass; settings are a frozen one."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


Settings = TypeVar("Settings", bound=Dataclass)


class SettingsError(ValueError):
    """Something was asked for that cannot be made: no such kind, no such setting, or no such value."""


class UnknownSetting(SettingsError):
    """The kind has no setting of that name."""


class UnusableValue(SettingsError):
    """The setting cannot have that value."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One setting, read from the type of its field: what a form or a command line needs to ask for it.

    `choices` are the words of a choice; `optional` says that no value is one too.
    """

    name: str
    kind: Literal["number", "whole", "flag", "text", "choice"]
    default: Setting
    choices: tuple[str, ...] = ()
    optional: bool = False

    def check(self, value: Setting) -> None:
        """Raises UnusableValue for a value of another type, which it does not show: it may be a secret.

        >>> Parameter("level", "number", 0.95).check(1)
        >>> Parameter("level", "number", 0.95).check("high")
        Traceback (most recent call last):
        ...
        app.stats.settings.UnusableValue: level must be a number
        """
        if value is None and self.optional:
            return
        whole = isinstance(value, int) and not isinstance(value, bool)
        fits = {
            "number": whole or isinstance(value, float),
            "whole": whole,
            "flag": isinstance(value, bool),
            "text": isinstance(value, str),
            "choice": value in self.choices,
        }
        if not fits[self.kind]:
            choice = f"one of {', '.join(self.choices)}"
            raise UnusableValue(f"{self.name} must be {_WANTED.get(self.kind, choice)}")

    def read(self, text: str) -> Setting:
        """The value that a text means, "" none. Raises UnusableValue.

        >>> Parameter("level", "number", 0.95).read("0.9"), Parameter("position", "flag", True).read("false")
        (0.9, False)
        """
        if text == "" and self.optional:
            return None
        try:
            return _READ[self.kind](text)
        except (ValueError, KeyError):
            raise UnusableValue(f"{self.name} is {text!r}; it must be {_WANTED[self.kind]}") from None


_KINDS: dict[object, Literal["number", "whole", "flag", "text"]] = {
    float: "number",
    int: "whole",
    bool: "flag",
    str: "text",
}
_WANTED = {"number": "a number", "whole": "a whole number", "flag": "true or false", "text": "a text"}
_READ: dict[str, Callable[[str], Setting]] = {
    "number": lambda text: int(value) if (value := float(text)).is_integer() else value,
    "whole": int,
    "flag": {"true": True, "false": False}.__getitem__,
    "text": str,
    "choice": str,
}


def configured(kind: str, settings: Callable[..., Settings], values: Mapping[str, Setting]) -> Settings:
    """The settings of this kind with these values and the defaults of the rest.

    Raises UnknownSetting, and UnusableValue for a value that the dataclass refuses.
    """
    known = defaults(settings)
    for name in values:
        if name not in known:
            raise UnknownSetting(f"{kind} has no setting {name!r}; it has {', '.join(known) or 'none'}")
    return settings(**values)


def defaults(settings: Callable[..., Dataclass]) -> dict[str, Setting]:
    return asdict(settings())


def parameters(settings: Callable[..., Dataclass]) -> tuple[Parameter, ...]:
    """The settings in their order, with what each may be."""
    hints = get_type_hints(settings)
    return tuple(_parameter(name, hints[name], default) for name, default in defaults(settings).items())


@dataclass(frozen=True, slots=True)
class Registered(Generic[Settings]):
    """What comes in kinds: its name, and `settings`, a frozen dataclass with a default for each field, which raises
    UnusableValue for a value outside its range.
    """

    name: str
    version: str
    summary: str
    settings: Callable[..., Settings]

    def configured(self, values: Mapping[str, Setting]) -> Settings:
        """Settings with these values and the defaults of the rest. Raises UnknownSetting, UnusableValue."""
        return configured(self.name, self.settings, values)

    def defaults(self) -> dict[str, Setting]:
        return defaults(self.settings)

    def parameters(self) -> tuple[Parameter, ...]:
        """The settings in their order, with what each may be."""
        return parameters(self.settings)


def read_words(known: Sequence[Parameter], words: Iterable[str]) -> dict[str, Setting]:
    """Settings from `name=value` words. Raises UnknownSetting, UnusableValue.

    >>> read_words([Parameter("level", "number", 0.95)], ["level=0.9"])
    {'level': 0.9}
    """
    by_name = {each.name: each for each in known}
    read = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or name not in by_name:
            # The value is not shown: it may be a secret.
            raise UnknownSetting(f"setting {name!r}: expected name=value with one of {', '.join(by_name)}")
        read[name] = by_name[name].read(value)
    return read


def require_choice(setting: str, value: object, choices: Sequence[str]) -> None:
    if value not in choices:
        raise UnusableValue(f"{setting} is {value!r}; it must be one of {', '.join(choices)}")


def require_number(setting: str, value: object, low: float, high: float, whole: bool = False) -> None:
    """Check that low ≤ value ≤ high; NaN is not."""
    kinds = int if whole else int | float
    if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
        kind = "a whole number" if whole else "a number"
        raise UnusableValue(f"{setting} is {value!r}; it must be {kind} from {low:g} to {high:g}")


def _parameter(name: str, hint: Any, default: Setting) -> Parameter:
    kinds = (hint,) if get_origin(hint) is Literal else (get_args(hint) or (hint,))
    wanted = [kind for kind in kinds if kind is not NoneType]
    optional = len(wanted) < len(kinds)
    if get_origin(wanted[0]) is Literal:
        return Parameter(name, "choice", default, get_args(wanted[0]), optional)
    return Parameter(name, _KINDS[wanted[0]], default, optional=optional)
