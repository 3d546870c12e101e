"""/challenge: a signed proof of work, for those who were told that they need one."""

from typing import Any

from fastapi import APIRouter, Request, Response

from app.api.deps import Now, VoterDep
from app.api.problems import RESPONSES
from app.api.shapes import Out
from app.domain import proofs

router = APIRouter(prefix="/challenge", tags=["battles"], responses=RESPONSES)


class ChallengeOut(Out):
    """ALTCHA, version 2. Find the counter for which SHA-256 over salt, nonce and the counter as four bytes, most
    significant first, begins with `keyPrefix`; send base64 of `{"challenge", "solution": {"counter", "derivedKey"}}` as
    the header Arena-Proof. `work` is the largest number of counters to try.
    """

    parameters: dict[str, Any]
    signature: str
    work: int


@router.get("")
def get_challenge(request: Request, response: Response, voter: VoterDep, now: Now) -> ChallengeOut:
    response.headers["Cache-Control"] = "no-store"
    work = request.app.state.settings.proof_work
    made = proofs.challenge(request.app.state.signing_key, voter.name.name, work, now)
    return ChallengeOut(parameters=made["parameters"], signature=made["signature"], work=work)
