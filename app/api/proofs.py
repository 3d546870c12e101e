"""The guards before a battle is dealt and before an owner registers: who looks like one of a flood must bring the
solution of a challenge.
"""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Header, Request
from sqlalchemy.orm import Session

from app.api import counters, limits
from app.api.deps import CallerDep, Now, Voter, VoterDep, Writing
from app.domain import accounts, proofs
from app.domain.errors import ProofNeeded

HEADER = "Arena-Proof"
Proof = Annotated[
    str | None,
    Header(alias=HEADER, max_length=proofs.LONGEST_PROOF, description="the solution of a challenge"),
]


def _guarded(
    request: Request, session: Writing, caller: CallerDep, voter: VoterDep, now: Now, proof: Proof = None
) -> None:
    """Raises ProofNeeded and ProofRefused. Whoever holds a key has shown who they are."""
    if caller.key:
        return
    found = request.app.state.limits
    risky = found.is_risky("battles", voter.name.name)
    if accounts.find_rater(session, voter.name) is None:
        came_from = _network(request)
        risky = (came_from is not None and found.is_risky("newcomers", came_from)) or risky
    if risky:
        _prove(request, session, voter, proof, now)


def _guarded_once(
    request: Request, session: Writing, caller: CallerDep, voter: VoterDep, now: Now, proof: Proof = None
) -> None:
    """For what each person does once: counted by network, or by voter where that tells nobody apart.

    Raises ProofNeeded and ProofRefused.
    """
    if caller.key:
        return
    if request.app.state.limits.is_risky("registrations", _network(request) or voter.name.name):
        _prove(request, session, voter, proof, now)


def _network(request: Request) -> str | None:
    return limits.network(request.client.host if request.client else "")


def _prove(request: Request, session: Session, voter: Voter, proof: str | None, now: datetime) -> None:
    if proof is None:
        counters.LIMITED.labels("proof").inc()
        raise ProofNeeded(
            f"many calls like this one came in a short time: solve /api/v1/challenge and send it as {HEADER}"
        )
    proofs.spend(session, request.app.state.signing_key, voter.name.name, proof, now)


Guarded = Depends(_guarded)
GuardedOnce = Depends(_guarded_once)
