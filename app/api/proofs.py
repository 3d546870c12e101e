"""The guard before a battle is dealt: who looks like one of a flood must bring the solution of a challenge."""

from typing import Annotated

from fastapi import Depends, Header, Request

from app.api import counters, limits
from app.api.deps import CallerDep, Now, VoterDep, Writing
from app.domain import accounts, proofs
from app.domain.errors import ProofNeeded

HEADER = "Arena-Proof"


def _guarded(
    request: Request,
    session: Writing,
    caller: CallerDep,
    voter: VoterDep,
    now: Now,
    proof: Annotated[
        str | None,
        Header(alias=HEADER, max_length=proofs.LONGEST_PROOF, description="the solution of a challenge"),
    ] = None,
) -> None:
    """Raises ProofNeeded and ProofRefused. Whoever holds a key has shown who they are."""
    if caller.key:
        return
    found = request.app.state.limits
    risky = found.is_risky("battles", voter.name.name)
    if accounts.find_rater(session, voter.name) is None:
        came_from = limits.network(request.client.host if request.client else "")
        risky = (came_from is not None and found.is_risky("newcomers", came_from)) or risky
    if not risky:
        return
    if proof is None:
        counters.LIMITED.labels("proof").inc()
        raise ProofNeeded(
            f"many calls like this one came in a short time: solve /api/v1/challenge and send it as {HEADER}"
        )
    proofs.spend(session, request.app.state.signing_key, voter.name.name, proof, now)


Guarded = Depends(_guarded)
