"""An experiment that tests add to the catalog, and helpers of the Experiments tab's tests."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from ganpaint.experiments.tab import Experiments
from ganpaint.experiments.view import ExperimentsView
from ganpaint.jobs.job import ENDED, Job
from ganpaint.window.main_window import MainWindow

PAINTED = '''
"""Curves, bars, a map and pictures, made of nothing."""

import time

import numpy as np

from dissection.experiments.experiment import Experiment
from dissection.experiments.result import Measured
from dissection.experiments.settings import ExperimentSettings, setting
from dissection.report.figures import (
    Bars, Curves, Heat, Points, Rule, SceneLink, Series, Sheet, UnitLink,
)
from dissection.runtime.accumulator import Accumulator
from dissection.runtime.progress import Meter


class Settings(ExperimentSettings):
    units: int = setting(4, "How many units.", least=1, most=32, quick=2, paper=30)
    share: float = setting(0.5, "A share.", least=0, most=1)
    dissection: str = setting("", "A dissection; empty: none.", kind="dissection")
    names: tuple[str, ...] = setting(("a", "b"), "Names, with commas.")
    loud: bool = setting(False, "Whether it is loud.")


def run(settings, execution):
    units = list(range(settings.units))
    kept = Accumulator(execution.work, "steps", {"steps": np.zeros(settings.units, np.int64)})
    meter = Meter(execution.report, "painting", settings.units, kept.place[0])
    for unit in range(kept.place[0], settings.units):
        time.sleep(0.2 if settings.loud else 0.0)
        kept["steps"][unit] = unit + 1
        kept.keep(unit + 1)
        meter.step()
    table = {"layer": ["layer3"] * len(units), "unit": units, "share": [u / 7 for u in units]}
    return Measured(
        {"units": table, "scenes": {"scene": [5, 9], "told": ["five", None]}},
        {"units": len(units), "steps": int(kept["steps"].sum())},
        ["all of them were counted"],
        {"map": np.arange(6, dtype=float).reshape(2, 3)},
        {"scenes": np.full((2, 2, 8, 8, 3), 200, np.uint8)},
    )


def figures(result):
    table = result.table("units")
    links = [UnitLink("layer3", unit) for unit in table["unit"]]
    series = Series("share", table["unit"], table["share"], [0.1] * len(links), links=links)
    control = Series("control", table["unit"], [0.0] * len(links), control=True)
    rows = [SceneLink(5), SceneLink(5), SceneLink(9), SceneLink(9)]
    return {
        "curve": Curves("fall", "unit", "share", (series, control), (Rule(0.3, "bar"),)),
        "points": Points("points", "unit", "share", (series,)),
        "bars": Bars("bars", "share", ["u"] * len(links), (Series("", (), table["share"]),)),
        "map": Heat("map", result.arrays["map"], "number", signed=True),
        "scenes": Sheet("scenes", result.pictures["scenes"], ["5", "9"], ["a", "b"], rows),
    }


EXPERIMENT = Experiment(
    name="painted", title="Painted squares", figure="Nobody 2000, figure 1",
    idea="Squares <b>grow.", settings=Settings, run=run, figures=figures, takes="A moment.",
)
'''


def show(window: MainWindow) -> ExperimentsView:
    window.stack.show_tab("experiments")
    tab = window.stack.tabs["experiments"]
    assert isinstance(tab, Experiments)
    return tab.view


def opened(view: ExperimentsView, qtbot: QtBot, folder: Path, beside: bool = False) -> None:
    with qtbot.waitSignal(view.settled, timeout=10_000):
        view.open(folder, beside)


def ended(window: MainWindow, qtbot: QtBot) -> Job:
    """The last job, when it has come to its end."""
    job = window.jobs.jobs[-1]
    qtbot.waitUntil(lambda: job.state in ENDED, timeout=600_000)
    return job
