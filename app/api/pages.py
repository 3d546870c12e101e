"""The web page: the built frontend's files, under a policy that lets nothing foreign in and no script run inline."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

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
    if path.startswith(("api/", "assets/")):
        return problems.response(404, "not-found", f"there is nothing at /{path}")
    if request.method not in ("GET", "HEAD"):
        return problems.response(
            405, "method-not-allowed", "a page can only be read", headers={"Allow": "GET, HEAD"}
        )
    file = DIST / path
    if path and "/" not in path and not path.startswith(".") and file.is_file():
        return FileResponse(file, headers=HEADERS)
    if not (DIST / "index.html").is_file():
        return HTMLResponse(MISSING, 503, headers=HEADERS)
    return FileResponse(DIST / "index.html", headers=HEADERS)
