"""What the checks found, as lines of text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dissection.interventions.agreement import Agreement, LayerAgreement, Spread
    from dissection.interventions.plan import Erasure, Findings, Insertion, InterventionPlan


def intervention_table(plan: "InterventionPlan", findings: "Findings") -> list[str]:
    """What zeroing and forcing units did, and which layers reach the aims."""
    from dissection.interventions.plan import LEAST_FALL, LEAST_RATIO, MOST_CHANGE, passing

    names = [row.layers for row in findings.erasures] + [row.layers for row in findings.insertions]
    width = max(len("+".join(layers)) for layers in names) + 2
    head = f"{'layer':{width}}{'order':8}{'asked':>6}{'units':>6}"
    erased, kept = plan.erased, plan.kept
    lines = [
        f"{erased} units set to zero everywhere, {findings.latents} latents; "
        f"{kept} outside of former {erased} areas:",
        f"{head}{'fell':>8}{'+-':>7}{'changed':>9}{'moved':>8}{'revealed':>10}",
        *(_erasure_row(row, width) for row in findings.erasures),
        "",
        f"{plan.inserted} units forced on at one cell, on {plan.home} (home) and on "
        f"{plan.foreign} (foreign), pixels of {plan.inserted} gained for each cell "
        f"(a picture has {findings.usual:.1f}):",
        f"{head}{'home':>8}{'+-':>7}{'foreign':>9}{'+-':>7}{'ratio':>8}{'cells':>13}",
        *(_insertion_row(row, width) for row in findings.insertions),
        "",
    ]
    reached = passing(findings)
    aims = (
        ("erase", f"{erased} falls by {LEAST_FALL:.0%} and {kept} changes under {MOST_CHANGE:.0%}"),
        ("insert", f"{plan.inserted} grows {LEAST_RATIO:g} times as much on {plan.home}"),
    )
    for key, aim in aims:
        lines.append(f"{aim}: {', '.join(reached[key]) or 'in no layer'}")
    return lines


def _head(row: "Erasure | Insertion", width: int) -> str:
    return f"{'+'.join(row.layers):{width}}{row.order:8}{row.k:6}{row.units:6}"


def _erasure_row(row: "Erasure", width: int) -> str:
    return (
        f"{_head(row, width)}{_share(row.fell):>8}{row.fell_error:>7.1%}{_share(row.changed):>9}"
        f"{_share(row.moved):>8}{_share(row.revealed):>10}{'  reached' if row.passed else ''}"
    )


def _insertion_row(row: "Insertion", width: int) -> str:
    ratio = "-" if row.ratio is None else f"{row.ratio:.1f}"
    return (
        f"{_head(row, width)}{row.home:8.2f}{row.home_error:7.2f}{row.foreign:9.2f}"
        f"{row.foreign_error:7.2f}{ratio:>8}{row.home_cells:7}{row.foreign_cells:6}"
        f"{'  reached' if row.passed else ''}"
    )


def agreement_table(
    agreements: "Sequence[Agreement]", layers: "Sequence[LayerAgreement]", concepts: bool
) -> list[str]:
    """How well effect and IoU rank the units, on average over the concepts and for each."""
    head = f"{'rank correlation':>39}{'first 20':>16}"
    lines = []
    if concepts:
        lines += [f"{'':44}{head}", f"{'layer':12}{'concept':16}{'category':10}{'area':>6}{_HEAD}"]
        lines += [_agreement_row(a) for a in agreements]
        lines.append("")
    lines += [f"{'':26}{head}", f"{'layer':10}{'units':>6}{'concepts':>10}{_HEAD}"]
    for layer in layers:
        start = f"{layer.layer:10}{layer.units:6}{layer.concepts:10}"
        correlations = [layer.effect, layer.iou, layer.halves]
        firsts = [layer.first_by_effect, layer.first_by_iou]
        lines.append(start + _spreads(correlations, firsts))
    lines += [
        "",
        "Mean and standard deviation over the concepts. halves: the losses on one half of the "
        "latents with those on the other; where these do not agree, nothing can agree with both.",
    ]
    return lines


_HEAD = f"{'effect':>13}{'IoU':>13}{'halves':>13}{'effect':>9}{'IoU':>7}"


def _agreement_row(a: "Agreement") -> str:
    start = f"{a.layer:12}{a.concept.name:16}{a.concept.category:10}{a.area:6.1%}"
    correlations = "".join(f"{_number(f):>13}" for f in (a.effect, a.iou, a.halves))
    return f"{start}{correlations}{_number(a.first_by_effect):>9}{_number(a.first_by_iou):>7}"


def _spreads(correlations: "Sequence[Spread | None]", firsts: "Sequence[Spread | None]") -> str:
    spreads = ["-" if s is None else f"{s.mean:.2f} ±{s.deviation:.2f}" for s in correlations]
    means = [_number(None if s is None else s.mean) for s in firsts]
    return "".join(f"{text:>13}" for text in spreads) + f"{means[0]:>9}{means[1]:>7}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
