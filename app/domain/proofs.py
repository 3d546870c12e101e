"""Proofs: a challenge that costs a browser some work and is asked for only where something looks like a flood.

ALTCHA's protocol, version 2: the challenge is signed, holds for one voter and ten minutes, and counts once.
"""

import base64
import binascii
import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import altcha
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.db.tables import SpentProof
from app.domain.errors import ProofRefused

LASTS = timedelta(minutes=10)
ALGORITHM = "SHA-256"
LONGEST_PROOF = 4_000
FRESH = "send it with a fresh one from /api/v1/challenge"


def challenge(secret: str, voter: str, work: int, now: datetime) -> Mapping[str, Any]:
    """A challenge for this voter that takes `work` hashes at most, half as many on average."""
    made = altcha.create_challenge(
        ALGORITHM,
        1,
        counter=secrets.randbelow(work),
        expires_at=now + LASTS,
        data={"voter": _hashed(voter)},
        hmac_secret=_secret(secret),
    )
    found: dict[str, Any] = made.to_dict()
    return found


def spend(session: Session, secret: str, voter: str, proof: str, now: datetime) -> None:
    """Take the solution of a challenge, once. Raises ProofRefused for one that is forged, another's, old or used."""
    try:
        challenge, solution = _read(proof)
        payload = altcha.Payload(challenge, solution)
        checked = altcha.verify_solution(payload, _secret(secret))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as broken:
        raise ProofRefused(f"the proof cannot be read; {FRESH}") from broken
    parameters = challenge.parameters
    if not checked.verified and not checked.expired:
        raise ProofRefused(f"the proof is wrong; {FRESH}")
    # Signed by now, so these are as they were given.
    if checked.expired or datetime.fromtimestamp(parameters.expires_at or 0, now.tzinfo) < now:
        raise ProofRefused(f"the proof is too old; {FRESH}")
    if (parameters.data or {}).get("voter") != _hashed(voter):
        raise ProofRefused(f"the proof is another voter's; {FRESH}")
    _note(session, _hashed(parameters.nonce), now)


def drop_old(session: Session, now: datetime) -> None:
    """Forget what has expired: it would be refused for its age."""
    session.execute(delete(SpentProof).where(SpentProof.expires_at < now))


def _read(proof: str) -> tuple[altcha.Challenge, altcha.Solution]:
    try:
        found = json.loads(base64.b64decode(proof, validate=True))
    except binascii.Error as broken:
        raise ValueError("no base64") from broken
    return altcha.Challenge.from_dict(found["challenge"]), altcha.Solution.from_dict(found["solution"])


def _note(session: Session, digest: str, now: datetime) -> None:
    if session.get(SpentProof, digest) is not None:
        raise ProofRefused(f"the proof was used already; {FRESH}")
    session.add(SpentProof(digest=digest, expires_at=now + LASTS))
    session.flush()  # of two at once the database refuses the second


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _secret(signing_key: str) -> str:
    return hashlib.sha256(f"proof of work\n{signing_key}".encode()).hexdigest()
