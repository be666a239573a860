"""The menu *Dissect*: asks what to measure, and hands it to the jobs."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMainWindow

from dissection.errors import DissectionError
from dissection.measurement.settings import DissectionSettings
from dissection.models.bundled import bundled_classifiers
from dissection.runtime import resources
from ganpaint.jobs.ablation_choice import AblationChoice
from ganpaint.jobs.job_list import JobList
from ganpaint.models.known_models import known_models
from ganpaint.rendering.devices import AUTO
from ganpaint.tabs.context import WindowContext
from ganpaint.tabs.tab import TabMenu
from ganpaint.toolkit.settings import home_folder
from ganpaint.window.job_results import JobResults
from ganpaint.window.jobs_dock import JobsDock

if TYPE_CHECKING:  # dialogs are imported when they are asked for: the window is there sooner
    from ganpaint.jobs.ablation_dialog import AblationDialog
    from ganpaint.jobs.dissect_dialog import DissectDialog
    from ganpaint.jobs.task_dialogs import Layer, TaskDialog

_LAST, _LAST_ABLATION = "dissect", "ablate"
_RESULTS = "Dissections (dissection.json report.json dissect.json *.json);;All files (*)"


class DissectMenu(QObject):
    """Everything that is measured behind the window.

    Args:
        context: the generator in use, what is remembered, where sentences go.
        jobs: does it.
        dock: shows it.
        window: parent of the dialogs.

    Attributes:
        dialog: the one that is open, or was last.
        results: takes what the jobs made.
    """

    def __init__(
        self, context: WindowContext, jobs: JobList, dock: JobsDock, window: QMainWindow
    ) -> None:
        super().__init__(window)
        self._context, self._jobs, self._dock, self._window = context, jobs, dock, window
        self._follow_device()
        context.device_changed.connect(self._follow_device)
        self.dialog: DissectDialog | AblationDialog | TaskDialog | None = None
        self.results = JobResults(context, jobs, dock, self)
        context.study_asked.connect(self.ablate)
        context.dissect_asked.connect(self.dissect_classifier)
        context.jobs_asked.connect(dock.show)
        self._entries: list[QAction | None] = [
            self._action("Dissect a &network…", self.dissect),
            self._action("Dissect a &classifier…", self.dissect_classifier),
            self._action("&Ablation study…", self.ablate),
            self._action("&Run an experiment…", lambda: context.tab_asked.emit("experiments")),
            None,
            self._action("Measure the &brushes anew…", self.measure_brushes),
            self._action("Measured &effect of single units…", self.measure_units),
            None,
            self._action("E&xport report…", self.export),
            self._action("&Import a dissection…", self.import_dissection),
            None,
            dock.dock.toggleViewAction(),
        ]

    def menu(self) -> TabMenu:
        """What the menu bar shows, in all tabs."""
        return TabMenu("Dissect", list(self._entries), everywhere=True)

    def dissect(self) -> None:
        """Ask for a network, the one in use at first, and dissect it."""
        last = self._last()
        # Before the generator is known by its digest it is known by the name that was asked for.
        model = self._context.model.name or str(self._context.options.model)
        if model and model != last.model:
            last = replace(last, model=model, images=None, labels=None, weights=None)
        self._ask(self._like_the_one_in_use(last))

    def _like_the_one_in_use(self, settings: DissectionSettings) -> DissectionSettings:
        """With the sample of the dissection in use, so that what is measured can join it."""
        known = self._context.dissection
        sample = known.provenance.get("sample", {}) if known is not None else {}
        if self._context.settings.noted(_LAST) is not None or not isinstance(sample, dict):
            return settings
        size, seed = sample.get("size"), sample.get("seed")
        if not isinstance(size, int) or not isinstance(seed, int) or size < 1:
            return settings
        return replace(settings, size=size, seed=seed)

    def dissect_classifier(self, model: str = "", weights: str = "") -> None:
        """Ask for a classifier and its pictures.

        Args:
            model: which one to begin with; empty for the one of last time.
            weights: the file that they are in, where the model is an architecture.
        """
        last = self._last()
        if not last.pictured:
            last = replace(last, model="torchvision:resnet18", images=str(home_folder()))
        if model:
            last = replace(last, model=model, weights=weights or None)
        self._ask(last)

    def ablate(self) -> None:
        """Ask for a classifier, a layer and pictures, and take the layer's units out."""
        from ganpaint.jobs.ablation_dialog import AblationDialog

        choice = AblationChoice.from_json(self._context.settings.noted(_LAST_ABLATION))
        dialog = AblationDialog(
            choice, self._classifiers(), self._ablation_folder, self._context.theme, self._window
        )
        dialog.started.connect(self._ablate)
        self._open_dialog(dialog)

    def measure_brushes(self) -> None:
        """Try the brushes of the dissection in use anew."""
        from ganpaint.jobs.task_dialogs import StrengthsDialog

        found = self._in_use()
        if found is not None:
            folder, model, layers = found
            out = self._own_folder(model) or folder
            self._start(StrengthsDialog(folder, model, layers, out, self._window), "Brushes of")

    def measure_units(self) -> None:
        """Switch the units of the dissection in use off one by one."""
        from ganpaint.jobs.task_dialogs import SingleUnitsDialog

        found = self._in_use()
        if found is not None:
            folder, model, layers = found
            out = self._results() / f"{Path(model).stem}-single-units.json"
            dialog = SingleUnitsDialog(folder, model, layers, out, self._window)
            self._start(dialog, "Single units of")

    def export(self) -> None:
        """Write a report of the dissection in use."""
        from ganpaint.jobs.task_dialogs import ExportDialog

        found = self._in_use()
        if found is not None:
            folder, model, layers = found
            out = self._results() / f"{Path(model).stem}.html"
            dialog = ExportDialog(folder, model, layers, out, self._context.theme, self._window)
            self._start(dialog, "Report of")

    def import_dissection(self) -> None:
        """Ask for a dissection's file, and take it."""
        chosen, _ = QFileDialog.getOpenFileName(
            self._window, "Import a dissection", str(home_folder()), _RESULTS
        )
        if chosen:
            path = Path(chosen)
            self.results.take(path.parent if path.name == "dissection.json" else path)

    def close(self) -> None:
        """End what a dialog has asked, and wait for what is being read."""
        if self.dialog is not None:
            self.dialog.reject()
        self.results.close()

    def _follow_device(self) -> None:
        self._jobs.device = self._context.device

    # Helpers --------------------------------------------------------------------------------------

    def _ask(self, settings: DissectionSettings) -> None:
        from ganpaint.jobs.dissect_dialog import DissectDialog

        if self._context.device != AUTO:
            settings = replace(settings, device=self._context.device)
        models = [known.model for known in known_models(self._context.settings, self._context.data)]
        dialog = DissectDialog(
            settings, models, self._folder_for, self._context.theme, self._measured, self._window
        )
        dialog.started.connect(self._dissect)
        self._open_dialog(dialog)

    def _dissect(self, settings: DissectionSettings, out: str, pause_after: float) -> None:
        self._context.settings.note(_LAST, settings.to_json())
        title = f"Dissect {', '.join(settings.layers)} of {Path(settings.model).stem}"
        words = ["dissect", *settings.arguments(), "--out", out]
        self._jobs.submit(title, words, pause_after=pause_after)
        self._dock.show()

    def _ablate(self, choice: AblationChoice, arguments: Sequence[str]) -> None:
        self._context.settings.note(_LAST_ABLATION, vars(choice))
        self._jobs.submit(f"Ablation of {choice.layer} of {Path(choice.model).stem}", arguments)
        self._dock.show()

    def _classifiers(self) -> list[str]:
        """Classifiers that are at hand."""
        last = AblationChoice.from_json(self._context.settings.noted(_LAST_ABLATION)).model
        return list(dict.fromkeys([*bundled_classifiers(), last, "torchvision:vgg16"]))

    def _ablation_folder(self, choice: AblationChoice) -> Path:
        """A folder of its own for an ablation."""
        name = Path(choice.model.rpartition(":")[2]).stem
        return self._free_folder("ablations", f"{name}-{choice.layer}")

    def _start(self, dialog: "TaskDialog", what: str) -> None:
        title = f"{what} {Path(dialog.model).stem}"

        def submit() -> None:
            self._jobs.submit(title, dialog.arguments)
            self._dock.show()

        dialog.accepted.connect(submit)
        self._open_dialog(dialog)

    def _open_dialog(self, dialog: "DissectDialog | AblationDialog | TaskDialog") -> None:
        """Ask; what was asked before goes, or the window would keep every dialog."""
        if self.dialog is not None:
            self.dialog.deleteLater()
        self.dialog = dialog
        dialog.open()

    def _last(self) -> DissectionSettings:
        """The last choice; what cannot be read any more is forgotten."""
        try:
            return DissectionSettings.from_json(self._context.settings.noted(_LAST))
        except DissectionError:
            return DissectionSettings(layers=("layer4",))

    def _in_use(self) -> tuple[Path, str, "Sequence[Layer]"] | None:
        """Folder, network and layers of the dissection in use; without one it is said."""
        loaded = next(iter(self._context.dissections), None)
        if loaded is None or loaded.dissection is not self._context.dissection:
            self._context.message.say(
                "There is no dissection of this generator yet.", "info", "Dissect…", self.dissect
            )
            return None
        model = self._context.model.name
        folder = loaded.folder or resources.resources_folder() / "dissections" / model
        layers = [(name, *layer.shape) for name, layer in loaded.dissection.items()]
        return folder, model, layers

    def _measured(self, model: str) -> Sequence[str]:
        """Layers that the dissection in use has, if it is of this network."""
        same = model == self._context.model.name and self._context.dissection is not None
        return self._context.dissection.layers if same and self._context.dissection else ()

    def _results(self) -> Path:
        return self._context.data or home_folder()

    def _own_folder(self, model: str) -> Path | None:
        """Where dissections of a network are kept; None where this window keeps nothing."""
        data = self._context.data
        return data / "dissections" / Path(model).stem if data is not None else None

    def _folder_for(self, settings: DissectionSettings) -> Path:
        """A folder of its own for what is measured."""
        name = Path(settings.model.rpartition(":")[2]).stem
        stem = "-".join((name, *settings.layers)) if len(settings.layers) < 4 else f"{name}-layers"
        return self._free_folder("dissections", stem)

    def _free_folder(self, kind: str, stem: str) -> Path:
        """A folder that neither is there nor is some job's."""
        folder = self._results() / kind
        place = folder / stem
        number = 2
        words = [job.record.arguments for job in self._jobs.processes]
        taken = {each[each.index("--out") + 1] for each in words if "--out" in each}
        while place.exists() or str(place) in taken:
            place, number = folder / f"{stem}-{number}", number + 1
        return place

    def _action(self, text: str, do: object) -> QAction:
        action = QAction(text, self)
        action.triggered.connect(lambda: do())  # type: ignore[operator]
        return action
