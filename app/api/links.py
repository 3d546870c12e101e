"""What can be done next: OpenAPI links from what a call has made to the calls about it."""

from typing import Any

ARENA = "$request.path.arena"


def leads_to(*operations: str, **parameters: str) -> dict[str, Any]:
    """A described response whose values, as runtime expressions, are the parameters of these operations.

    Source: OpenAPI 3.1, Link Object.

    >>> leads_to("get_run", run="$response.body#/id")
    {'links': {'get_run': {'operationId': 'get_run', 'parameters': {'run': '$response.body#/id'}}}}
    """
    links = {name: {"operationId": name, "parameters": parameters} for name in operations}
    return {"links": links}
