"""What a dissection measures and how: every choice in one frozen object.

The command line makes one of its options, a form of its fields, a library call of its keyword
arguments; a child process is given it as arguments, and a dissection's provenance keeps it.
Free of torch.
"""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, TypedDict, get_args, get_origin, get_type_hints

from dissection.errors import BadInputError
from dissection.measurement.settings_json import read_fields, require_kinds
from dissection.measurement.settings_labels import (
    require_labels_alone,
    require_maps_for_first_value,
)
from dissection.runtime.choices import (
    INTERPOLATION_NAMES,
    Backend,
    CellCenters,
    Channels,
    Device,
    DType,
    Fit,
    Precision,
)
from dissection.runtime.processors import require_threads, require_workers

#: Bytes of maps that are kept at a time, on the disk; more layers take more passes.
MEMORY = 8 * 2**30
#: The held-out latents of the strengths are those of this seed, or the next if it was dissected.
HELD_OUT_SEED = 2
#: Latents that effects of a generator are traced over unless said.
EFFECT_SIZE = 256
#: Positions to a side of the measuring grid, at most: pictures have no more pixels.
MOST_GRID = 4096
#: Fields that say how pictures are made and looked at; a network that makes its own has no use.
OF_PICTURES = (
    "crop",
    "fit",
    "resize",
    "interpolation",
    "mean",
    "std",
    "normalize",
    "centers",
    "workers",
)
#: Fields that say how brushes are tried; a network that is shown pictures has none.
OF_BRUSHES = ("strength_size", "precision")


class MeasuringOptions(TypedDict, total=False):
    """Keyword arguments of ``dissect`` that stand for fields of ``DissectionSettings``."""

    grid: int | None
    quantile: float
    batch: int
    device: Any
    dtype: DType
    centers: CellCenters
    channels: Channels
    exemplars: int
    normalize: bool
    pictures: Sequence[str]
    effect_size: int
    relate_size: int
    precision: Precision
    memory: int


