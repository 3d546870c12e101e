"""How far a judge can be trusted, in words first, or as the JSON that the API serves."""

import json
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from app.cli.console import out
from app.cli.options import ArenaSlug, DatabaseUrl, now, open_database, read_settings
from app.domain import arenas, reports
from app.domain.consistency import AGAINST, RESAMPLED, Question, read_thresholds

WORDS = {
    "trusted": "can be trusted here",
    "calibrate": "may be used beside people's votes, after calibration, not instead of them",
    "do_not_automate": "must not vote here by itself",
}
FIGURES = {
    "agreement": "agreement",
    "agreement_no_ties": "agreement without ties",
    "cohen_kappa": "Cohen's kappa",
    "cohen_kappa_no_ties": "Cohen's kappa without ties",
    "scott_pi": "Scott's pi",
    "gwet_ac1": "Gwet's AC1",
    "krippendorff_alpha": "Krippendorff's alpha",
}
RANKED = {
    "spearman": "Spearman's rho",
    "kendall_tau_b": "Kendall's tau-b",
    "footrule": "footrule",
    "rbo": "rank-biased overlap",
    "soft_pairwise_accuracy": "soft pairwise accuracy",
    "separability": "separability",
    "agreement_with_confidence": "agreement with confidence",
    "exact_p": "p of the order",
}


