"""Predictions: what the person said whose vote a persona was to predict, to hold each of its verdicts against."""

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.tables import Arena, Battle, Dimension, Judge, Model
from app.domain import profiles
from app.domain.accounts import RaterName
from app.domain.opinions import CODE, SILENT, TIE, Opinions
from app.stats.tally import Ints

NOBODYS = -2


def predicted(session: Session, arena: Arena, dimension: Dimension, votes: Opinions) -> Ints:
    """(n,) the label that the person said whose vote a persona was to predict; SILENT where they said none on this
    dimension, NOBODYS for votes that predict nobody in particular.
    """
    rows = session.scalars(
        select(Judge).where(Judge.arena_id == arena.id, Judge.protocol == profiles.PERSONA)
    )
    names = {
        RaterName("judge", row.name, str(row.version)) for row in rows if profiles.answers_as_voters(row)
    }
    personal = np.array([rater in names for rater in votes.raters], dtype=bool)[votes.rater]
    label = np.full(len(votes), NOBODYS)
    if not personal.any():
        return label
    said = _said(session, arena, dimension)
    for at in np.flatnonzero(personal):
        model, code = said.get(votes.battle[at], ("", SILENT))
        turned = model != votes.models[votes.items[votes.item[at]].first]
        label[at] = 1 - code if turned and 0 <= code < TIE else min(code, TIE)
    return label


def _said(session: Session, arena: Arena, dimension: Dimension) -> dict[str, tuple[str, int]]:
    """By battle the slug of its model a, and the code of what its first voter with a profile said."""
    found = profiles.voters(session, arena)
    rows = session.execute(
        select(Battle.id, Battle.public_id, Model.slug)
        .join(Model, Battle.model_a_id == Model.id)
        .where(Battle.arena_id == arena.id)
    )
    return {
        public: (slug, CODE[found[key].said.get(dimension.slug)])
        for key, public, slug in rows
        if key in found
    }
