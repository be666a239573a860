"""What the checks found, as lines of text."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dissection.causal import Erasure, Findings, Insertion, Question
    from dissection.single_units import Agreement


def intervention_table(question: "Question", findings: "Findings") -> list[str]:
    """What zeroing and forcing units did, and which layers reach the aims."""
    from dissection.causal import LEAST_FALL, LEAST_RATIO, MOST_CHANGE, passing

    names = [row.layers for row in findings.erasures] + [row.layers for row in findings.insertions]
    width = max(len("+".join(layers)) for layers in names) + 2
    head = f"{'layer':{width}}{'order':8}{'asked':>6}{'units':>6}"
    erased, kept = question.erased, question.kept
    lines = [
        f"{erased} units set to zero everywhere, {findings.latents} latents; "
        f"{kept} outside of former {erased} areas:",
        f"{head}{'fell':>8}{'+-':>7}{'changed':>9}{'moved':>8}{'revealed':>10}",
        *(_erasure_row(row, width) for row in findings.erasures),
        "",
        f"{question.inserted} units forced on at one cell, on {question.home} (home) and on "
        f"{question.foreign} (foreign), pixels of {question.inserted} gained for each cell "
        f"(a picture has {findings.usual:.1f}):",
        f"{head}{'home':>8}{'+-':>7}{'foreign':>9}{'+-':>7}{'ratio':>8}{'cells':>13}",
        *(_insertion_row(row, width) for row in findings.insertions),
        "",
    ]
    reached = passing(findings)
    aims = (
        ("erase", f"{erased} falls by {LEAST_FALL:.0%} and {kept} changes under {MOST_CHANGE:.0%}"),
        ("insert", f"{question.inserted} grows {LEAST_RATIO:g} times as much on {question.home}"),
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


def agreement_table(found: "list[Agreement]") -> list[str]:
    """How well effect and IoU rank the units, by layer and concept, and on average."""
    lines = [
        f"{'':44}{'rank correlation':>18}{'first 20':>16}",
        f"{'layer':12}{'concept':16}{'category':10}{'area':>6}{'effect':>11}{'IoU':>7}"
        f"{'effect':>9}{'IoU':>7}",
    ]
    lines += [_agreement_row(a) for a in found]
    for name in dict.fromkeys(a.layer for a in found):
        here = [a for a in found if a.layer == name]
        columns = zip(*(_figures(a) for a in here), strict=True)
        means = [_mean([v for v in column if v is not None]) for column in columns]
        lines.append(f"{name:12}{f'mean of {len(here)}':32}{_cells(means)}")
    return lines


def _agreement_row(a: "Agreement") -> str:
    return (
        f"{a.layer:12}{a.concept.name:16}{a.concept.category:10}{a.area:6.1%}{_cells(_figures(a))}"
    )


def _figures(a: "Agreement") -> list[float | None]:
    return [a.effect, a.iou, a.first_by_effect, a.first_by_iou]


def _cells(figures: list[float | None]) -> str:
    widths = (11, 7, 9, 7)
    return "".join(f"{_number(f):>{w}}" for f, w in zip(figures, widths, strict=True))


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
