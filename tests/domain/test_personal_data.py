"""Personal data is told by its form: what is found, and what only looks like it."""

import pytest

from app.domain.personal_data import OVERLAP, PIECE, kinds

FOUND = [
    ("mail me at jean-luc.o'neil+x@mail.gouv.fr!", "", ("email",)),
    ("Иван: ivan@почта.рф", "", ("email",)),
    ("(a@b.co)", "", ("email",)),
    ("+33 6 12 34 56 78", "", ("phone",)),
    ("ring +1-415-555-2671 now", "zh", ("phone",)),
    ("tel:+86 138 0013 8000", "", ("phone",)),
    ("appelez le 06 12 34 56 78", "fr-CA", ("phone",)),
    ("call (415) 555-2671", "en", ("phone",)),
    ("IBAN FR76 3000 6000 0112 3456 7890 189", "", ("bank_account",)),
    ("GB82WEST12345698765432 THEN MORE", "", ("bank_account",)),
    ("4111-1111-1111-1111.", "", ("payment_card",)),
    ("pay 378282246310005, please", "", ("payment_card",)),
    ("a@b.de and 5500 0000 0000 0004", "", ("email", "payment_card")),
]
NOT_FOUND = [
    ("nothing at all", "en"),
    ("", "en"),
    ("user@example.com and a@test", "en"),
    ("@property def a(self): x @ y", "en"),
    ("In 2019 it was 1234567890 of 3.141592653589793238", "en"),
    ("DE89 3704 0044 0532 0130 01", "de"),
    ("4111 1111 1111 1112", "en"),
    ("1234 5678 9012 3452", "en"),
    ("12.05.2021 14:30, 192.168.0.1, 2001:db8::1", "de"),
    ("1 2 3 4 5 6 7 8 9 10 11 12 13", "fr"),
    ("def f(): return 10 ** 6 + 2024 - 1999", "fr"),
]


@pytest.mark.parametrize(("text", "language", "expected"), FOUND)
def test_what_is_found(text: str, language: str, expected: tuple[str, ...]) -> None:
    assert kinds(text, language) == expected


@pytest.mark.parametrize(("text", "language"), NOT_FOUND)
def test_what_only_looks_like_it(text: str, language: str) -> None:
    assert kinds(text, language) == ()


@pytest.mark.parametrize("before", [0, PIECE - OVERLAP, PIECE - 10, PIECE - 1, PIECE, 3 * PIECE - 5])
def test_it_is_found_wherever_it_stands(before: int) -> None:
    text = "x " * (before // 2) + "call +33 6 12 34 56 78 " + "y " * 5_000
    assert kinds(text) == ("phone",)
