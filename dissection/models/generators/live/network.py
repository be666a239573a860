"""The layers of a generator as a live picture takes them: some in eight bits, some in more."""

from collections.abc import Collection, Mapping

from dissection.models.generators.folded import EXACT_SIZE, FoldedGenerator
from dissection.models.generators.live.layer import LiveLayer
from dissection.models.generators.live.maps import Picture
from dissection.models.generators.live.operators import Scale
from dissection.models.generators.progressive import Layer, ProgressiveGenerator


class LiveNetwork:
    """What a generator computes, for one picture at a time on a CPU.

    The layers up to ``EXACT_SIZE`` are those of the folded generator, in float32.

    Args:
        generator: its weights are copied, never changed.
        folded: the same generator on the CPU; layers that are not in eight bits have its dtype.

    Attributes:
        folded: as given; whoever wants several pictures at once computes with it.
        exact: names of the first layers, which are float32.
        layers: name to layer, for those behind.
    """

    def __init__(self, generator: ProgressiveGenerator, folded: FoldedGenerator) -> None:
        self.folded = folded
        self._generator = generator
        self._without: set[str] = set()
        shapes = {name: generator.layer_shape(name) for name in generator.layer_names}
        self.exact = [name for name, shape in shapes.items() if shape[1] <= EXACT_SIZE]
        self._shapes = shapes
        self.layers = {name: self.made(name) for name in shapes if name not in self.exact}

    @property
    def precision(self) -> str:
        """``int8`` if any layer multiplies bytes, else ``bfloat16`` or ``float32``."""
        return "int8" if self.eight_bit else str(self.folded.dtype).removeprefix("torch.")

    @property
    def eight_bit(self) -> list[str]:
        """The layers that multiply bytes."""
        return [name for name, layer in self.layers.items() if layer.takes_bytes]

    def use(self, scales: Mapping[str, Scale], names: Collection[str]) -> None:
        """Have some layers multiply bytes, as far as torch can, and the others real values.

        Frames of this network have to forget what they keep.

        Args:
            scales: of each layer's input.
            names: the layers that are to; those without a scale do not.
        """
        for name, layer in self.layers.items():
            wanted = name in names and name not in self._without
            scale = scales.get(name) if wanted else None
            if scale != (layer.scale if layer.takes_bytes else None):
                self.layers[name] = self.made(name, scale)

    def put(self, layers: Mapping[str, LiveLayer]) -> None:
        """Have some layers, as ``made``, take the places of those in use."""
        self.layers.update({n: layer for n, layer in layers.items() if n not in self._without})

    def give_up_bytes(self, name: str) -> None:
        """Have a layer multiply real values from here on, whatever it is told later."""
        self._without.add(name)
        self.layers[name] = self.made(name)

    def new_picture(self, real: bool = False) -> Picture:
        """A map for its colors, bytes or real values."""
        colors = self.folded.steps[list(self.folded.steps)[-1]]
        return Picture(self._generator.size, colors.kernel, colors.bias, real)

    def made(self, name: str, scale: Scale | None = None) -> LiveLayer:
        """A layer for bytes of a scale, as far as torch can, or for real values."""
        layer = self._generator.get_submodule(name)
        assert isinstance(layer, Layer)
        names = list(self._shapes)
        before = names[names.index(name) - 1]
        shapes = self._shapes[name], self._shapes[before]
        return LiveLayer.of(layer, self.folded.dtype, *shapes, scale)
