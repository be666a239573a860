"""Ablations that the tab can show, and what is needed to go on from each. Free of torch and Qt."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dissection.errors import DissectionError
from dissection.interventions.ablation.result import Ablation
from dissection.interventions.ablation.store import MANIFEST, load_ablation
from dissection.results.dissection import Dissection
from dissection.results.store import load_dissection
from dissection.runtime.resources import resources_folder
from dissection.vocabulary import Concept, readable_name

#: The folder of bundled ablations, each of a bundled network.
_BUNDLED = "ablations"
#: Letters of a concept where several are named.
_LETTERS = 48


@dataclass(frozen=True)
class LiveRequest:
    """What has to be loaded for units to be taken out live.

    Attributes:
        model: a bundled name, or a file; see ``load_network``.
        layer: whose units.
        pictures: held-out ones: a folder with one folder for each class, or ``storybook:DOMAIN``.
        classes: names in the order of the logits.
        network: SHA-256 of the network that the ablation is of.
        size: pictures; 0 takes all of a folder, and 25 scenes of each class.
        device: to compute on, see ``choose_device``.
    """

    model: str
    layer: str
    pictures: str
    classes: tuple[str, ...]
    network: str
    size: int = 0
    device: str = "auto"


@dataclass(frozen=True, eq=False)
class AblationStudy:
    """A stored ablation and what belongs to it.

    Attributes:
        ablation: what was measured.
        folder: where it is stored.
        dissection: of the same network, with the layer; None where nobody has dissected it.
        model: where its network is; empty where that is not known.
        pictures: where its held-out pictures are; empty where that is not known.
    """

    ablation: Ablation
    folder: Path
    dissection: Dissection | None = None
    model: str = ""
    pictures: str = ""

    @property
    def name(self) -> str:
        """What a person calls it."""
        return readable_name(f"{self.ablation.model} · {self.ablation.layer}")

    @property
    def digest(self) -> str:
        """SHA-256 of the network."""
        return str(self.ablation.provenance["network"])

    def concept(self, unit: int) -> tuple[Concept, float] | None:
        """The concept that a unit matches best, and the IoU; None where that was not measured."""
        if self.dissection is None:
            return None
        layer = self.dissection[self.ablation.layer]
        label = int(layer.labels[unit])
        if label < 0:
            return None
        return layer.vocabulary[label], float(layer.label_iou[unit])

    def unit_name(self, unit: int) -> str:
        """A unit with its concept, such as "unit 53: tower, IoU 0.08"."""
        concept = self.concept(unit)
        return f"unit {unit}" + (f": {concept[0].name}, IoU {concept[1]:.2f}" if concept else "")

    def named(self, units: Sequence[int], most: int = 6) -> str:
        """Some units with their concepts, in one line."""
        concepts = [(unit, self.concept(unit)) for unit in list(units)[:most]]
        said = ", ".join(
            f"{unit} {readable_name(c[0].name, _LETTERS)}" if c else f"{unit}"
            for unit, c in concepts
        )
        more = f" and {len(units) - most} more" if len(units) > most else ""
        return f"unit{'s' if len(units) > 1 else ''} {said}{more}"

    @property
    def iou(self) -> NDArray[np.float32] | None:
        """How well each unit matches its concept, (C,); None where the layer is not dissected."""
        if self.dissection is None:
            return None
        return np.nan_to_num(self.dissection[self.ablation.layer].label_iou)

    def exemplars(self, unit: int) -> NDArray[np.uint8] | None:
        """Pictures that drive a unit hardest, uint8 (n, S, S, 3); None where none are stored."""
        if self.dissection is None:
            return None
        pictures = self.dissection[self.ablation.layer].pictures
        return pictures[unit] if pictures is not None else None

    def live_request(self, device: str = "auto") -> LiveRequest:
        """What to load for the live part; ``model`` and ``pictures`` are known."""
        found = self.ablation
        scenes = self.pictures.startswith("storybook:")
        size = len(found.targets) if scenes else 0
        return LiveRequest(
            self.model, found.layer, self.pictures, found.classes, self.digest, size, device
        )


def is_ablation(path: Path) -> bool:
    """Whether a path is, by its name, an ablation's folder or the file in it."""
    return (path / MANIFEST).is_file() if path.is_dir() else path.name == MANIFEST


def read_study(
    path: Path, dissections: Iterable[Dissection] = (), model: str = "", pictures: str = ""
) -> AblationStudy:
    """Read an ablation, and find the dissection of its network.

    Raises:
        StoreError: it is missing or damaged.
    """
    folder = path if path.is_dir() else path.parent
    found = load_ablation(folder)
    fitting = [d for d in dissections if _fits(d, found)]
    return AblationStudy(
        found,
        folder,
        fitting[0] if fitting else _bundled_dissection(found),
        model or (found.model if folder in bundled_ablations() else ""),
        pictures or _scenes_of(found),
    )


def bundled_ablations() -> list[Path]:
    """Folders of the ablations that ship with the program."""
    return sorted(p.parent for p in (resources_folder() / _BUNDLED).glob(f"*/{MANIFEST}"))


def _bundled_dissection(ablation: Ablation) -> Dissection | None:
    folder = resources_folder() / "dissections" / ablation.model
    if folder.is_dir():
        with suppress(DissectionError):
            dissection = load_dissection(folder)
            return dissection if _fits(dissection, ablation) else None
    return None


def _fits(dissection: Dissection, ablation: Ablation) -> bool:
    same = dissection.is_of(str(ablation.provenance["network"]))
    return same and ablation.layer in dissection


def _scenes_of(ablation: Ablation) -> str:
    """Storybook's scenes where it was made of those: anybody can paint them again."""
    kind = str(ablation.provenance.get("held_out", {}).get("kind", ""))
    _, mark, domain = kind.partition("storybook:")
    return mark + domain