@dataclass(frozen=True, kw_only=True)
class DissectionSettings:
    """Every choice of a dissection, as plain values.

    Attributes:
        layers: names of submodules whose output is a feature map.
        model: what is dissected, by name: bundled, a file, ``torchvision:NAME`` or
            ``package.module:factory``.
        weights: file of weights for ``torchvision:NAME`` or a factory.
        images: folder of pictures, for classifiers.
        labels: labeled pictures in place of ``images`` and ``segmenter``: ``broden:FOLDER``,
            ``maps:FOLDER`` or ``storybook:DOMAIN``.
        split: images of ``broden:FOLDER`` to take; None takes all.
        ignore: value of the pixels in ``maps:FOLDER`` that nobody labeled; None is 255.
        first_value: the pixel value of the first name of ``maps:FOLDER``, 0 or 1; None is 1.
        segmenter: what tells concepts apart, by name; None is ``storybook``.
        size: latents or pictures to measure.
        seed: of the standard latents, of the choice of pictures, or the first layout.
        crop: px along a side of pictures; 0: as the network was trained.
        fit: "squeeze" makes pictures square, "cover" keeps their proportions.
        resize: px along a side before the border is cut off; 0: as the network was trained.
        interpolation: of the resizing; None: as the network was trained.
        mean: of red, green and blue, 0..1, with commas; None: as the network was trained, or
            ImageNet's.
        std: likewise.
        normalize: pictures reach a user's own classifier as ImageNet's.
        quantile: share of the positions at or below a unit's level, 0..1.
        grid: the measuring grid is grid x grid; None takes the published 64 for generators and 56
            for classifiers.
        centers: where the cells of a classifier's maps lie.
        channels: where the units of the layers' maps lie: "first" is (N, C, h, w), "last"
            (N, h, w, C), "auto" what the network says.
        effect_size: inputs to trace effects over, the first of the sample: of a generator on the
            concepts' areas, of a classifier on its logits; 0 leaves it out, None is 256 for
            generators and 0 for classifiers.
        relate_size: images of the sample, the first ones, to measure over what relates units:
            precision-recall areas, lower exemplars, correlations, clarity; 0 leaves it out.
        strength_size: held-out latents that the best brushes are tried on; 0 leaves it out.
        exemplars: images to keep for each unit.
        pictures: layers of which pictures of all units' exemplars are stored; those of others are
            made when they are looked at.
        batch: inputs in one pass; halved where a device is out of memory.
        device: "auto", "cpu", "cuda" or "mps"; None leaves the network where it is.
        dtype: what the network computes in while it is sampled; counted is in float32 always.
        precision: of effects and strengths.
        memory: bytes of maps to keep at a time.
        workers: processes that load pictures and labels, or paint them.
        threads: CPU threads; 0 leaves it to torch.
        backend: how processes started by torchrun talk.

    Raises:
        BadInputError: a value that cannot be, or several that cannot be together.

    Example:
        >>> settings = DissectionSettings(layers=("layer4",), size=200)
        >>> settings.command_line("out")
        'dissection dissect --layers layer4 --size 200 --out out'
        >>> DissectionSettings.from_json(settings.to_json()) == settings
        True
    """

    layers: tuple[str, ...]
    model: str = "storybook-church"
    weights: str | None = None
    images: str | None = None
    labels: str | None = None
    split: str | None = None
    ignore: int | None = None
    first_value: int | None = None
    segmenter: str | None = None
    size: int = 1000
    seed: int = 1
    crop: int = 0
    fit: Fit = "squeeze"
    resize: int = 0
    interpolation: str | None = None
    mean: str | None = None
    std: str | None = None
    normalize: bool = True
    quantile: float = 0.99
    grid: int | None = None
    centers: CellCenters = "auto"
    channels: Channels = "auto"
    effect_size: int | None = None
    strength_size: int = 32
    relate_size: int = 1000
    exemplars: int = 5
    pictures: tuple[str, ...] = ()
    batch: int = 25
    device: Device | None = "auto"
    dtype: DType = "float32"
    precision: Precision = "auto"
    memory: int = MEMORY
    workers: int = 0
    threads: int = 0
    backend: Backend = "auto"

    def __post_init__(self) -> None:
        require_kinds(self, "settings of a dissection")
        if not self.layers or len(set(self.layers)) != len(self.layers):
            raise BadInputError(f"Name at least one layer, each once, not {list(self.layers)}.")
        if not self.model:
            raise BadInputError("Name the network to dissect.")
        self._check_counts()
        self._check_words()
        if self.interpolation is not None and self.interpolation not in INTERPOLATION_NAMES:
            raise BadInputError(
                f"There is no interpolation '{self.interpolation}'; choose "
                f"{', '.join(INTERPOLATION_NAMES)}."
            )
        numbers(self.mean)
        if not all(number > 0 for number in numbers(self.std)):
            raise BadInputError(f"A standard deviation is above 0, and of '{self.std}' one is not.")
        require_labels_alone(
            self.labels, self.images, self.segmenter, self.fit, self.split, self.ignore
        )
        require_maps_for_first_value(self.labels, self.first_value)
        for name in self.pictures:
            if name not in self.layers:
                raise BadInputError(
                    f"Pictures of {name} cannot be stored, for it is not dissected; dissected are "
                    f"{', '.join(self.layers)}."
                )

    def _check_counts(self) -> None:
        for name in ("size", "batch", "grid", "exemplars"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise BadInputError(f"--{name} {value} is too little; take at least 1.")
        if self.grid is not None and self.grid > MOST_GRID:
            raise BadInputError(
                f"--grid {self.grid} is finer than any picture; take at most {MOST_GRID}."
            )
        for name in (
            "crop",
            "resize",
            "effect_size",
            "strength_size",
            "relate_size",
        ):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise BadInputError(
                    f"--{name.replace('_', '-')} {value} is below 0; take 0 or more."
                )
        require_threads(self.threads)
        require_workers(self.workers)
        if not 0 < self.quantile < 1:
            raise BadInputError(
                f"The quantile of a level is between 0 and 1, not {self.quantile:g}."
            )
        if self.memory < 0:
            gigabytes = self.memory / 2**30
            raise BadInputError(f"--memory {gigabytes:g} is no number of GB; take 0 or more.")

    def _check_words(self) -> None:
        for name, hint in get_type_hints(type(self)).items():
            value, words = getattr(self, name), get_args(hint)
            if get_origin(hint) is Literal and value not in words:
                verb = "are" if name.endswith("s") else "is"
                raise BadInputError(f"The {name} {verb} {', '.join(words)}, not {value}.")

    @property
    def pictured(self) -> bool:
        """Whether the sample is pictures, not latents."""
        return self.images is not None or self.labels is not None

    def useful(self) -> "DissectionSettings":
        """The same, with what means nothing for its kind of sample as it is unless said."""
        idle = OF_BRUSHES if self.pictured else OF_PICTURES
        defaults: dict[str, Any] = {
            field.name: field.default for field in fields(self) if field.name in idle
        }
        return replace(self, **defaults)

    @property
    def held_out_seed(self) -> int:
        """Seed of latents that nothing else is measured on."""
        return HELD_OUT_SEED if self.seed != HELD_OUT_SEED else HELD_OUT_SEED + 1

    def to_json(self) -> dict[str, Any]:
        """All fields as plain JSON values."""
        told = asdict(self)
        return told | {"layers": list(self.layers), "pictures": list(self.pictures)}

    @classmethod
    def from_json(cls, told: object) -> "DissectionSettings":
        """What ``to_json`` gave; fields that are not there have their default.

        Raises:
            BadInputError: no object, an unknown field, or a value of a wrong kind.
        """
        return cls(**read_fields(cls, told, "settings of a dissection"))

    def arguments(self) -> list[str]:
        """The options of ``dissection dissect`` that say this: those that are no defaults."""
        words: list[str] = []
        for field in fields(self):
            value = getattr(self, field.name)
            option = f"--{field.name.replace('_', '-')}"
            if value == field.default or value is None:
                continue
            if field.name == "normalize":
                words.append("--no-normalize")
            elif field.name == "memory":
                words += [option, repr(value / 2**30)]
            elif isinstance(value, tuple):
                words += [option, ",".join(value)]
            else:
                words += [option, str(value)]
        return words

    def command_line(self, out: str | None = None) -> str:
        """The command that does this, to copy into a shell.

        Args:
            out: folder for the dissection; None leaves it out.
        """
        where = ["--out", out] if out is not None else []
        return shlex.join(["dissection", "dissect", *self.arguments(), *where])


def numbers(text: str | None) -> list[float]:
    """The numbers of a text like 0.5,0.5,0.5; none of None.

    Raises:
        BadInputError: they are not three of 0..1.
    """
    if text is None:
        return []
    try:
        found = [float(number) for number in text.split(",")]
    except ValueError:
        found = []
    if len(found) != 3:
        raise BadInputError(f"'{text}' is not three numbers; write them like 0.5,0.5,0.5.")
    if not all(0 <= number <= 1 for number in found):
        raise BadInputError(
            f"'{text}' is not of pictures of 0 to 1; write it like 0.5,0.5,0.5, and divide what is "
            "of 0 to 255 by 255."
        )
    return found


def _listed(names: object) -> Any:
    """Names as a tuple; a single text, which would be taken apart, and others as they are."""
    return tuple(names) if isinstance(names, Iterable) and not isinstance(names, str) else names


def measuring(
    layers: "Sequence[str] | DissectionSettings", options: Mapping[str, Any]
) -> DissectionSettings:
    """The settings of a library call.

    Args:
        layers: names, and nothing is measured that ``options`` do not ask for; or settings, which
            ``options`` change.
        options: of ``MeasuringOptions``.

    Raises:
        BadInputError: see ``DissectionSettings``.
        TypeError: there is no such option.
    """
    given = dict(options)
    unknown = sorted(set(given) - set(MeasuringOptions.__annotations__))
    if unknown:
        raise TypeError(f"dissect() got an unexpected keyword argument {unknown[0]!r}")
    if "pictures" in given:
        given["pictures"] = _listed(given["pictures"])
    if given.get("device") is not None:
        given["device"] = str(given["device"])
    if isinstance(layers, DissectionSettings):
        return replace(layers, **given)
    return DissectionSettings(
        layers=_listed(layers),
        **{"effect_size": 0, "strength_size": 0, "relate_size": 0, "device": None, **given},
    )
