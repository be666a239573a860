"""How fast units are browsed: until a layer shows, frames while it scrolls, memory of its pictures.

    python benchmarks/browse.py [--units 512] [--seconds 3]

Two layers of 512 units are made for it: one with stored pictures, and one whose pictures a
small generator makes as they come into view. ``screen`` is the time from choosing the layer
to the first full screen of tiles, ``pictures`` until all of them have theirs. A frame is one step
of the scroll bar, the whole grid drawn anew: ``frames/s`` on the wall, which other programs slow
down, and the processor time of the thread that draws, which they hardly change; up to 16.7 ms of it
are 60 frames a second. ``again`` is that of a second way through, when all pictures are there.
``memory`` is what the layer and its pictures take, ``leak`` what twenty openings and closings of a
dissection leave.
"""

import argparse
import gc
import os
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEventLoop, QTimer

from dissection.models.generators.checkpoints import save_generator
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.results.dissection import Dissection
from dissection.results.layer_dissection import LayerDissection
from dissection.results.sheets import Sheets
from dissection.results.store import load_dissection, save_dissection
from dissection.runtime.files import file_digest
from dissection.runtime.resources import resources_folder
from dissection.statistics.histogram import Histogram
from dissection.statistics.tally import Tally
from ganpaint.__main__ import parser
from ganpaint.toolkit.settings import Settings
from ganpaint.units.tab import Units
from ganpaint.units.view import UnitsView
from ganpaint.window.application import make_application, make_window
from ganpaint.window.main_window import MainWindow

MODEL, LAYER = "storybook-church", "layer4"  # 8 x 8 cells


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--units", type=int, default=512)
    options.add_argument("--seconds", type=float, default=3.0)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="browse-") as folder:
        browse(Path(folder), chosen.units, chosen.seconds)


def browse(folder: Path, units: int, seconds: float) -> None:
    model = folder / "wide.safetensors"
    save_generator(ProgressiveGenerator((64, units, 16), depth=512), model, {})
    stored = load_dissection(resources_folder() / "dissections" / MODEL)
    save_dissection(widened(stored, units, file_digest(model)), folder / "wide")
    make_application()
    options = ["--model", str(model), "--dissection", str(folder / "wide")]
    window = make_window(parser().parse_args(options), Settings())
    window.resize(1600, 1000)
    window.show()
    live = window.context.live
    assert live is not None, "the window paints"
    settled: list[bool] = []
    live.settled.connect(lambda: settled.append(True))
    wait(lambda: window.context.dissection is not None and settled)  # torch is loaded, too
    window.stack.show_tab("units")
    tab = window.stack.tabs["units"]
    assert isinstance(tab, Units)
    view = tab.view
    print(
        f"{'layer':10} {'screen':>9} {'pictures':>9} {'frames/s':>9} {'worst':>8} "
        f"{'CPU a frame':>12} {'again':>9} {'memory':>9}"
    )
    for layer in ("made", "stored"):
        print(row(view, layer, seconds))
    print(f"leak       {leak(window, view):.1f} MB after twenty dissections opened and closed")
    window.close()


def widened(dissection: Dissection, units: int, network: str) -> Dissection:
    """Two layers of so many units each, those of a measured one over and over."""
    part = dissection[LAYER]
    assert part.pictures is not None, "the bundled dissection stores pictures of it"
    strips = np.stack([part.pictures[u % part.shape[0]] for u in range(units)])
    wide = repeated(part, units)
    layers = {
        "layer3": replace(wide, name="layer3", pictures=Sheets.of(strips)),
        LAYER: replace(wide, pictures=None),
    }
    provenance = {**dissection.provenance, "network": network}
    return replace(dissection, measured=layers, strengths=(), provenance=provenance)


def repeated(part: LayerDissection, units: int) -> LayerDissection:
    places = np.arange(units) % part.shape[0]
    tally, histogram = part.counts, part.histogram
    assert histogram is not None, "measured layers have histograms"
    return replace(
        part,
        shape=(units, *part.shape[1:]),
        threshold_table=part.threshold_table[:, places],
        tally=Tally(
            tally.intersection[..., places],
            tally.activated[..., places],
            tally.area,
            tally.pixels,
            tally.categories,
        ),
        exemplars=part.exemplars[places],
        peaks=part.peaks[places],
        effect=None if part.effect is None else part.effect[:, places],
        histogram=Histogram(
            histogram.lowest[places], histogram.highest[places], histogram.bins[places]
        ),
        detectors=None,
        relations=None,
        clarity=None,
    )


def row(view: UnitsView, layer: str, seconds: float) -> str:
    """One line of the table."""
    name = "layer3" if layer == "stored" else LAYER
    view.browsed.choose_layer("layer3" if name == LAYER else LAYER)
    settle()
    finish(view)
    view.pictures.forget()
    gc.collect()
    before = memory()
    started = time.perf_counter()
    view.browsed.choose_layer(name)
    view.grid.repaint()
    screen = time.perf_counter() - started
    finish(view)
    pictures = time.perf_counter() - started
    frames, busy = scroll(view, seconds)
    finish(view)
    _, busy_again = scroll(view, seconds)
    finish(view)
    rate = len(frames) / sum(frames)
    more = memory() - before
    worst = max(frames) * 1000
    return (
        f"{layer:10} {screen:>7.3f} s {pictures:>7.2f} s {rate:>9.0f} {worst:>5.0f} ms "
        f"{busy * 1000:>9.1f} ms {busy_again * 1000:>6.1f} ms {more:>6.0f} MB"
    )


def scroll(view: UnitsView, seconds: float) -> tuple[list[float], float]:
    """Seconds of each frame while the layer scrolls to the end and back, and this thread's CPU.

    In as many steps as 60 frames a second have: how much is new in a frame does not depend on what
    else the machine does.
    """
    bar = view.grid.verticalScrollBar()
    most, frames = bar.maximum(), []
    steps = round(60 * seconds)
    busy = time.thread_time()
    for place in range(1, steps + 1):
        begun = time.perf_counter()
        way = 2 * place / steps
        bar.setValue(round(most * (way if way <= 1 else 2 - way)))
        view.grid.viewport().repaint()
        step(0)
        frames.append(time.perf_counter() - begun)
    return frames, (time.thread_time() - busy) / len(frames)


def leak(window: MainWindow, view: UnitsView) -> float:
    """Megabytes that opening and closing dissections leaves, after the first few."""
    used = []
    for _ in range(20):
        opened = load_dissection(resources_folder() / "dissections" / MODEL)
        view.browsed.open(opened, resources_folder() / "dissections" / MODEL)
        view.grid.repaint()
        finish(view)
        view.browsed.choose_unit(view.model.units[0])
        settle()
        window.context.remove_dissection(window.context.dissections[-1])
        del opened
        settle()
        gc.collect()
        used.append(memory())
    return statistics.median(used[-5:]) - statistics.median(used[5:10])


def memory() -> float:
    """Megabytes that the process holds."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    sys.exit("browse: this system does not tell a process's memory")


def finish(view: UnitsView, patience: float = 600) -> None:
    """Until all pictures that were asked for are there, or patience ends."""
    started = time.perf_counter()
    while view.pictures.waiting and time.perf_counter() - started < patience:
        step(5)


def settle() -> None:
    step(200)


def step(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def wait(there: object, patience: float = 300) -> None:
    started = time.perf_counter()
    while not there() and time.perf_counter() - started < patience:  # type: ignore[operator]
        step(20)


if __name__ == "__main__":
    main()
