"""What an ablation would take: time by stage, memory and room on the disk, after a short trial."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dissection.commands.forecast import tell_stages
from dissection.commands.reporting import Reporter
from dissection.runtime.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from dissection.interventions.ablation.classes import ClassSource
    from dissection.models.classifiers.load import Network

#: Pictures of each sample that are tried: so many batches.
BATCHES = 2
#: Pictures whose gradients are traced in the trial.
_EFFECTS = 8
_OF_TRAINING = ("means", "training units")


def tell_ablation_forecast(
    network: "Network",
    layer: str,
    sources: "Sequence[ClassSource]",
    totals: Sequence[int],
    effect_size: int,
    out: Path,
    report: Reporter,
    settings: "dict[str, Any]",
) -> dict[str, Any]:
    """Ablate a few pictures, reckon the whole, and tell it.

    Args:
        network: the classifier.
        layer: whose units.
        sources: a few training and held-out pictures.
        totals: how many pictures the whole has of each.
        effect_size: training pictures to trace gradients over.
        out: where the result would go.
        report: told of the trial.
        settings: further arguments of ``ablate``.

    Returns:
        See ``tell_stages``.
    """
    from dissection.interventions.ablation.sweep import ablate

    train, held_out = sources
    tried = min(effect_size, _EFFECTS, len(train))
    timings: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="dissection-forecast-") as folder:
        work = Path(folder) / "work"
        ablate(
            network.module, layer, train, held_out,
            **settings, effect_size=tried, report=_trial(report), work=work, keep_work=True,
            timings=timings,
        )  # fmt: skip
        written = sum(path.stat().st_size for path in work.rglob("*") if path.is_file())
    ratios = [total / len(source) for total, source in zip(totals, sources, strict=True)]
    stages = {}
    for stage, seconds in timings.items():
        ratio = ratios[0] if stage in _OF_TRAINING else ratios[1]
        if stage == "effect":
            ratio = min(effect_size, totals[0]) / tried
        stages[stage] = round(seconds * ratio, 3)
    return tell_stages(stages, int(written * max(ratios)), out, report)


def _trial(report: Reporter) -> "Callable[[Progress], bool]":
    def tell(progress: Progress) -> bool:
        return report(replace(progress, stage=f"trial: {progress.stage}"))

    return tell
