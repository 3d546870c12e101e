"""/battles/{battle}/media/{token}: pictures and artifacts of an open battle, each fenced in by its own headers."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from app.api.deps import Now, Reading
from app.api.problems import RESPONSES
from app.api.shapes import BattlePath
from app.domain import media

router = APIRouter(tags=["battles"], responses=RESPONSES)

Token = Annotated[str, Path(pattern=r"^[0-9a-f]{40}$")]
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
    "Cross-Origin-Resource-Policy": "same-origin",
}
INSIDE = (
    "style-src 'unsafe-inline'; img-src data: blob:; font-src data:; media-src data: blob:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
STATIC = f"sandbox; default-src 'none'; {INSIDE}"
SCRIPTED = f"sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; {INSIDE}"
PICTURE = "sandbox; default-src 'none'"


@router.get(
    "/battles/{battle}/media/{token}",
    response_class=Response,
    responses={
        200: {"content": {"image/png": {}, "image/jpeg": {}, "text/html": {}}, "description": "The medium"}
    },
)
def get_media(battle: BattlePath, token: Token, request: Request, session: Reading, now: Now) -> Response:
    """404 from the vote on, and for whoever guesses."""
    found = media.find(session, battle, token, request.app.state.signing_key, now)
    policy = PICTURE if not found.artifact else SCRIPTED if found.scripted else STATIC
    headers = {**HEADERS, "Content-Security-Policy": policy}
    return Response(found.data, headers=headers, media_type=found.media_type)
