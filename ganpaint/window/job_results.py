"""What jobs made, shown in the tab that it belongs to; whoever looks at another tab is told."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from dissection.results.dissection import Dissection
from dissection.results.store import load_dissection
from ganpaint.jobs.job import Job, JobState
from ganpaint.jobs.job_list import JobList
from ganpaint.jobs.process_job import ProcessJob
from ganpaint.tabs.context import LoadedDissection, WindowContext
from ganpaint.toolkit.background import Background
from ganpaint.window.jobs_dock import JobsDock


class JobResults(QObject):
    """Takes what a job made when it ends, and again when somebody opens it in the panel of jobs.

    Args:
        context: hands it to the tabs; where sentences go.
        jobs: whose ends are awaited.
        dock: shows them.
        parent: owns this.
    """

    def __init__(
        self, context: WindowContext, jobs: JobList, dock: JobsDock, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._context, self._jobs = context, jobs
        self._background = Background(self)
        self._awaited: tuple[Path, str] | None = None
        context.dissections_changed.connect(self._show_awaited)
        jobs.ended.connect(self._take_end)
        dock.panel.opened.connect(self._open)

    def close(self) -> None:
        """Wait for what is being read."""
        self._background.close()

    def take(self, path: Path, then: Callable[[Dissection], None] | None = None) -> None:
        """Have a dissection at hand: its brushes if it is of the generator in use, and its units.

        It is read beside the GUI thread; what is wrong with it is told.

        Args:
            path: its folder, or the file of another program's.
            then: called with it, once it is at hand.
        """
        say = self._context.message.say

        def have(dissection: Dissection) -> None:
            self._have(path, dissection)
            if then is not None:
                then(dissection)

        self._background.do(
            partial(load_dissection, path), have, lambda sentence: say(sentence, "error")
        )

    def _have(self, path: Path, dissection: Dissection) -> None:
        provisional = "provisional" in dissection.provenance
        same = dissection.is_of(self._context.model.digest)
        if same and not provisional and not self._knows_better(dissection):
            self._context.dissected.emit(path)
        elif self._loaded(path) is None:
            called = f"{dissection.model}{' (provisional)' if provisional else ''}"
            self._context.add_dissection(LoadedDissection(called, dissection, path))
        layers = ", ".join(dissection.layers)
        self._context.message.say(
            f"{'Units so far of' if provisional else 'Measured:'} {layers} of {dissection.model}.",
            "info",
            "Show units",
            lambda: self._show_units(path, dissection.layers[-1]),
        )

    def _knows_better(self, dissection: Dissection) -> bool:
        """Whether the dissection in use has all these layers, of a larger sample."""
        known = self._context.dissection
        if known is None or not set(dissection.layers) <= set(known.layers):
            return False
        return _sample_size(known) > _sample_size(dissection)

    def _loaded(self, path: Path) -> LoadedDissection | None:
        """The dissection of a folder, if it is at hand."""
        found = (each for each in self._context.dissections if each.folder == path)
        return next(found, None)

    def _show_units(self, path: Path, layer: str) -> None:
        """Show the units of what was read; of the generator in use, of all that is known of it."""
        loaded = self._loaded(path) or next(iter(self._context.dissections), None)
        if loaded is None or layer not in loaded.dissection:
            self._awaited = path, layer  # the painter has not read it yet
            return
        self._awaited = None
        self._context.show_dissection(loaded)
        self._context.selection.choose_layer(layer)

    def _show_awaited(self) -> None:
        if self._awaited is not None:
            self._show_units(*self._awaited)

    def _take_end(self, job: Job) -> None:
        result = job.result
        if job.state == JobState.DONE and "dissection" in result:
            self.take(Path(str(result["dissection"])))
        elif job.state == JobState.DONE and "ablation" in result:
            self._take_ablation(job)
        elif job.state == JobState.STOPPED and "provisional" in result:
            self.take(Path(str(result["provisional"])))
        elif job.state == JobState.DONE and "experiment" in result:
            self._take_result(job)
        elif job.state == JobState.FAILED:
            again = (lambda: self._jobs.resume(job)) if job.can_resume else None
            button = "Resume" if again else ""
            self._context.message.say(f"{job.title}: {job.sentence}", "error", button, again)

    def _take_result(self, job: Job) -> None:
        # Imported here: what experiments are described with takes a tenth of a second to load.
        from ganpaint.experiments.results import OwnResults

        folder = Path(str(job.result["folder"]))
        OwnResults(self._context.settings).note_made(str(job.result["experiment"]), folder)
        self._context.result_made.emit(folder)
        show = partial(self._context.show_result, folder)
        self._context.message.say(f"Done: {job.title}.", "info", "Show result", show)

    def _open(self, job: Job) -> None:
        if "experiment" in job.result:
            self._context.show_result(Path(str(job.result["folder"])))
            return
        for kind, value in job.result.items():
            path = Path(str(value))
            if kind in ("dissection", "provisional"):
                self.take(path, partial(self._show_taken, path))
            elif kind == "ablation":
                self._context.message.hide()
                self._show_ablation(job)
            elif not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
                self._context.message.say(f"It is in {path}.", passing=True)

    def _show_taken(self, path: Path, dissection: Dissection) -> None:
        self._context.message.hide()
        self._show_units(path, dissection.layers[-1])

    def _take_ablation(self, job: Job) -> None:
        """The tab that shows ablations takes it; whoever looks at another tab is told."""
        self._context.ablated.emit(Path(str(job.result["ablation"])), *_sources(job))
        self._context.message.say(
            f"Done: {job.title}.", "info", "Show it", lambda: self._show_ablation(job)
        )

    def _show_ablation(self, job: Job) -> None:
        self._context.tab_asked.emit("classifier")
        self._context.ablated.emit(Path(str(job.result["ablation"])), *_sources(job))


def _sample_size(dissection: Dissection) -> int:
    sample = dissection.provenance.get("sample", {})
    size = sample.get("size", 0) if isinstance(sample, dict) else 0
    return size if isinstance(size, int) else 0


def _sources(job: Job) -> tuple[str, str]:
    """Network and held-out pictures that an ablation was made of, as its command named them."""
    words = job.record.arguments if isinstance(job, ProcessJob) else []
    found = [words[words.index(o) + 1] if o in words else "" for o in ("--model", "--val")]
    return found[0], found[1]
