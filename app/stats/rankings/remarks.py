"""What a board or a row says about itself in words: why there is no rating, or what to know about those there are."""

from enum import StrEnum


class Remark(StrEnum):
    """The text is the sentence; `{components}` and `{anchor}` are those of the board.

    >>> Remark.NO_VOTES == "no votes", Remark.NO_VOTES.code
    (True, 'no_votes')
    """

    NO_VOTES = "no votes"
    NO_COUNTED_VOTES = "no counted votes"
    NO_HUMAN_VOTES = "no votes of people"
    NO_TEXTS = "no votes of known texts, which is what style is read from"
    GROUPS = (
        "{components} groups of models never met, even through others: "
        "ratings and ranks compare only within a group"
    )
    UNRATED = "some models have no rating; their rows say why"
    NEVER_WON = "never won and no prior"
    NEVER_LOST = "never lost and no prior"
    NO_PRIOR = "no finite rating without a prior"
    LOPSIDED = "votes too lopsided to be fitted in double precision"
    RAN_AWAY = (
        "ratings ran away: the votes of a period contradict those before too much; a shorter period may help"
    )
    ANCHORED = "the anchor {anchor} moves only the ratings of its own group"
    FEW_CLUSTERS = "some models have their votes from less than two effective clusters, which set no limits"
    HELD = "the votes do not determine every coefficient; a prior holds them"
    ALIKE = "no ballot says overall and on every dimension which answer is better: all dimensions weigh alike"

    @property
    def code(self) -> str:
        """A name that stays the same when the sentence is written anew."""
        return self.name.lower()
