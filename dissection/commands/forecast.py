"""What a dissection would take: time by stage, memory and room on the disk, after a short trial."""

import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dissection.commands.echo import echo
from dissection.commands.reporting import Reporter
from dissection.commands.samples import open_network
from dissection.measurement.sample_choice import choose_sample
from dissection.measurement.settings import EFFECT_SIZE, DissectionSettings
from dissection.runtime.progress import Progress, Stopped

if TYPE_CHECKING:
    from dissection.data.sources import Source
    from dissection.models.classifiers.load import Network

#: Inputs of the trial: so many batches.
_BATCHES = 2
#: Inputs whose effects are traced in the trial.
_EFFECTS = 4
#: Seconds of trying brushes after which the rest is reckoned.
_ENOUGH = 5.0


def tell_forecast(settings: DissectionSettings, out: Path, report: Reporter) -> dict[str, Any]:
    """Try a small part, reckon the whole, and tell it.

    Args:
        settings: of the dissection that would be.
        out: where it would go.
        report: told of the trial.

    Returns:
        See ``tell_stages``.
    """
    network = open_network(settings)
    size = min(settings.size, _BATCHES * settings.batch)
    small = replace(settings, size=size, pictures=())
    source = choose_sample(network, small, report)
    trial = _Trial(network, small, source, report)
    stages = trial.stages(settings)
    return tell_stages(stages, trial.disk(settings), out, report)


def tell_stages(
    stages: Mapping[str, float], disk: int, out: Path, report: Reporter
) -> dict[str, Any]:
    """Tell what was reckoned, where anybody reads it.

    Args:
        stages: seconds of each.
        disk: bytes meanwhile.
        out: where it would go.
        report: of the trial.

    Returns:
        ``seconds`` by stage under ``stages`` and together, ``memory`` and ``disk`` in bytes,
        ``free``: bytes free where ``out`` would be; plain JSON values.
    """
    found: dict[str, Any] = {
        "seconds": round(sum(stages.values()), 3),
        "stages": {stage: round(seconds, 3) for stage, seconds in stages.items()},
        "memory": peak_memory(),
        "disk": disk,
        "free": free_bytes(out),
    }
    if not report.quiet:
        echo(
            f"About {found['seconds'] / 60:.1f} minutes, {found['memory'] / 2**30:.1f} GB of "
            f"memory, and {found['disk'] / 2**20:,.0f} MB on the disk meanwhile "
            f"({found['free'] / 2**30:.1f} GB are free)"
        )
        for stage, seconds in found["stages"].items():
            echo(f"{stage:16}{seconds:10.1f} s")
    return found


class _Trial:
    """A small dissection of the same kind, and how long its stages took."""

    def __init__(
        self, network: "Network", settings: DissectionSettings, source: "Source", report: Reporter
    ) -> None:
        from dissection.measurement.settings import MEMORY
        from dissection.models.generators.precision import choose_device
        from dissection.models.segmenters.load import load_segmenter
        from dissection.pipeline import dissect

        self._report = report
        self._brushes, self._since, self._rate, self._total = 0, 0.0, 0.0, 0
        where = choose_device(settings.device or "cpu")
        self._generates = source.generates
        effects = settings.effect_size
        if effects is None:
            effects = EFFECT_SIZE if source.generates else 0
        self._size, self._effects = len(source), min(effects, _EFFECTS, len(source))
        strength = min(settings.strength_size, 1) if source.generates else 0
        tried = replace(
            settings,
            effect_size=self._effects,
            strength_size=strength,
            relate_size=min(settings.relate_size, len(source)),
            memory=MEMORY,
            device=str(where),
        )
        segmenter = None
        if settings.labels is None:
            segmenter = load_segmenter(settings.segmenter or "storybook", str(where))
        self._timings: dict[str, float] = {}
        self._maps = 0
        with tempfile.TemporaryDirectory(prefix="dissection-forecast-") as folder:
            self._work = Path(folder) / "work"
            try:
                dissect(
                    network.module,
                    tried,
                    source,
                    segmenter,
                    report=self._tell,
                    work=self._work,
                    timings=self._timings,
                )
            except Stopped:
                if report.stop():
                    raise

    def stages(self, settings: DissectionSettings) -> dict[str, float]:
        """Seconds by stage of the whole."""
        larger = settings.size / self._size
        stages = {
            name: self._timings.get(name, 0.0) * larger for name in ("sampling", "statistics")
        }
        if self._effects:
            effects = EFFECT_SIZE if settings.effect_size is None else settings.effect_size
            effects = min(effects, settings.size)
            stages["effect"] = self._timings.get("effect", 0.0) * effects / self._effects
        if self._generates and settings.strength_size:
            rate = self._rate or 1.0
            stages["strength"] = self._total * _attempts(settings.strength_size) / rate
        if settings.relate_size:
            share = min(settings.relate_size, settings.size) / self._size
            stages["relations"] = self._timings.get("relations", 0.0) * share
        stages["pictures"] = self._timings.get("pictures", 0.0)
        return {name: seconds for name, seconds in stages.items() if seconds}

    def disk(self, settings: DissectionSettings) -> int:
        """Bytes of maps that are kept meanwhile."""
        return min(int(self._maps / self._size * settings.size), max(settings.memory, self._maps))

    def _tell(self, progress: Progress) -> bool:
        if progress.stage == "sampling":
            self._maps = sum(path.stat().st_size for path in self._work.glob("*.bin"))
        if progress.stage.startswith("trying brushes"):
            if not self._since:
                self._since, self._total = time.monotonic(), progress.total
            seconds = time.monotonic() - self._since
            if progress.done and seconds:
                self._rate = progress.done / seconds
            if seconds > _ENOUGH and progress.done:
                return False
        trial = replace(progress, stage=f"trial: {progress.stage}")
        return self._report(trial)


def _attempts(latents: int) -> float:
    """How many latents a brush sees in the mean, by successive halving."""
    from dissection.interventions.brush_trials import ROUNDS

    seen, tried, share = 0, 0.0, 1.0
    for end, left in ROUNDS:
        share *= left
        until = max(1, round(end * latents))
        tried += max(0, until - seen) * share
        seen = max(seen, until)
    return tried + 1  # the chosen ones are measured once more


def peak_memory() -> int:
    """Bytes that this process has had at most."""
    import torch

    if torch.cuda.is_available() and torch.cuda.max_memory_allocated():
        return int(torch.cuda.max_memory_allocated())
    if sys.platform == "win32":
        import psutil

        return int(psutil.Process().memory_info().peak_wset)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def free_bytes(out: Path) -> int:
    """Bytes free on the disk where a folder would be."""
    import shutil

    there = out.absolute()
    while not there.exists() and there != there.parent:
        there = there.parent
    return shutil.disk_usage(there).free
