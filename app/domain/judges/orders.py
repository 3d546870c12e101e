"""Two verdicts on one item, the answers shown either way round, as one."""

from dataclasses import replace

from app.domain.judges.protocol import EVEN, Finding, Outcome
from app.stats.agreement.bias import swap_and_agree
from app.stats.verdicts import Verdict


def both_orders(shown: Outcome, other_way: Outcome) -> Outcome:
    """One outcome, A and B as in `shown`; `other_way` as it was given with the answers changed round.

    Where both have a probability, their mean decides; else a win needs both orders, and different opinions are a tie
    (Zheng et al. 2023). Scores are averaged (Wang et al. 2023), the certainty is the lower one. A failure in either
    order is one: half an opinion is none.

    >>> both_orders(Finding("json", verdict=Verdict.A), Finding("json", verdict=Verdict.A)).verdict
    <Verdict.TIE: 'tie'>
    >>> both_orders(Finding("logprobs", probability=0.9), Finding("logprobs", probability=0.6)).verdict
    <Verdict.A: 'a'>
    """
    if not isinstance(shown, Finding):
        return shown
    if not isinstance(other_way, Finding):
        return other_way
    other = other_way.swapped()
    certainty = None
    if shown.certainty is not None and other.certainty is not None:
        certainty = min(shown.certainty, other.certainty)
    said = (*shown.repeats, *other.repeats)
    agreed = replace(shown, how="both orders", label="", certainty=certainty, repeats=said)
    if shown.probability is not None and other.probability is not None:
        mean = (shown.probability + other.probability) / 2
        return replace(agreed, verdict=_sided(mean - 0.5), probability=mean)
    verdict, strength = _agreed(shown, other_way), shown.strength
    if shown.strength is not None and other.strength is not None:
        strength = min(shown.strength, other.strength) if verdict in (Verdict.A, Verdict.B) else 0
    scores = shown.scores
    if shown.scores is not None and other.scores is not None:
        scores = (shown.scores[0] + other.scores[0]) / 2, (shown.scores[1] + other.scores[1]) / 2
    return replace(agreed, verdict=verdict, strength=strength, scores=scores)


def _agreed(shown: Finding, other_way: Finding) -> Verdict | None:
    if shown.verdict is None or other_way.verdict is None:
        return None
    return swap_and_agree(shown.verdict, other_way.verdict)


def _sided(lead: float) -> Verdict:
    if abs(lead) <= EVEN:
        return Verdict.TIE
    return Verdict.A if lead > 0 else Verdict.B
