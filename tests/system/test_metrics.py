"""/metrics of several server processes: whichever is asked, it tells of all."""

from collections.abc import Callable

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.servers import Server

pytestmark = pytest.mark.system


def test_each_process_tells_of_all(sqlite_url: str, serve: Callable[..., Server]) -> None:
    server = serve(sqlite_url, "--workers", "2", "--no-worker")
    route = "/api/v1/arenas"
    for _ in range(40):
        httpx.get(f"{server.url}{route}").raise_for_status()  # a new connection each: any process may take it
    counts = set()
    for _ in range(6):
        families = text_string_to_metric_families(httpx.get(f"{server.url}/metrics").text)
        counts |= {
            sample.value
            for family in families
            for sample in family.samples
            if sample.name == "arena_http_requests_total" and sample.labels["route"] == route
        }
    assert counts == {40.0}
