"""Code that comes with a constraint, run where it can reach nothing: AGENTIF's `check_following(response)`.

Monty is an interpreter of its own in a process of its own: no files, no network, no environment, no clock, few modules
(`re`, `json`, `math` and the like), and an end to its time and memory. The same code says the same of the same text.

>>> code = "def check_following(response): return response.count('a') > 1"
>>> kept(code, ["banana"]), kept(code, ["lemon"])
(True, False)
>>> kept("def check_following(response): return open('/etc/passwd').read()", ["banana"]).detail
"code: PermissionError: Permission denied: '/etc/passwd'"
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from app.domain.errors import Invalid
from app.domain.judges.replies import Reason, Unreadable

FUNCTION = "check_following"
SECONDS = 1.0
BYTES = 64 * 2**20
LONGEST_CODE = 20_000

_THEN = datetime(2000, 1, 1, tzinfo=UTC)


def kept(code: str, responses: Sequence[str]) -> bool | Unreadable:
    """Does the function say True of any of these texts? Unreadable where it fails, takes longer than SECONDS or more
    than BYTES in all, or says neither True nor False.
    """
    return _kept(code, tuple(responses))


@lru_cache(maxsize=256)  # of one reply both the verdict and what it counts are made
def _kept(code: str, responses: tuple[str, ...]) -> bool | Unreadable:
    found = _run(code, f"[{FUNCTION}(each) for each in responses]", responses)
    if isinstance(found, Unreadable):
        return found
    if not isinstance(found, list) or not all(isinstance(each, bool) for each in found):
        return _broken(f"{FUNCTION} says neither True nor False")
    return any(found)


@lru_cache(maxsize=1024)
def require_runnable(code: str) -> None:
    """Raises Invalid for code that has no such function, or cannot be read at all."""
    if len(code) > LONGEST_CODE:
        raise Invalid(f"constraint: its code is longer than {LONGEST_CODE:,} characters")
    found = _run(code, f"{FUNCTION} is None", ())
    if isinstance(found, Unreadable):
        raise Invalid(f"constraint: its {found.detail}")


def _run(code: str, ask: str, responses: Sequence[str]) -> object:
    import pydantic_monty as monty  # 50 ms that most commands need not wait for

    printed = monty.CollectString()  # what it prints would else stand in the server's own output
    try:
        with (
            monty.Monty(max_processes=1) as pool,
            pool.checkout(
                limits={"max_feed_duration_secs": SECONDS, "max_memory": BYTES, "max_total_sleep_secs": 0},
                os_policy={"datetime": _THEN, "sleep": "zero", "random_start": {"seed": 0}},
            ) as session,
        ):
            session.feed_run(code, print_callback=printed)
            return session.feed_run(ask, inputs={"responses": list(responses)}, print_callback=printed)
    except monty.MontyError as failed:
        return _broken(str(failed))


def _broken(why: str) -> Unreadable:
    return Unreadable(Reason.BROKEN_CHECK, f"code: {why[:300]}")
