"""The steps of a run in its folder: stop and go on, a log of means, a sheet of samples."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dissection.data import images
from dissection.training.run_folder import SAMPLES, RunFolder


class SteppedRun(Protocol):
    """What takes steps.

    Attributes:
        step_number: steps taken.
        rows: of the log; kept in the state.
    """

    step_number: int
    rows: list[dict[str, Any]]

    def step(self) -> dict[str, float]:
        """One step; returns what is logged, means of it."""

    def state(self) -> dict[str, Any]:
        """What the run goes on from."""

    def samples(self) -> Iterable[NDArray[np.uint8]]:
        """Pictures (R, R, 3) that show how far it is."""


def take_steps(
    run: SteppedRun,
    folder: RunFolder,
    steps: int,
    save_every: int,
    columns: int,
    stop: Callable[[], bool],
    progress: Callable[[int, dict[str, float]], None],
) -> None:
    """Take steps until there are so many, or until it is stopped, and keep the run in its folder.

    Args:
        run: resumed before.
        folder: gets state.pt, a row of log.jsonl and samples.png at every save and at the end.
        steps: in all, with those taken before.
        save_every: steps between saves.
        columns: of the sheet of samples.
        stop: asked after each step; True saves and returns.
        progress: called after each step with (steps done, what the step returned).
    """
    told: list[dict[str, float]] = []

    def save() -> None:
        means = {key: round(float(np.mean([row[key] for row in told])), 6) for key in told[0]}
        run.rows.append({"step": run.step_number, **means})
        folder.save(run.state())
        folder.log(run.rows[-1])
        sheet = images.contact_sheet(list(run.samples()), columns=columns)
        images.write_picture(folder.path / SAMPLES, sheet)
        told.clear()

    while run.step_number < steps and not stop():
        told.append(run.step())
        progress(run.step_number, told[-1])
        if run.step_number % save_every == 0:
            save()
    if told:
        save()
