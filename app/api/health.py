"""/healthz: the process lives. /readyz: the database answers and has every migration. /metrics: for Prometheus."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from sqlalchemy.exc import SQLAlchemyError

from app.api import counters
from app.api.deps import CallerDep, Data, Now, Reading, require
from app.api.problems import RESPONSES, described
from app.api.shapes import Out
from app.db.upgrade import is_current
from app.domain.errors import NotFound, Unavailable
from app.domain.vitals import vitals

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


@router.get("/metrics", response_class=PlainTextResponse, responses=RESPONSES)
def metrics(request: Request, data: Data, caller: CallerDep, now: Now) -> Response:
    """Counts and gauges in Prometheus' text format; ARENA_METRICS says who may read them."""
    offered = request.app.state.settings.metrics
    if offered == "off":
        raise NotFound("there is nothing at /metrics")
    if offered == "key":
        require(caller, "read", None)
    try:
        with data.reading() as session:
            found = vitals(session, now)
    except SQLAlchemyError:
        found = None  # told as arena_database_up 0, with the counts that this process has
    return Response(counters.written(found), headers={"Content-Type": counters.MEDIA_TYPE})
