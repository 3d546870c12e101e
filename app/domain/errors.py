"""Everything that can go wrong on purpose.

ArenaError
├── NotFound        ArenaNotFound · BattleNotFound · ModelNotFound · DimensionNotFound · SnapshotNotFound · VoteNotFound
│                   JudgeNotFound · RunNotFound · RaterNotFound · KeyNotFound · CommentNotFound
│                   UploadNotFound · GoldNotFound · PromptNotFound · MediaNotFound
├── Conflict        NoBattleLeft · AlreadyVoted · AlreadySkipped · AlreadyRevealed · AlreadyExists · IdempotencyConflict
│                   BattleExpired · RunOpen · RunNotOpen · UploadNotReady · UploadOffset · UploadDiffers
│                   TooManyUploads · TooManyKeys · AlreadySetUp · ChecklistChanged
├── Forbidden       KeyNeeded · KeyRefused · RegistrationClosed · ProofNeeded · ProofRefused
├── Invalid         InvalidLines
└── Unavailable     TooManyTries · TooManyRequests
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in what was sent: where (a field, or a file and line) and what was expected."""

    at: str
    problem: str


class ArenaError(Exception):
    """A mistake that the caller can understand; the message is written for that person."""

    def __init__(self, detail: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.problems = problems


class NotFound(ArenaError):
    """There is no such thing, or it is not the caller's to see."""


class Conflict(ArenaError):
    """The request is well formed but does not fit what has happened before."""


class Forbidden(ArenaError):
    """The caller may not do this."""


class Invalid(ArenaError):
    """What was sent cannot be read or used."""


class Unavailable(ArenaError):
    """It would work later."""


class ArenaNotFound(NotFound): ...


class BattleNotFound(NotFound): ...


class ModelNotFound(NotFound): ...


class PromptNotFound(NotFound): ...


class MediaNotFound(NotFound): ...


class DimensionNotFound(NotFound): ...


class SnapshotNotFound(NotFound): ...


class VoteNotFound(NotFound): ...


class JudgeNotFound(NotFound): ...


class RunNotFound(NotFound): ...


class RaterNotFound(NotFound): ...


class KeyNotFound(NotFound): ...


class CommentNotFound(NotFound): ...


class UploadNotFound(NotFound): ...


class GoldNotFound(NotFound): ...


class NoBattleLeft(Conflict): ...


class AlreadyVoted(Conflict): ...


class AlreadySkipped(Conflict): ...


class AlreadyRevealed(Conflict): ...


class AlreadyExists(Conflict): ...


class AlreadySetUp(Conflict): ...


class IdempotencyConflict(Conflict): ...


class ChecklistChanged(Conflict): ...


class BattleExpired(Conflict): ...


class RunOpen(Conflict): ...


class RunNotOpen(Conflict): ...


class UploadNotReady(Conflict): ...


class UploadOffset(Conflict): ...


class UploadDiffers(Conflict): ...


class TooManyUploads(Conflict): ...


class TooManyKeys(Conflict): ...


class KeyNeeded(Forbidden): ...


class KeyRefused(Forbidden): ...


class RegistrationClosed(Forbidden): ...


class ProofNeeded(Forbidden): ...


class ProofRefused(Forbidden): ...


class InvalidLines(Invalid): ...


class TooManyTries(Unavailable): ...


class TooManyRequests(Unavailable):
    def __init__(self, detail: str, seconds: int, headers: Mapping[str, str]) -> None:
        """`seconds` until another is taken; `headers` tell programs which limit it was."""
        super().__init__(detail)
        self.seconds = seconds
        self.headers = headers
