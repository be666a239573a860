"""What the Units tab is about: a dissection, one of its layers, and the unit that is looked at."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from dissection.models.bundled import bundled_generators
from dissection.results.dissection import Dissection
from dissection.runtime import resources
from ganpaint.tabs.context import LoadedDissection, WindowContext
from ganpaint.units.address import UnitAddress, place_in
from ganpaint.units.known_dissections import is_bundled
from ganpaint.units.notes_file import Place
from ganpaint.units.unit_table import UnitTable

#: Tables of this many layers are kept: going to and fro between layers takes no time.
_KEPT = 4
#: The seed of the latents whose rows are scenes.
SCENES = 1


class Browsed(QObject):
    """The dissection that is browsed, one of those that the window has loaded.

    Its layer and unit are those of the window's selection, as far as it has them.

    Signals:
        leaving: another dissection, or none, is about to be browsed.
        dissection_changed: another dissection, or none.
        layer_changed: another layer; follows every ``dissection_changed``.
        unit_changed: another unit is looked at, or none.
        choices_changed: other dissections are loaded.
        sample_found: the pictures of a classifier's sample were found elsewhere.

    Attributes:
        unit: that is looked at; None for none.
        sample_folder: where the pictures of its sample are; None looks where they were.
    """

    leaving = Signal()
    dissection_changed = Signal()
    choices_changed = Signal()
    layer_changed = Signal()
    unit_changed = Signal()
    sample_found = Signal()

    def __init__(self, context: WindowContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._loaded: LoadedDissection | None = None
        self._layer = ""
        self._tables: dict[str, UnitTable] = {}
        self.unit: int | None = None
        self.sample_folder: Path | None = None
        context.dissections_changed.connect(self._follow_dissections)
        context.browse_asked.connect(self.browse)
        context.selection.unit_changed.connect(self._follow_selection)
        self._follow_dissections()
        self._follow_selection()

    @property
    def loaded(self) -> LoadedDissection | None:
        """The one that is browsed, as the window knows it; None where there is none."""
        return self._loaded

    @property
    def choices(self) -> tuple[LoadedDissection, ...]:
        """All that can be browsed."""
        return self._context.dissections

    @property
    def dissection(self) -> Dissection | None:
        """The one that is browsed; None where there is none."""
        return self._loaded.dissection if self._loaded else None

    @property
    def folder(self) -> Path | None:
        """Where it was read from; None for one that is bundled."""
        return self._loaded.folder if self._loaded else None

    @property
    def paintable(self) -> bool:
        """Whether it is of the generator in use, so that its units can be painted with."""
        own, painted = self.dissection, self._context.dissection
        if own is None or painted is None:
            return False
        return own is painted or painted.is_of(own.network)

    @property
    def drawable(self) -> bool:
        """Whether pictures of its sample can be made: the generator in use, of known latents."""
        dissection = self.dissection
        if dissection is None or self._context.live is None:
            return False
        digest = self._context.model.digest
        if not self.paintable and not dissection.is_of(digest):
            return False
        sample = dissection.provenance.get("sample", {})
        return isinstance(sample, Mapping) and sample.get("kind") == "standard latents"

    @property
    def inputs(self) -> Literal["scene", "picture", ""]:
        """What the inputs of its sample are elsewhere in the window; empty for nothing there."""
        if self.scene_model is not None:
            return "scene"
        return "picture" if self.sampled else ""

    @property
    def scene_model(self) -> str | None:
        """The generator whose scenes its sample is, empty for the one in use; None for none."""
        sample = self.dissection.provenance.get("sample") if self.dissection else None
        if not isinstance(sample, Mapping) or sample.get("kind") != "standard latents":
            return None
        if sample.get("seed", SCENES) != SCENES:  # scenes are rows of the latents of that seed
            return None
        if self.drawable:
            return ""
        model = self.dissection.model if self.dissection else ""
        return model if is_bundled(self.folder) and model in bundled_generators() else None

    @property
    def sampled(self) -> bool:
        """Whether its sample is pictures that a classifier was shown, and it tells which."""
        settings = self.dissection.provenance.get("settings") if self.dissection else None
        if not isinstance(settings, Mapping):
            return False
        return bool(settings.get("images") or settings.get("labels"))

    @property
    def sample_movable(self) -> bool:
        """Whether the sample is files in a folder, which may have been moved."""
        settings = self.dissection.provenance.get("settings") if self.dissection else None
        return self.sampled and isinstance(settings, Mapping) and bool(settings.get("images"))

    def find_sample(self, folder: Path) -> None:
        """The pictures of the sample are in this folder now."""
        self.sample_folder = folder
        self.sample_found.emit()

    @property
    def layer(self) -> str:
        """The layer whose units are shown; empty without a dissection."""
        return self._layer

    @property
    def table(self) -> UnitTable | None:
        """The units of the layer; None without a dissection."""
        dissection = self.dissection
        if dissection is None or not self._layer:
            return None
        if self._layer not in self._tables:
            while len(self._tables) >= _KEPT:
                del self._tables[next(iter(self._tables))]
            self._tables[self._layer] = UnitTable(dissection, self._layer)
        return self._tables[self._layer]

    @property
    def address(self) -> UnitAddress | None:
        """Of the unit that is looked at."""
        return None if self.unit is None else self.address_of(self._layer, self.unit)

    def address_of(self, layer: str, unit: int) -> UnitAddress | None:
        """Of a unit of the dissection that is browsed; None where there is none.

        It tells the network's digest where the name alone could lead to another network.
        """
        dissection = self.dissection
        if dissection is None:
            return None
        network = dissection.network
        alike = (each.dissection for each in self.choices if each.dissection is not dissection)
        doubtful = any(each.model == dissection.model and each.network != network for each in alike)
        own = not is_bundled(self.folder) and dissection.model in resources.bundled_dissections()
        return UnitAddress(dissection.model, layer, unit, network if doubtful or own else "")

    def browse(self, loaded: LoadedDissection) -> None:
        """Browse another of the loaded dissections; none of its units is chosen yet."""
        if loaded is not self._loaded:
            self._take(loaded)
            self._context.selection.choose_layer(None)

    def open(self, dissection: Dissection, path: Path) -> None:
        """Browse another dissection; the one that is painted with stays what it is.

        What was read of the same folder before goes, or every opening would keep one more.
        """
        loaded = LoadedDissection(dissection.model, dissection, path)
        used = self._context.dissection
        before = [
            each
            for each in self._context.dissections
            if each.folder == path and each.dissection is not used
        ]
        self._context.add_dissection(loaded)
        self._take(loaded)
        for each in before:
            self._context.remove_dissection(each)

    def choose_layer(self, name: str) -> None:
        """Show the units of another layer."""
        dissection = self.dissection
        if dissection is not None and name in dissection.layers and name != self._layer:
            self._look_at(name, None)
            self._context.selection.choose_layer(name)

    def choose_unit(self, unit: int | None) -> None:
        """Look at a unit of the layer, or at none."""
        table = self.table
        if unit is not None and (table is None or not 0 <= unit < len(table)):
            return
        if unit != self.unit:
            self._look_at(self._layer, unit)
            if unit is None:
                self._context.selection.choose_layer(None)
            else:
                self._context.selection.choose_unit(self._layer, unit)

    def go_to(self, text: str) -> bool:
        """Go to the unit of an address; whether there is one in this dissection."""
        dissection = self.dissection
        place = place_in(text, dissection, bare=True) if dissection is not None else None
        if place is None:
            return False
        self.look_at(place)
        return True

    def look_at(self, place: Place) -> None:
        """Look at a unit of any layer of the dissection that is browsed."""
        self.choose_layer(place[0])
        self.choose_unit(place[1])

    def _follow_dissections(self) -> None:
        """Others are loaded: stay with the one that is browsed, if it is still there."""
        there = self._context.dissections
        self._take_again(there)
        there = self._context.dissections
        if self._loaded is None or all(each is not self._loaded for each in there):
            same = (each for each in there if each.dissection is self.dissection)
            first = next(same, there[0] if there else None)
            if first is not None and first.dissection is self.dissection:
                self._loaded = first
            elif first is not self._loaded:
                self._take(first)
        self.choices_changed.emit()

    def _take_again(self, there: tuple[LoadedDissection, ...]) -> None:
        """What was opened here is in use for painting now: it is the same one from here on."""
        painted, loaded = self._context.dissection, self._loaded
        first = there[0] if there else None
        if painted is None or loaded is None or first is None or loaded.dissection is painted:
            return
        if first.dissection is painted and _same_place(first, loaded):
            layer, unit = self._layer, self.unit
            self._take(first)
            if layer == self._layer and (unit or 0) < painted[layer].shape[0]:
                self._look_at(layer, unit)
            self._context.remove_dissection(loaded)

    def _follow_selection(self) -> None:
        """A unit was chosen elsewhere: look at it."""
        layer, unit = self._context.selection.layer, self._context.selection.unit
        dissection = self.dissection
        if layer is None or dissection is None or layer not in dissection.layers:
            return
        if unit is not None and unit >= dissection[layer].shape[0]:
            return
        self._look_at(layer, unit)

    def _look_at(self, layer: str, unit: int | None) -> None:
        if layer != self._layer:
            self._layer, self.unit = layer, None
            self.layer_changed.emit()
            if unit is None:
                self.unit_changed.emit()
        if unit != self.unit:
            self.unit = unit
            self.unit_changed.emit()

    def _take(self, loaded: LoadedDissection | None) -> None:
        self.leaving.emit()
        self._loaded = loaded
        self._tables.clear()
        self.unit = self.sample_folder = None
        dissection = self.dissection
        layers = dissection.layers if dissection else ()
        if self._layer not in layers:
            self._layer = _first_layer(dissection) if dissection else ""
        self.dissection_changed.emit()
        self.layer_changed.emit()
        self.unit_changed.emit()


def _same_place(one: LoadedDissection, other: LoadedDissection) -> bool:
    """Whether both were read from the same folder, or are the one that ships."""
    if is_bundled(one.folder) and is_bundled(other.folder):
        return one.dissection.model == other.dissection.model
    return one.folder is not None and one.folder == other.folder


def _first_layer(dissection: Dissection) -> str:
    """The layer to begin with: of those with stored pictures, the one that knows most concepts."""
    stored = [name for name, layer in dissection.items() if layer.pictures is not None]
    layers = stored or list(dissection.layers)
    return max(layers, key=lambda name: float(dissection[name].label_iou.mean()))
