"""Pictures of what measures: the dialog, the list of jobs with units so far, published models."""

from pathlib import Path
from tempfile import TemporaryDirectory

from windows import keep, open_window, pause, wait

from ganpaint.jobs.dissect_dialog import DissectDialog
from ganpaint.jobs.job import JobState
from ganpaint.models.manager import ModelManager
from ganpaint.units.tab import Units
from ganpaint.window.main_window import MainWindow

_WORDS = ("dissect", "--model", "storybook-church", "--size", "2000")
_WORDS += ("--strength-size", "0", "--effect-size", "0", "--relate-size", "0")


def main() -> None:
    """Write all three."""
    window = open_window("--theme", "light", "--seed", "4")
    show_dialog(window)
    show_models(window)
    with TemporaryDirectory() as folder:
        show_jobs(window, Path(folder))
        window.close()


def show_dialog(window: MainWindow) -> None:
    """The dialog, with a forecast."""
    window.dissecting.dissect()
    dialog = window.dissecting.dialog
    assert isinstance(dialog, DissectDialog)
    wait(lambda: dialog.form.layers.count() > 0)
    dialog.form.layers.choose(["layer5", "layer6"])
    dialog.foretell.click()
    wait(lambda: dialog.forecast.text().startswith("About"), 500)
    keep(dialog, "dissect.webp")
    dialog.reject()


def show_models(window: MainWindow) -> None:
    """The manager."""
    actions = window.menus["Model"].actions()
    next(action for action in actions if action.text().startswith("&Models and")).trigger()
    manager = window.findChild(ModelManager)
    assert isinstance(manager, ModelManager)
    manager.choose("vgg16-places365")
    pause(500)
    keep(manager, "models.png")
    manager.close()


def show_jobs(window: MainWindow, folder: Path) -> None:
    """One that was stopped with its units so far on show, one that runs, one that waits."""
    tried, runs, _ = (
        window.jobs.submit(
            f"Dissect {layer} of storybook-church",
            [*_WORDS, "--layers", layer, "--out", str(folder / layer)],
            pause_after=seconds,
        )
        for layer, seconds in (("layer5", 30.0), ("layer7", 0.0), ("layer8", 0.0))
    )
    wait(lambda: tried.state == JobState.STOPPED)
    window.jobs_dock.panel.row(tried).open.click()
    window.jobs_dock.show()
    wait(lambda: runs.progress is not None and runs.progress.done > 0)
    tab = window.stack.tabs["units"]
    assert isinstance(tab, Units)
    tab.view.wait_for_pictures()
    pause(1000)
    window.context.message.hide()
    keep(window, "jobs.webp")
    for job in reversed(window.jobs.processes):
        job.stop()
    wait(lambda: not window.jobs.active)


if __name__ == "__main__":
    main()
