"""What a judgment came to on a dimension, as it is stored and as it is read again."""

from collections.abc import Mapping
from dataclasses import asdict
from math import isfinite
from typing import Any

from app.domain.judges.protocol import Amounts, Finding, Outcome
from app.domain.judges.replies import Failure, Refused, Unreadable
from app.domain.transcripts import storable

UNCOUNTED = "uncounted"
"""Of an answer judged before it was stored what answers count."""


def described(outcome: Outcome, counts: Mapping[str, Amounts | Failure] | None = None) -> dict[str, Any]:
    """A finding's fields that it has, or `failure`, `reason` and `detail`; `counts` has what the answers shown `first`
    and `second` count for the figures of answers, or kind and reason of the failure.
    """
    told = _found(outcome) if isinstance(outcome, Finding) else _failed(outcome)
    if counts is None:
        return told
    sides = {
        side: ":".join(named(found)) if isinstance(found, Failure) else {**found}
        for side, found in counts.items()
    }
    return told | {"counts": sides}


def counts_of(outcome: Mapping[str, Any], side: str) -> Amounts | str:
    """What the answer shown `first` or `second` counts, from what is stored of a dimension, or the kind and reason of
    the failure. Raises ValueError for what this program does not store.

    >>> counts_of({"counts": {"first": {"csr": [2, 3]}}}, "first"), counts_of({}, "first")
    ({'csr': (2.0, 3.0)}, 'uncounted')
    """
    told = outcome.get("counts")
    if told is None:
        return f"{outcome['failure']}:{outcome['reason']}" if "failure" in outcome else UNCOUNTED
    try:
        amounts = told[side]
        if isinstance(amounts, str):
            return amounts
        found = {str(name): (float(one), float(many)) for name, (one, many) in amounts.items()}
    except (KeyError, TypeError, AttributeError, ValueError) as unknown:
        raise ValueError(
            "counts: expected of either side sums and counts by figure, or a failure"
        ) from unknown
    if not all(isfinite(one) and isfinite(many) and many >= 0 for one, many in found.values()):
        raise ValueError("counts: expected finite numbers")
    return found


def named(failure: Failure) -> tuple[str, str]:
    """Kind and reason of a failure."""
    if isinstance(failure, Unreadable):
        return "unreadable", failure.reason.value
    if isinstance(failure, Refused):
        return "refused", "refusal"
    return failure.kind, failure.reason


def _found(finding: Finding) -> dict[str, Any]:
    told = {name: value for name, value in asdict(finding).items() if value not in (None, "", ())}
    told["label"] = storable(finding.label)
    if finding.notes:
        told["notes"] = [storable(note) for note in finding.notes]
    return told | ({"verdict": finding.verdict.value} if finding.verdict else {})


def _failed(failure: Failure) -> dict[str, Any]:
    kind, reason = named(failure)
    detail = failure.text if isinstance(failure, Refused) else failure.detail
    return {"failure": kind, "reason": reason, "detail": storable(detail)}
