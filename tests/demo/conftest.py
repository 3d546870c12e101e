"""The demo arena's content, read as the package carries it."""

import json
from importlib.resources import files
from typing import Any

import pytest


@pytest.fixture(scope="session")
def arena() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(files("app.demo").joinpath("arena.json").read_text("utf-8"))
    return content


@pytest.fixture(scope="session")
def slug_of(arena: dict[str, Any]) -> dict[str, str]:
    """Variant → model slug."""
    return {model["metadata"]["variant"]: model["slug"] for model in arena["models"]}
