"""/arenas/{arena}/models/{model}/answers: submit what a model said."""

from fastapi import APIRouter, Response

from app.api.bodies import RawBody, described, read
from app.api.deps import CallerDep, Now, OnceDep, Writing, allowed
from app.api.problems import RESPONSES
from app.api.shapes import AnswerIn, ArenaPath, ModelPath, Out
from app.domain import answers, models
from app.domain.answers import AnswersReport, NewAnswer, Rejected

router = APIRouter(prefix="/arenas/{arena}/models", tags=["answers"], responses=RESPONSES)


class RejectedOut(Out):
    line: int
    prompt_id: str | None
    problem: str


class CoverageOut(Out):
    answered: int
    prompts: int
    missing: list[str]


class AnswersReportOut(Out):
    accepted: int
    replaced: int
    rejected: list[RejectedOut]
    coverage: CoverageOut


@router.post(
    "/{model:path}/answers",
    status_code=201,
    response_model=AnswersReportOut,
    openapi_extra=described(AnswerIn, "Answers"),
)
def submit_answers(
    arena: ArenaPath,
    model: ModelPath,
    body: RawBody,
    session: Writing,
    caller: CallerDep,
    once: OnceDep,
    now: Now,
    dry_run: bool = False,
    partial: bool = False,
) -> AnswersReportOut | Response:
    row = allowed(session, arena, caller, "owner")
    own = models.find_own(session, row, model, caller)

    def work() -> AnswersReportOut:
        found = list(read(body, AnswerIn))
        read_as = [
            Rejected(line, prompt, each) if isinstance(each, str) else each.read(line)
            for line, each, prompt in found
        ]
        unreadable = [each for each in read_as if isinstance(each, Rejected)]
        good = [each for each in read_as if isinstance(each, NewAnswer)]
        report = answers.submit(session, row, own, good, unreadable, now, dry_run=dry_run, partial=partial)
        return _shown(report)

    return once(work, changes=not dry_run, outcome=lambda report: f"{report.accepted} accepted")


def _shown(report: AnswersReport) -> AnswersReportOut:
    return AnswersReportOut(
        accepted=report.accepted,
        replaced=report.replaced,
        rejected=[RejectedOut.model_validate(each) for each in report.rejected],
        coverage=CoverageOut(
            answered=report.coverage.answered,
            prompts=report.coverage.prompts,
            missing=list(report.coverage.missing),
        ),
    )
