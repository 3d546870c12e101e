"""The web page: the built frontend's files, under a policy that lets nothing foreign in and no script run inline."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Match

from app.api import problems

DIST = Path(__file__).resolve().parent.parent / "web" / "dist"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}
MISSING = """<!doctype html><html lang="en"><title>Arena</title><h1>The web page is not built</h1>
<p>The API runs. To build the page, install Node 20.19 or newer and run <code>make web</code>.</p></html>"""


def install(app: FastAPI) -> None:
    """Serve files as they are, and the page itself for every other address that a person may open."""
    if (DIST / "assets").is_dir():
        app.mount("/assets", _Assets(directory=DIST / "assets"))
    app.add_route("/{path:path}", _page, methods=METHODS, include_in_schema=False)


class _Assets(StaticFiles):
    """Their names change with their content, so a browser may keep them for good."""

    async def get_response(self, path: str, scope: object) -> Response:
        found = await super().get_response(path, scope)  # type: ignore[arg-type]  # a Scope, as it came
        if found.status_code == 200:
            found.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        found.headers["X-Content-Type-Options"] = "nosniff"
        return found


async def _page(request: Request) -> Response:
    path: str = request.path_params["path"]
    if other := _methods_elsewhere(request):
        return _refused(f"/{path} takes {', '.join(other)}", other)
    if path.startswith(("api/", "assets/")):
        return problems.response(404, "not-found", f"there is nothing at /{path}")
    if request.method not in ("GET", "HEAD"):
        return _refused("a page can only be read", ["GET", "HEAD"])
    file = DIST / path
    if path and "/" not in path and not path.startswith(".") and file.is_file():
        return FileResponse(file, headers=HEADERS)
    if not (DIST / "index.html").is_file():
        return HTMLResponse(MISSING, 503, headers=HEADERS)
    headers = _framed(request.app.state.settings.embed_origins) if path.startswith("embed/") else HEADERS
    return FileResponse(DIST / "index.html", headers=headers)


def _framed(origins: str) -> dict[str, str]:
    """The headers of a page that others may show in a frame: a board to read, on which nothing can be done."""
    ancestors = "'none'" if origins == "none" else origins
    policy = POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {ancestors}")
    return {**HEADERS, "Content-Security-Policy": policy}


def _methods_elsewhere(request: Request) -> list[str]:
    """The methods by which another route takes this path: this route, which takes every path, hides its 405."""
    others = [route for route in request.app.routes if getattr(route, "endpoint", None) is not _page]
    return [
        method
        for method in METHODS
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in others)
    ]


def _refused(detail: str, allowed: list[str]) -> Response:
    return problems.response(405, "method-not-allowed", detail, headers={"Allow": ", ".join(allowed)})
