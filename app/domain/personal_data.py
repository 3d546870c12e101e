"""Personal data in a text: what a machine can tell by its form, without a network and without a model of language.

Numbers are told by libraries that know each country's plan (phonenumbers) and checksum (stdnum). Names and addresses
have no form, so this finds only what it names; whoever publishes texts reads them.
"""

import re
from collections.abc import Iterable, Mapping

import phonenumbers
from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum import iban, luhn

KINDS = ("email", "phone", "bank_account", "payment_card")
PIECE, OVERLAP = (
    4_000,
    100,
)  # characters looked at together, so that the work grows with the length and no faster
MOST_TRIES = 200  # of the phone matcher in one piece
PLACEHOLDERS = ("example.com", "example.org", "example.net", "example", "test", "invalid", "localhost")

# Where people write numbers without their country's code, by language.
REGIONS: Mapping[str, tuple[str, ...]] = {
    "ar": ("EG", "SA"),
    "de": ("DE",),
    "en": ("US", "GB"),
    "es": ("ES", "MX"),
    "fr": ("FR",),
    "hi": ("IN",),
    "it": ("IT",),
    "ja": ("JP",),
    "nl": ("NL",),
    "pl": ("PL",),
    "pt": ("BR", "PT"),
    "ru": ("RU",),
    "zh": ("CN",),
}

_EMAIL = re.compile(r"[\w.+%-]{1,64}@([\w-]{1,63}(?:\.[\w-]{1,63}){1,4})")
_ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}")
_CARD = re.compile(r"(?<!\d)(?<!\d\.)\d(?:[ -]?\d){12,18}(?!\d|\.\d)")
_ISSUERS = re.compile(r"3[47]|4|5[1-5]|2[2-7]|6011|65")
_SHORTEST_ACCOUNT = 15


def kinds(text: str, language: str = "") -> tuple[str, ...]:
    """Which kinds of personal data a text holds, in the order of KINDS.

    >>> kinds("Write to ana.li@posteo.de or call +33 6 12 34 56 78.")
    ('email', 'phone')
    >>> kinds("Account DE89 3704 0044 0532 0130 00, card 4111 1111 1111 1111.")
    ('bank_account', 'payment_card')
    >>> kinds("In 1998, 3.14159265358979 and ana@example.org"), kinds("Call 06 12 34 56 78", "fr")
    ((), ('phone',))
    """
    found = {kind for piece in _pieces(text) for kind in _in_piece(piece, language)}
    return tuple(kind for kind in KINDS if kind in found)


def _pieces(text: str) -> Iterable[str]:
    for start in range(0, max(len(text), 1), PIECE):
        yield text[max(0, start - OVERLAP) : start + PIECE]


def _in_piece(text: str, language: str) -> Iterable[str]:
    if any(not host.lower().endswith(PLACEHOLDERS) for host in _EMAIL.findall(text)):
        yield "email"
    if any(_is_account(found) for found in _ACCOUNT.findall(text)):
        yield "bank_account"
    cards = [found for found in _CARD.findall(text) if _is_card(found)]
    if cards:
        yield "payment_card"
    for card in cards:
        text = text.replace(card, " ")
    if any(_phones(text, region) for region in (None, *REGIONS.get(language.partition("-")[0].lower(), ()))):
        yield "phone"


def _is_account(found: str) -> bool:
    """Whether an account begins here: what follows it may look as if it belonged to it."""
    number = found.replace(" ", "")
    return any(iban.is_valid(number[:end]) for end in range(_SHORTEST_ACCOUNT, len(number) + 1))


def _is_card(found: str) -> bool:
    number = found.replace(" ", "").replace("-", "")
    return _ISSUERS.match(number) is not None and luhn.is_valid(number)


def _phones(text: str, region: str | None) -> bool:
    # Without a country's code many numbers look like one, so the digits must be grouped as that country does.
    strict = Leniency.VALID if region is None else Leniency.STRICT_GROUPING
    try:
        matches = PhoneNumberMatcher(text, region, leniency=strict, max_tries=MOST_TRIES)
        return any(phonenumbers.is_valid_number(match.number) for match in matches)
    except ValueError:  # its own limit of digits
        return False
