"""Names that came after answers did: a model that is registered or renamed is looked for in what others said before.

Some answers in one transaction; a search that was cut off goes on, and begins anew when there are other names by then.
"""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import Session

from app.db.tables import Answer, AnswerLeak, Arena, Battle, LeakMark, Model
from app.domain import answers, rollup
from app.domain.slices import leaks_of

BATCH = 500  # answers


def waiting(session: Session) -> int | None:
    """An arena with a name that was not looked for in its answers yet."""
    known = {row.arena_id: set(row.names) for row in session.scalars(select(LeakMark))}
    names: defaultdict[int, set[str]] = defaultdict(set)
    rows = session.execute(select(Model.arena_id, Model.slug, Model.name, Model.organization, Model.family))
    for arena_id, *words in rows:
        names[arena_id] |= {word for word in words if word}
    return next((key for key in sorted(names) if names[key] - known.get(key, set())), None)


def look(session: Session, arena_id: int) -> bool:
    """Look through the next answers of an arena; False where others are storing answers in it, so that it must wait."""
    # Answers come one file after the other, under this lock: none that knows fewer names is stored behind the search.
    free = select(Arena.id).where(Arena.id == arena_id).with_for_update(key_share=True, skip_locked=True)
    if session.scalar(free) is None:
        return False
    mark = session.get(LeakMark, arena_id)
    if mark is None:
        mark = LeakMark(arena_id=arena_id, names=[], wanted=[], position=0, found=0)
        session.add(mark)
    names = sorted(answers.names_of(session, arena_id))
    if mark.wanted != names:
        mark.wanted, mark.position = names, 0
    later = select(Answer.id).where(Answer.arena_id == arena_id, Answer.id > mark.position)
    ids = session.scalars(later.order_by(Answer.id).limit(BATCH)).all()
    if ids:
        mark.found += _note(session, arena_id, ids, names)
        mark.position = ids[-1]
    else:
        mark.names, mark.position = names, 0
    session.flush()
    return True


def _note(session: Session, arena_id: int, ids: Sequence[int], names: Sequence[str]) -> int:
    """Note those of the answers that name one of these; how many are new."""
    there = answers.leaking(session, ids)
    new = answers.find_leaks(session, [key for key in ids if key not in there], names)
    if not new:
        return 0
    held = rollup.hold_leaking(session)  # first, so that no vote is counted between the search and the note
    found = [row["answer_id"] for row in new]
    asked = select(Answer.prompt_id).where(Answer.id.in_(found))
    shown = or_(Battle.answer_a_id.in_(found), Battle.answer_b_id.in_(found))
    battles = select(Battle.id).where(
        Battle.arena_id == arena_id, Battle.prompt_id.in_(asked), shown, ~leaks_of(Battle)
    )
    judged = session.scalars(battles).all()
    session.execute(insert(AnswerLeak), new)
    rollup.add_leaking(session, arena_id, judged, held)
    return len(new)
