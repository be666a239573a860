"""How many images/s a run trains at each resolution, on its own networks, before it begins."""

import time
from collections.abc import Callable

from dissection.training.generator import GeneratorTraining
from dissection.training.growing import never

#: s that steps with and without the penalty are timed for, and how many there are at least.
SECONDS = {True: 0.3, False: 1.0}
_FEWEST = 2


def measure(
    run: GeneratorTraining,
    stop: Callable[[], bool] = never,
    report: Callable[[int, float], None] = lambda *_: None,
) -> tuple[float, ...] | None:
    """Images/s at 4, 8, ... px, with the penalty in its share; None if stopped.

    Real steps are taken and undone: the run is as before, and what its steps need (kernels chosen,
    graphs captured) is ready.

    Args:
        run: one that has not taken a step.
        stop: asked between steps.
        report: called with (px, images/s) after each resolution.
    """
    weights = run.copied_weights()
    speeds = []
    if not run.supply(stop):
        return None
    try:
        for stage in range(len(run.settings.units)):
            speeds.append(speed_at(run, stage, stop))
            if stop():
                return None
            report(4 << stage, speeds[-1])
    finally:
        run.forget(weights)
    return tuple(speeds)


def speed_at(run: GeneratorTraining, stage: int, stop: Callable[[], bool] = never) -> float:
    """Images/s at one resolution, by rehearsed steps; any number once ``stop()`` is true."""
    every, batch = run.settings.penalty_every, run.settings.plan.batch[stage]
    with_penalty, plain = _step(run, stage, True, stop), _step(run, stage, False, stop)
    return batch * every / (with_penalty + (every - 1) * plain)


def _step(run: GeneratorTraining, stage: int, penalty: bool, stop: Callable[[], bool]) -> float:
    """Seconds of one step; any number once ``stop()`` is true."""
    for _ in range(run.stepper.warm):
        if not stop():
            run.rehearse(stage, penalty)
    run.stepper.wait()
    steps, start = 0, time.monotonic()
    while steps < _FEWEST or time.monotonic() - start < SECONDS[penalty]:
        if stop():
            break
        run.rehearse(stage, penalty)
        steps += 1
    run.stepper.wait()
    return (time.monotonic() - start) / max(steps, 1)
