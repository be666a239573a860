"""What the window gives every tab: the model in use, dissections, the selection, notices, jobs."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal

from dissection.results.dissection import Dissection
from dissection.vocabulary import Concept
from ganpaint.tabs.live_scene import LiveScene
from ganpaint.tabs.selection import Selection
from ganpaint.toolkit.notice import Notice
from ganpaint.toolkit.settings import Settings
from ganpaint.toolkit.theme import Theme


@dataclass(frozen=True)
class ModelInUse:
    """The generator that is painted with.

    Attributes:
        name: the bundled name, or the path of the file.
        digest: SHA-256 of its file; empty where that is not known.
    """

    name: str
    digest: str = ""


@dataclass(frozen=True, eq=False)
class LoadedDissection:
    """A dissection that a tab can show.

    Attributes:
        name: what a person calls it.
        dissection: what was measured.
        folder: where it is stored; None where it is bundled with the program.
    """

    name: str
    dissection: Dissection
    folder: Path | None = None


@dataclass(frozen=True, eq=False)
class UnitsAsked:
    """Units that the tab of units is to show, and no others.

    Attributes:
        loaded: of which dissection.
        concept: those that match it; None for ``places``.
        places: (layer, number) of each.
        about: what these are called, such as "Class dining room".
    """

    loaded: LoadedDissection
    concept: Concept | None = None
    places: tuple[tuple[str, int], ...] = ()
    about: str = ""


@dataclass(frozen=True)
class UnitOnScene:
    """A unit that the painter's inspector is to be about, on a scene.

    Attributes:
        layer: name.
        unit: number.
        at: where it is to be looked at, shares of the picture's width and height, 0..1; None for
            no place.
    """

    layer: str
    unit: int
    at: tuple[float, float] | None = None


@dataclass(frozen=True)
class PictureAsked:
    """A picture that a classifier was shown, to be looked at in the tab of classifiers.

    Attributes:
        model: what a person calls the network.
        network: SHA-256 of its file.
        name: what the network's ablation calls the picture, if it was made of the same ones.
        path: its file; None for one that has none.
    """

    model: str
    network: str
    name: str
    path: Path | None


class Jobs(Protocol):
    """Work that takes minutes, in child processes: shown with its progress, can be stopped."""

    def submit(
        self, title: str, arguments: Sequence[str], finished: Callable[[], None] | None = None
    ) -> object:
        """Run a command of ``dissection`` behind the window.

        Args:
            title: what the list of jobs calls it.
            arguments: of the command line, such as ``("dissect", "--model", ...)``.
            finished: called in the GUI thread when it has ended well.

        Returns:
            The job, as the list of jobs knows it.
        """
        ...

    def track(self, title: str, stop: Callable[[], None], passing: bool = False) -> "TrackedJob":
        """Show work that the window itself does.

        Args:
            title: what the list of jobs calls it.
            stop: called when a person stops it.
            passing: it leaves the list when it ends.
        """
        ...


class TrackedJob(Protocol):
    """Work of the window itself, as the list of jobs shows it."""

    def tell(self, stage: str, done: int, total: int) -> None:
        """Say where it stands."""

    def finish(self, sentence: str = "") -> None:
        """It is done."""

    def fail(self, sentence: str) -> None:
        """It came to nothing."""

    def give_up(self, sentence: str = "Stopped.") -> None:
        """It was stopped."""


class OwnBrushStore(Protocol):
    """The brushes that a person made of units of the generator in use."""

    def names(self) -> Sequence[str]:
        """What they are called."""
        ...

    def extend(self, name: str, units: Mapping[str, Sequence[int]]) -> None:
        """Put units into a brush, behind those that it has.

        Raises:
            DissectionError: there is no such brush or unit.
        """
        ...


class WindowContext(QObject):
    """Handed to every tab; tabs know one another only through it.

    Attributes:
        settings: what is remembered.
        theme: the theme in force.
        data: the user's data folder; None keeps nothing.
        options: of the command line.
        selection: concept, layer and unit that are chosen.
        message: sentences about what is no tab's, such as jobs: ``message.say(...)``. Those of a
            tab are said by what ``message_of`` gives.
        jobs: runs long work; None where this window runs none.
        device: what networks are computed on, as ``dissection`` names it: that of the command line,
            or the one that is remembered; see ``choose_device``.
        reading: whether the dissection of the generator in use is still being read.
        live: the scene in the painter, and the thread that makes its pictures; None until there
            is a painter.

    Signals:
        model_changed: another generator is in use.
        dissections_changed: ``dissections`` has others.
        device_changed: another device is to be computed on.
        reading_changed: the dissection of the generator in use is being read, or no longer.
        tab_asked(str): a tab is to be shown, by its name.
        paint_asked(object, str): ``paint_with`` was called, with what it was given.
        dissected(object): a dissection was made or imported, in this folder; whoever uses the
            generator that it is of takes it.
        browse_asked(object): the units of this ``LoadedDissection`` are to be shown.
        units_asked(object): a ``UnitsAsked`` is to be shown, of the dissection that is browsed.
        study_asked: a classifier's ablation is to be asked for.
        ablated(object, str, str): an ablation was made, in this folder, of this network and these
            held-out pictures; the tab that shows ablations takes it.
        dissect_asked(str, str): this network, with the weights in this file, is to be dissected
            with pictures; a person is asked which.
        scene_asked(str, int): a scene is to be painted on: of which generator (the one in use where
            it is empty), and the row of the standard latents.
        result_asked(object): the result of an experiment, in this folder, is to be shown.
        result_made(object): a job has made the result of an experiment, in this folder.
        titled(str, bool): the window's title, with ``[*]`` where the mark of unsaved work goes,
            and whether there is any.
    """

    model_changed = Signal()
    dissections_changed = Signal()
    device_changed = Signal()
    reading_changed = Signal()
    tab_asked = Signal(str)
    paint_asked = Signal(object, str)
    dissected = Signal(object)
    browse_asked = Signal(object)
    units_asked = Signal(object)
    study_asked = Signal()
    ablated = Signal(object, str, str)
    dissect_asked = Signal(str, str)
    scene_asked = Signal(str, int)
    unit_on_scene_asked = Signal(str, int, object)
    picture_asked = Signal(object)
    result_asked = Signal(object)
    result_made = Signal(object)
    titled = Signal(str, bool)

    def __init__(
        self,
        settings: Settings,
        theme: Theme,
        options: argparse.Namespace,
        message: Notice,
        data: Path | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.settings = settings
        self.theme = theme
        self.options = options
        self.message = message
        self.data = data
        self.selection = Selection(self)
        self.jobs: Jobs | None = None
        self.live: LiveScene | None = None
        self.device: str = getattr(options, "device", None) or settings.device
        self.reading = False
        self._messages: dict[str, Notice] = {}
        self._brushes: OwnBrushStore | None = None
        self._model = ModelInUse("")
        self._of_model: LoadedDissection | None = None
        self._others: tuple[LoadedDissection, ...] = ()

    def give_message(self, tab: str, message: Notice) -> None:
        """Say where sentences about a tab are said: they are seen while it shows, and only then."""
        self._messages[tab] = message

    def message_of(self, tab: str) -> Notice:
        """Where sentences about a tab are said; those of the window where it has no such place."""
        return self._messages.get(tab, self.message)

    @property
    def model(self) -> ModelInUse:
        """The generator in use."""
        return self._model

    @property
    def dissection(self) -> Dissection | None:
        """The dissection of the generator in use; None where it has none."""
        return self._of_model.dissection if self._of_model else None

    @property
    def dissections(self) -> tuple[LoadedDissection, ...]:
        """All that are loaded: first that of the generator in use, then the others."""
        return (*((self._of_model,) if self._of_model else ()), *self._others)

    def use_model(self, model: ModelInUse, loaded: LoadedDissection | None) -> None:
        """Say which generator is in use now, and what its dissection is; the painter does.

        A chosen unit that the dissection has not is chosen no longer.
        """
        before, had = self._model, self._of_model
        self._model, self._of_model = model, loaded
        layer, unit = self.selection.layer, self.selection.unit
        known = any(
            layer in each.dissection and (unit or 0) < each.dissection[layer].shape[0]
            for each in self.dissections
            if layer is not None
        )
        if model != before:
            self.model_changed.emit()
        if (loaded and loaded.dissection) is not (had and had.dissection):
            self.dissections_changed.emit()
        if not known:
            self.selection.choose_layer(None)

    def choose_device(self, device: str) -> None:
        """Compute on another device from here on, and in the windows to come."""
        self.settings.device = device
        if device != self.device:
            self.device = device
            self.device_changed.emit()

    def tell_reading(self, reading: bool) -> None:
        """Say whether the dissection of the generator in use is being read; the painter does."""
        if reading != self.reading:
            self.reading = reading
            self.reading_changed.emit()

    def add_dissection(self, loaded: LoadedDissection) -> None:
        """Have another dissection at hand, of a classifier for example."""
        self._others = (*self._others, loaded)
        self.dissections_changed.emit()

    def remove_dissection(self, loaded: LoadedDissection) -> None:
        """Let go of a dissection that was added."""
        self._others = tuple(each for each in self._others if each is not loaded)
        self.dissections_changed.emit()

    def show_dissection(self, loaded: LoadedDissection) -> None:
        """Show the units of a dissection; it is added where it is not loaded yet."""
        if all(each is not loaded for each in self.dissections):
            self.add_dissection(loaded)
        self.tab_asked.emit("units")
        self.browse_asked.emit(loaded)

    def show_unit(self, layer: str, unit: int, loaded: LoadedDissection | None = None) -> None:
        """Choose a unit and show it in the tab of units.

        Args:
            layer: name.
            unit: number.
            loaded: of which dissection; None is that of the generator in use.
        """
        of = loaded or self._of_model
        if of is not None:
            self.show_dissection(of)
        else:
            self.tab_asked.emit("units")
        self.selection.choose_unit(layer, unit)

    def show_units(self, asked: UnitsAsked) -> None:
        """Show some units of a dissection in the tab of units."""
        self.show_dissection(asked.loaded)
        self.units_asked.emit(asked)

    def paint_with(self, units: Mapping[str, Sequence[int]], name: str = "") -> None:
        """Go to the painter with a brush of these units of the generator in use.

        Args:
            units: of each layer, best first, at least one in all.
            name: what the brush is called; empty for a name made of its units.
        """
        self.tab_asked.emit("painter")
        self.paint_asked.emit({layer: tuple(each) for layer, each in units.items()}, name)

    def show_scene(self, model: str, row: int, unit: UnitOnScene | None = None) -> None:
        """Go to the painter and a scene of a generator.

        Args:
            model: the generator; empty for the one in use.
            row: of the standard latents.
            unit: that is to be inspected there; None for none.
        """
        self.tab_asked.emit("painter")
        if unit is not None:
            self.unit_on_scene_asked.emit(model, row, unit)
        self.scene_asked.emit(model, row)

    def show_picture(self, asked: PictureAsked) -> None:
        """Look at a picture with a classifier."""
        self.tab_asked.emit("classifier")
        self.picture_asked.emit(asked)

    def show_result(self, folder: Path) -> None:
        """Show the result of an experiment."""
        self.tab_asked.emit("experiments")
        self.result_asked.emit(folder)

    def keep_brushes(self, store: OwnBrushStore) -> None:
        """Say where the brushes of one's own are; the painter does."""
        self._brushes = store

    def own_brushes(self) -> Sequence[str]:
        """The names of a person's own brushes for the generator in use."""
        return self._brushes.names() if self._brushes is not None else ()

    def add_to_brush(self, units: Mapping[str, Sequence[int]], name: str) -> bool:
        """Put units into a brush of one's own.

        Returns:
            Whether the brush has them now; False where there is no painter yet.

        Raises:
            DissectionError: there is no such brush or unit.
        """
        if self._brushes is None:
            return False
        self._brushes.extend(name, units)
        return True
