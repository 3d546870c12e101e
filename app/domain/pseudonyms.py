"""Pseudonyms: what people are called in an export, so that two exports cannot be laid side by side."""

import hmac
import secrets
from dataclasses import dataclass, field, replace

from app.domain.accounts import RaterName

BYTES = 7  # 56 bits: of a million people, two share a pseudonym once in 140,000 exports


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Numbers instead of the names of people, the same throughout an export; its salt is kept nowhere.

    >>> Pseudonyms(b"salt").of(RaterName("human", "ana"))
    RaterName(kind='human', name='50145846256383608', version='')
    >>> str(Pseudonyms().of(RaterName("judge", "gpt-4", "pair-v2")))
    'judge:gpt-4@pair-v2'
    """

    salt: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def of(self, rater: RaterName, *, everywhere: bool = False) -> RaterName:
        """Judges and simulated voters are no people and keep their names. A voter of no arena (`everywhere`) is another
        than the person of that name who came with an import.
        """
        if rater.kind != "human":
            return rater
        digest = hmac.digest(self.salt, b"\0" * everywhere + rater.name.encode(), "sha256")
        return replace(rater, name=str(int.from_bytes(digest[:BYTES])))