def consistency(
    arena: ArenaSlug,
    judge: Annotated[str, typer.Option(help="The judge's rater name, or <name>@<version>.")],
    against: Annotated[str, typer.Option(help=f"{', '.join(AGAINST)} or judge:<name>.")] = "human",
    dimension: str = "overall",
    category: Annotated[str | None, typer.Option(help="medicine includes medicine/cardiology.")] = None,
    language: Annotated[str | None, typer.Option(help="zh includes zh-Hant.")] = None,
    turn: Annotated[int | None, typer.Option(min=1, max=999, help="One turn alone.")] = None,
    raters: Annotated[str | None, typer.Option(help="expert: only expert_1, expert_2, …")] = None,
    resample: Annotated[str, typer.Option(help=f"What limits resample: {', '.join(RESAMPLED)}.")] = "prompts",
    threshold: Annotated[list[str] | None, typer.Option(help="Of the verdict: name=value.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print exactly the HTTP JSON.")] = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Say how far a judge can be trusted, and why."""
    question = Question(
        judge=judge.removeprefix("judge:"),
        against=against,
        dimension=dimension,
        category=category or None,
        language=language or None,
        turn=turn,
        raters=raters or None,
        resample=resample,
        thresholds=read_thresholds(threshold or ()),
    )
    with open_database(read_settings(database_url)) as database:
        with database.reading() as session:
            row = arenas.find(session, arena)
            report = reports.find(session, row, question, now())
            if report is None or report.stale:
                report = reports.make(session, row, question, now())
        if report.row is not None:
            with database.writing() as session:
                report = reports.keep(session, report)
    if as_json:
        sys.stdout.buffer.write(report.body.encode() + b"\n")
    else:
        _print(json.loads(report.body))


def _print(report: dict[str, Any]) -> None:
    verdict = report["verdict"]
    _say(f"{report['judge']} {WORDS[verdict['trust']]}: {verdict['trust']}")
    for reason in verdict["reasons"]:
        sign = "+" if reason["allows"] == "trusted" else "−"
        _say(f"  {sign} {reason['sentence']}")
    for each in report["shortcomings"]:
        _say(f"  ! {each['sentence']}")
    out.print(_votes(report))
    out.print(_ranking(report))
    _say(f"What {report['models']} models prove: {report['ranking']['proves']}")
    out.print(_ranks(report))
    for line in _biases(report):
        _say(line)
    if any(len(rows) > 1 for rows in report["splits"].values()):
        out.print(_splits(report))
    _say(f"snapshot {report['snapshot_id']}, {report['generated_at']}")


def _votes(report: dict[str, Any]) -> Table:
    votes, plurality, ceiling = report["votes"], report["plurality"], report["ceiling"]
    held = f"{votes['judge']:,} votes against {votes['reference']:,} by {report['raters']:,} raters"
    title = f"{_title(report)} · {held} · {report['battles']:,} items in common"
    headings = ("", "vote by vote", "limits", f"{report['against']} among themselves", "limits")
    table = Table(*headings, "against the plurality", "limits", title=escape(title))
    for name, words in FIGURES.items():
        cells = [*_figure(votes[name]), *_figure(ceiling[name]), *_figure(plurality.get(name))]
        table.add_row(words, *cells)
    for setup, words in (("s1", "agreed, all"), ("s2", "agreed, without ties")):
        cells = [_fraction(part["counts"][setup]) for part in (votes, ceiling, plurality)]
        table.add_row(words, cells[0], "", cells[1], "", cells[2], "")
    return table


def _ranking(report: dict[str, Any]) -> Table:
    ranking = report["ranking"]
    table = Table("two boards", "", "limits", "halves of the raters", "n")
    for name, words in RANKED.items():
        halves = ranking["ceiling"].get(name)
        own = _figure(halves["half"])[0] if halves else ""
        table.add_row(words, *_figure(ranking[name]), own, str(ranking[name]["n"]))
    return table


def _ranks(report: dict[str, Any]) -> Table:
    table = Table("model", "rank", "rating", "judge's rank", "judge's rating", "moved")
    for row in report["ranks"]:
        cells = [
            text for side in ("human", "judge") for text in (_text(row[side]["rank"]), _rating(row[side]))
        ]
        moved = f"{row['moved']:+d}" if row["moved"] else ""
        table.add_row(escape(row["model"]), *cells, moved)
    return table


def _biases(report: dict[str, Any]) -> Iterator[str]:
    found = report["biases"]
    position = found["position"]
    yield f"First side of decided verdicts: {_said(position['first_share'])}"
    yield f"Verdicts that change with the order: {_said(position['flip_rate'])}"
    ties = found["tie_rate"]
    yield f"Ties: {_said(ties['judge'])}; {report['against']} {_said(ties['reference'])}"
    yield f"Win rates differ by {_said(found['model_bias']['mean'])} a model"
    for test in report["fitness"]["alternative_test"][-1:]:
        yield f"In the seat of an expert it beats (share of people): {_said(test['winning_rate'])}"
    if report["factors"]["alignment"]:
        apart = report["factors"]["alignment"]["misaligned"][0]
        yield f"What moves it most otherwise than people: {apart['property']} ({apart['apart']:+.3f} in tau)"
    for rule in report["panel"]["rules"][:1]:
        judges = ", ".join(report["panel"]["judges"])
        yield f"The majority of {judges} agrees with the plurality: {_said(rule['agreement'])}"
    calibration = report["calibration"]
    yield f"Calibration (ECE, {len(calibration['bins'])} bins): {_said(calibration['ece'])}"
    yield f"Brier over A, B and tie: {_said(calibration['multiclass_brier'])}"


def _splits(report: dict[str, Any]) -> Table:
    table = Table("part", "", "items", "agreement", "without ties", "kappa", f"kappa of {report['against']}")
    for part, rows in report["splits"].items():
        for row in rows if len(rows) > 1 else ():
            names = ("agreement", "agreement_no_ties", "cohen_kappa")
            cells = [_figure(row[name])[0] for name in names]
            own = _figure(row["ceiling"]["cohen_kappa"])[0]
            table.add_row(part, escape(str(row["value"])), f"{row['items']:,}", *cells, own)
    return table


def _title(report: dict[str, Any]) -> str:
    filters = [
        f"{name} {value}"
        for name, value in report["filters"].items()
        if value is not None and name != "resample"
    ]
    return " · ".join([report["arena"], report["dimension"], report["judge"], *filters])


def _figure(measure: dict[str, Any] | None) -> tuple[str, str]:
    if measure is None or measure["value"] is None:
        return "", ""
    limits = "" if measure["lower"] is None else f"{measure['lower']:.3f} – {measure['upper']:.3f}"
    return f"{measure['value']:.4f}", limits


def _said(measure: dict[str, Any]) -> str:
    if measure["value"] is None:
        return f"unknown, {measure['undefined']}"
    value, limits = _figure(measure)
    return f"{value} ({limits}; n {measure['n']:,})" if limits else f"{value} (n {measure['n']:,})"


def _fraction(counts: dict[str, Any]) -> str:
    return f"{counts['agreed']}/{counts['pairs']}" if counts["pairs"] else ""


def _rating(place: dict[str, Any]) -> str:
    return "" if place["rating"] is None else f"{place['rating']:.1f}"


def _text(value: int | None) -> str:
    return "" if value is None else str(value)


def _say(line: str) -> None:
    out.print(line, highlight=False, markup=False, soft_wrap=True)
