"""/healthz: the process lives. /readyz: the database answers and has every migration."""

from fastapi import APIRouter

from app.api.deps import Reading
from app.api.problems import described
from app.api.shapes import Out
from app.db.upgrade import is_current
from app.domain.errors import Unavailable

router = APIRouter(tags=["health"])


class HealthOut(Out):
    status: str


@router.get("/healthz")
def healthz() -> HealthOut:
    return HealthOut(status="alive")


@router.get("/readyz", responses={503: described("Not ready; the detail says why")})
def readyz(session: Reading) -> HealthOut:
    if not is_current(session.connection()):
        raise Unavailable("the database lacks migrations: run arena migrate")
    return HealthOut(status="ready")
