"""What ``dissection ablate`` tells a person at its end."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dissection.interventions.ablation.result import Ablation

#: Pictures that were left out are named up to so many; all are in the provenance.
_LISTED = 5


def told(ablation: "Ablation") -> Iterator[str]:
    """What a person is told at the end: first what did not go as asked."""
    from dissection.commands.notices import describe_layers

    yield from _skipped(ablation)
    yield from describe_layers(ablation.provenance["layers"])
    yield from summary_lines(ablation)


def summary_lines(ablation: "Ablation") -> Iterator[str]:
    """The paper's headline figures, of this ablation."""
    import numpy as np

    held = ablation.held_out
    yield (
        f"{ablation.layer} of {ablation.model}: {ablation.units} units, {len(ablation.classes)} "
        f"classes, {held.counts.sizes.sum()} held-out pictures; units set to "
        f"{ablation.provenance['replacement']}"
    )
    silent = int(ablation.silent.sum())
    if silent:
        yield f"{silent} units are silent: taking them out changed nothing on any picture"
    close = int(held.close.sum() + ablation.training.close.sum())
    decisions = len(held.close) * int(
        held.counts.sizes.sum() + ablation.training.counts.sizes.sum()
    )
    yield f"{close} of {decisions} decisions lie within rounding"
    yield f"{'':34}{'one class':>10}{'control':>10}{'all classes':>13}{'control':>10}"
    whole = held.baseline[~np.isnan(held.baseline)]
    yield f"{'whole network':34}{_mean(whole):>10}{'':10}{held.counts.plain[0]:>13.1%}"
    for kind in ablation.sets.kinds:
        if kind.startswith("random: "):
            continue
        balanced, plain = ablation.without(kind)
        control = ["", ""]
        if f"random: {kind}" in ablation.sets.kinds and len(ablation.control(kind)[1]):
            control = [_mean(part) for part in ablation.control(kind)]
        yield f"{kind:34}{_mean(balanced):>10}{control[0]:>10}{_mean(plain):>13}{control[1]:>10}"
    finite = ablation.correlation[np.isfinite(ablation.correlation)]
    if finite.size:
        yield f"{(finite < 0).mean():.1%} of the correlations of units with classes are negative"
    if ablation.agreement is not None and np.isfinite(ablation.agreement).any():
        yield (
            "rank correlation of what is lost with the gradient's estimate: "
            f"{np.nanmean(ablation.agreement):.2f}"
        )


def _mean(values: Any) -> str:
    import numpy as np

    there = values[~np.isnan(values)]
    return f"{there.mean():.1%}" if there.size else "-"


def _skipped(ablation: "Ablation") -> Iterator[str]:
    """Pictures that were left out."""
    for sample in ("train", "held_out"):
        skipped = ablation.provenance[sample].get("skipped")
        if isinstance(skipped, dict) and skipped["count"]:
            few = "; ".join(skipped["files"][:_LISTED])
            more = ", and so on" if skipped["count"] > _LISTED else ""
            yield (f"{skipped['count']} pictures could not be used and were left out ({few}{more})")
