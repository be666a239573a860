"""A generator's training in its folder: resumed, reported, saved now and then, planned by time."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dissection.data import images
from dissection.errors import BadInputError
from dissection.training.generator import GeneratorTraining
from dissection.training.growing import Growing, never
from dissection.training.growth import GrowthPlan
from dissection.training.measure import measure
from dissection.training.run_folder import SAMPLES, RunFolder, stored_settings
from dissection.training.schedule import plan_for, replan
from dissection.training.settings import GeneratorSettings
from dissection.training.snapshots import is_due, keep_snapshot
from dissection.training.stepper import Speed

_TELLING = 10.0  # s at a resolution before its own speed is believed rather than the measured one


@dataclass(frozen=True)
class Report:
    """What a run says of itself now and then; losses are means since the last report.

    Attributes:
        speeds: images/s at each resolution trained so far, by px; waiting for pictures counts.
        minutes: that the run has taken so far, all commands together.
    """

    shown: int
    total: int
    size: int
    alpha: float
    loss_discriminator: float
    loss_generator: float
    score_real: float
    score_fake: float
    images_per_second: float
    speeds: dict[str, float] = field(default_factory=dict)
    minutes: float = 0.0


class _Clock:
    """Time taken: in all, and images with their seconds at each resolution."""

    def __init__(self, started: float) -> None:
        self._started = started
        self._before = 0.0
        self.by_size: dict[str, list[float]] = {}

    @property
    def seconds(self) -> float:
        return self._before + time.monotonic() - self._started

    def add(self, size: int, shown: int, seconds: float) -> None:
        counted = self.by_size.setdefault(str(size), [0, 0.0])
        counted[0] += shown
        counted[1] += seconds

    @property
    def speeds(self) -> dict[str, float]:
        return {size: round(n / s, 2) for size, (n, s) in self.by_size.items() if s}

    def believed(self, measured: tuple[float, ...]) -> list[float]:
        """Images/s at 4, 8, ... px: as trained where that was long enough, else as measured."""
        trained = {int(size): n / s for size, (n, s) in self.by_size.items() if s > _TELLING}
        return [trained.get(4 << k, speed) for k, speed in enumerate(measured)]

    def state(self) -> dict[str, Any]:
        return {"seconds": self.seconds, "by_size": self.by_size}

    def restore(self, state: dict[str, Any]) -> None:
        self._before, self.by_size = state["seconds"], state["by_size"]


def train_generator(
    settings: GeneratorSettings,
    pictures: NDArray[np.uint8] | Growing,
    out: Path,
    *,
    device: str = "cpu",
    speed: Speed = "auto",
    save_every: float = 120.0,
    started: float | None = None,
    stop: Callable[[], bool] = never,
    progress: Callable[[int, int], None] = lambda *_: None,
    report: Callable[[Report], None] = lambda _: None,
    saved: Callable[[GeneratorTraining], None] = lambda _: None,
    snapshots: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> GeneratorTraining:
    """Run, or go on with, the training in folder ``out`` until its plan is done.

    With ``settings.minutes`` the plan is made here: a new run measures its speed first; one that
    goes on keeps its plan, or, if it had other minutes, plans what is left anew.

    Args:
        settings: what decides the result; with ``minutes`` only the batches of its plan count.
        pictures: uint8 (N, S, S, 3), all there or growing.
        out: the run's folder: state, log, sample sheets.
        device: "cpu" or "cuda".
        speed: how steps are run; see ``Stepper``.
        save_every: seconds between states and sample sheets.
        started: ``time.monotonic()`` when the time began to count; now if not given.
        stop: asked after each step; True saves the state and returns.
        progress: called after each step with (images shown, images of the plan).
        report: called at each save and at the end.
        saved: called after each save.
        snapshots: folder for the averaged generator along the way (``training.snapshots``).
        say: gets a sentence when something is worth telling.

    Returns:
        The training as it stands; ``average.at_stage`` gives the published form.
    """
    clock = _Clock(time.monotonic() if started is None else started)
    wanted_minutes = settings.minutes
    settings = _with_stored_plan(settings, out)
    # First what settings can turn out to be wrong by: a folder that keeps them takes no others.
    run = GeneratorTraining(settings, pictures, device, speed, say)
    with RunFolder(out, asdict(settings), defaults=GeneratorSettings.defaults()) as folder:
        _train_in(
            folder, run, clock, wanted_minutes, save_every=save_every, stop=stop,
            progress=progress, report=report, saved=saved, snapshots=snapshots, say=say,
        )  # fmt: skip
        return run


def _train_in(
    folder: RunFolder,
    run: GeneratorTraining,
    clock: _Clock,
    wanted_minutes: float,
    *,
    save_every: float,
    stop: Callable[[], bool],
    progress: Callable[[int, int], None],
    report: Callable[[Report], None],
    saved: Callable[[GeneratorTraining], None],
    snapshots: Path | None,
    say: Callable[[str], None],
) -> None:
    """Go on with a run in its folder until its plan is done or ``stop`` says so."""
    settings = run.settings

    def restore(state: dict[str, Any]) -> None:
        run.restore(state)
        if "clock" in state:
            clock.restore(state["clock"])

    folder.resume(restore)
    if wanted_minutes and not settings.speeds:
        planned = _measured(run, clock, stop, say)
        if planned is None:
            return
        run.settings = planned
    elif wanted_minutes != settings.minutes:
        run.settings = _planned_anew(run, clock, wanted_minutes)
    if run.settings is not settings:
        settings = run.settings
        folder.keep_settings(asdict(settings))
    if wanted_minutes:
        say(_told(settings))
    plan = settings.plan
    since, shown_before = time.monotonic(), run.shown
    size_since, size_shown = since, run.shown

    def take_time() -> None:
        """Book what was shown at the resolution of the last step."""
        nonlocal size_since, size_shown
        if run.shown > size_shown:
            run.stepper.wait()
            now = time.monotonic()
            clock.add(plan.at(run.shown - 1).size, run.shown - size_shown, now - size_since)
        size_since, size_shown = time.monotonic(), run.shown

    def save() -> None:
        nonlocal since, shown_before, size_since
        take_time()
        means = run.means()
        seconds = time.monotonic() - since
        phase = plan.at(max(run.shown - 1, 0))
        said = Report(
            run.shown,
            plan.total,
            phase.size,
            phase.alpha,
            **means,
            images_per_second=(run.shown - shown_before) / max(seconds, 1e-9),
            speeds=clock.speeds,
            minutes=round(clock.seconds / 60, 3),
        )
        folder.save(run.state() | {"clock": clock.state()})
        folder.log(asdict(said))
        sheet = images.contact_sheet(list(run.samples()), columns=10)
        images.write_picture(folder.path / SAMPLES, sheet)
        report(said)
        saved(run)
        since, shown_before = time.monotonic(), run.shown
        size_since = since

    while run.shown < plan.total and not stop():
        if not run.supply(stop):
            break
        before = run.shown
        run.step()
        if snapshots and is_due(plan, before, run.shown):
            keep_snapshot(snapshots, run, plan.at(before).stage, settings.data)
        if run.shown < plan.total and plan.at(run.shown).size != plan.at(run.shown - 1).size:
            take_time()
        progress(run.shown, plan.total)
        if time.monotonic() - since > save_every:
            save()
    if run.shown > shown_before:
        save()


def _with_stored_plan(settings: GeneratorSettings, out: Path) -> GeneratorSettings:
    """With the plan, minutes and speeds of the run that goes on, if it was planned by time."""
    stored = stored_settings(out)
    if not settings.minutes or not stored or not stored.get("speeds"):
        return settings
    plan = GrowthPlan(*(tuple(stored["plan"][part]) for part in ("images", "fade", "batch")))
    if plan.batch != settings.plan.batch:
        batches = [",".join(map(str, p.batch)) for p in (plan, settings.plan)]
        raise BadInputError(
            f"The folder {out} holds a run with --batch {batches[0]}, not {batches[1]}; resume it "
            "with the same batches, or name another folder with --out."
        )
    return replace(settings, plan=plan, minutes=stored["minutes"], speeds=tuple(stored["speeds"]))


def _measured(
    run: GeneratorTraining,
    clock: _Clock,
    stop: Callable[[], bool],
    say: Callable[[str], None],
) -> GeneratorSettings | None:
    speeds = measure(
        run, stop, lambda size, speed: say(f"{size} px: {speed:,.4g} images/s (measured)")
    )
    if speeds is None:
        return None
    left = run.settings.minutes * 60 - clock.seconds
    plan = plan_for(left, speeds, run.settings.plan.batch, run.settings.shares)
    return replace(run.settings, plan=plan, speeds=speeds)


def _planned_anew(run: GeneratorTraining, clock: _Clock, minutes: float) -> GeneratorSettings:
    speeds = clock.believed(run.settings.speeds)
    left = minutes * 60 - clock.seconds
    plan = replan(run.settings.plan, run.shown, left, speeds, run.settings.shares)
    return replace(run.settings, plan=plan, minutes=minutes)


def _told(settings: GeneratorSettings) -> str:
    parts = [f"{4 << k} px {count:,}" for k, count in enumerate(settings.plan.images) if count]
    return f"{settings.minutes:g} minutes: {', '.join(parts)} images"
