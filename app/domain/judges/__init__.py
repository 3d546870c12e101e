"""Ways of asking a judge. PROTOCOLS: name → Protocol, listed by the API and the CLI and run by one battery of tests.

A protocol says what a judge is sent and what its replies mean; it calls nobody and stores nothing. Of an `Item`, two
answers as they are shown, it makes `Question`s, reads each `Reply` into a `Finding` or a reason why there is none,
and decides for each dimension. Nothing unreadable is ever a tie.

>>> from app.domain.judges.items import DimensionForm, Item
>>> from app.domain.judges.replies import Reply
>>> item = Item(
...     prompt=[{"role": "user", "content": "What is 17 + 26?"}],
...     first=[{"role": "assistant", "content": "43"}],
...     second=[{"role": "assistant", "content": "53"}],
...     dimensions=(DimensionForm("accuracy", "Accuracy", "Which answer is right?"),),
...     fence="9f2c41d07ab3e815",
... )
>>> protocol = find("pairwise")
>>> settings = protocol.configured({})
>>> [question.key for question in protocol.questions(item, settings)]
['accuracy']
>>> protocol.verdicts(item, {"accuracy": Reply('{"winner": "A"}')}, settings)["accuracy"].verdict
<Verdict.A: 'a'>
>>> protocol.verdicts(item, {"accuracy": Reply("Both are numbers.")}, settings)["accuracy"]
Unreadable(reason=<Reason.NO_VERDICT: 'no_verdict'>, detail='')

To add one, write `<name>.py` beside the others: a frozen dataclass of settings that builds on `Asking`, the three
functions, and a `Protocol` that names them; then list it here, explain it in `docs/judges.md` and give
`tests/domain/test_every_protocol.py` a clear reply. Protocols do not import each other.
"""

from typing import Any

from app.domain.errors import Invalid
from app.domain.judges import (
    checklist,
    constraint,
    five_way,
    logprob,
    pairwise,
    pairwise_joint,
    persona,
    policy,
    priority,
    score,
)
from app.domain.judges.protocol import Protocol

__all__ = ["PROTOCOLS", "Protocol", "find"]

PROTOCOLS: dict[str, Protocol[Any]] = {
    module.PROTOCOL.name: module.PROTOCOL
    for module in (
        pairwise,
        pairwise_joint,
        five_way,
        score,
        checklist,
        persona,
        logprob,
        priority,
        policy,
        constraint,
    )
}


def find(name: str) -> Protocol[Any]:
    """Raises Invalid, which says what exists."""
    protocol = PROTOCOLS.get(name)
    if protocol is None:
        raise Invalid(f"there is no protocol {name!r}; there are {', '.join(PROTOCOLS)}")
    return protocol
