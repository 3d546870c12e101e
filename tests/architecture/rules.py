"""What import contracts cannot say. Each rule takes the root of a tree and names what breaks it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

Node = TypeVar("Node", bound=ast.AST)

PYTHON_LINES = 400
FRONTEND_LINES = 250
GENERATED = ("frontend/src/api/schema.d.ts",)
VAGUE_NAMES = {"utils", "util", "common", "helpers", "helper", "core", "base", "misc"}
STATS_MAY_IMPORT = {
    "app.stats", "choix", "collections", "dataclasses", "enum", "functools", "glicko2", "itertools",
    "krippendorff", "math", "numpy", "operator", "re", "scipy", "types", "typing", "unicodedata",
}  # fmt: skip


def too_long(root: Path) -> list[str]:
    """A file that does not fit in the head of its reader."""
    limits = [(path, PYTHON_LINES) for path in _python(root, "app", "tests", "hatch_build.py")]
    limits += [(path, FRONTEND_LINES) for path in _frontend(root)]
    return [
        f"{_name(root, path)}: {lines} lines, {limit} allowed"
        for path, limit in limits
        if (lines := len(path.read_text().splitlines())) > limit and _name(root, path) not in GENERATED
    ]


def vague_names(root: Path) -> list[str]:
    """A module whose name does not say what it holds."""
    paths = [*_python(root, "app", "tests"), *_frontend(root, styles=False)]
    return [
        _name(root, path)
        for path in paths
        if VAGUE_NAMES & {part.split(".")[0].strip("_") for part in path.relative_to(root).parts}
    ]


def commits_elsewhere(root: Path) -> list[str]:
    """One request, one job step, one command is one transaction, and only the session ends it."""
    return [
        f"{_name(root, path)}:{call.lineno}"
        for path in _python(root, "app")
        if _name(root, path) != "app/db/session.py"
        for call in _nodes(path, ast.Call)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "commit"
    ]


def stats_imports(root: Path) -> list[str]:
    """The statistics need few modules, and none of them reads a clock, a file or a network."""
    return [
        f"{_name(root, path)}: {module}"
        for path in _python(root, "app/stats")
        for module in _imported(path)
        if not any(module == allowed or module.startswith(f"{allowed}.") for allowed in STATS_MAY_IMPORT)
    ]


def unseeded_chance(root: Path) -> list[str]:
    """A ranking can be made again only if its generator has a seed: no `default_rng()`, no global state."""
    return [
        f"{_name(root, path)}:{call.lineno}"
        for path in _python(root, "app/stats")
        for call in _nodes(path, ast.Call)
        if _is_unseeded(call)
    ]


def blanket_excepts(root: Path) -> list[str]:
    """`except:` and `except Exception: pass` hide the error that matters."""
    return [
        f"{_name(root, path)}:{handler.lineno}"
        for path in _python(root, "app")
        for handler in _nodes(path, ast.ExceptHandler)
        if _catches_everything(handler) and all(isinstance(line, ast.Pass) for line in handler.body)
    ]


RULES = (too_long, vague_names, commits_elsewhere, stats_imports, unseeded_chance, blanket_excepts)


def _is_unseeded(call: ast.Call) -> bool:
    target = ast.unparse(call.func)
    if target.endswith("default_rng"):
        return not call.args and not call.keywords
    return bool(re.fullmatch(r"(np|numpy)\.random\.[a-z_]+", target))


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or ast.unparse(handler.type) in {"Exception", "BaseException"}


def _imported(path: Path) -> Iterator[str]:
    for node in _nodes(path, ast.Import):
        yield from (alias.name for alias in node.names)
    for source in _nodes(path, ast.ImportFrom):
        if source.level:
            yield "." * source.level + (source.module or "")
        elif source.module == "app":
            yield from (f"app.{alias.name}" for alias in source.names)
        else:
            yield source.module or ""


def _nodes(path: Path, kind: type[Node]) -> Iterator[Node]:
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, kind))


def _python(root: Path, *names: str) -> Iterator[Path]:
    for name in names:
        path = root / name
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


def _frontend(root: Path, *, styles: bool = True) -> Iterator[Path]:
    endings = {".ts", ".tsx", ".mjs", ".js"} | ({".css"} if styles else set())
    for folder in ("frontend/src", "frontend/e2e"):
        yield from sorted(path for path in (root / folder).rglob("*") if path.suffix in endings)


def _name(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()
