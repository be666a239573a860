"""Which dimension of a network's tensors counts its units, followed through a pass.

Convolutions give (N, C, h, w); Swin, ConvNeXt and others turn their maps to (N, h, w, C) and go on
with layers that work on the last dimension. A shape alone does not tell the two apart, but what
made it does: a convolution or batch normalization puts the units into dimension 1, a linear layer
or a normalization over the last dimension puts them last, and from there on the units are followed
through everything that turns, cuts, joins and folds.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor, ops
from torch.utils._python_dispatch import TorchDispatchMode

_aten = ops.aten
_CONVOLUTIONS = (_aten.convolution, _aten._convolution)
_OVER_DIMENSION_1 = (
    _aten.native_batch_norm,
    _aten._native_batch_norm_legit,
    _aten._native_batch_norm_legit_no_training,
    _aten.cudnn_batch_norm,
    _aten.native_group_norm,
)
_MATRIX_PRODUCTS = (_aten.mm, _aten.addmm, _aten.bmm, _aten.baddbmm, _aten.linear)
_VIEWS = (_aten.view, _aten._unsafe_view, _aten.reshape, _aten._reshape_alias)
_UNKNOWN = "?"


class ChannelAxes(TorchDispatchMode):
    """Follows the units through all that is computed inside the block.

    Each dimension of a tensor is "c", units; "x", something else; or "?".
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        # The tensors themselves are kept: an id is only good as long as its owner lives.
        self._known: dict[int, tuple[Tensor, str]] = {}

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Run an operation, and note which dimension of its output counts units."""
        output = func(*args, **dict(kwargs or {}))
        made = output if isinstance(output, tuple | list) else [output]
        for tensor in made:
            if isinstance(tensor, Tensor) and tensor.ndim > 1:
                axes = self._behind(getattr(func, "overloadpacket", None), args, tensor)
                if "c" in axes:
                    self._known[id(tensor)] = tensor, axes
        return output

    def channels_last(self, maps: Tensor) -> bool | None:
        """Whether maps that were made inside the block have their units last; None: not known.

        Args:
            maps: of four dimensions.
        """
        axes = self._axes(maps)
        if (axes[1] == "c") == (axes[3] == "c"):
            return None
        return axes[3] == "c"

    def _axes(self, tensor: Tensor) -> str:
        entry = self._known.get(id(tensor))
        return entry[1] if entry else _UNKNOWN * tensor.ndim

    def _behind(self, packet: object, args: tuple[Any, ...], made: Tensor) -> str:
        given = _tensors(args)
        if packet in _CONVOLUTIONS or packet in _OVER_DIMENSION_1:
            return "xc" + "x" * (made.ndim - 2)
        if packet is _aten.native_layer_norm and len(args[1]) == 1:
            return "x" * (made.ndim - 1) + "c"
        if packet in _MATRIX_PRODUCTS:
            return _UNKNOWN * (made.ndim - 1) + "c"
        source = next((tensor for tensor in given if "c" in self._axes(tensor)), None)
        if source is None:
            return ""
        axes = self._axes(source)
        if packet in (_aten.permute, _aten.transpose, _aten.t):
            return "".join(axes[place] for place in _order(packet, args, source.ndim))
        if packet in _VIEWS:
            return _folded(source.shape, axes, made.shape)
        return axes if source.ndim == made.ndim else ""


def _tensors(args: tuple[Any, ...]) -> list[Tensor]:
    listed = [item for arg in args for item in (arg if isinstance(arg, list | tuple) else [arg])]
    return [item for item in listed if isinstance(item, Tensor)]


def _order(packet: object, args: tuple[Any, ...], dimensions: int) -> list[int]:
    order = list(range(dimensions))
    if packet is _aten.permute:
        return [place % dimensions for place in args[1]]
    one, other = (args[1], args[2]) if packet is _aten.transpose else (0, -1)
    order[one], order[other] = order[other], order[one]
    return order


def _folded(before: Sequence[int], axes: str, after: Sequence[int]) -> str:
    """The dimensions of a tensor that is looked at in another shape.

    Dimensions that are joined or split go together; what is made of units alone counts units.
    """
    made = ""
    start = place = 0
    while start < len(before) or len(made) < len(after):
        stop, end = start + 1, place + 1
        while math.prod(before[start:stop]) != math.prod(after[place:end]):
            if math.prod(before[start:stop]) < math.prod(after[place:end]) and stop < len(before):
                stop += 1
            elif end < len(after):
                end += 1
            else:
                return ""  # sizes of 0
        single = (stop - start, end - place) == (1, 1)
        joined = range(start, min(stop, len(before)))
        roles = {axes[k] for k in joined if single or before[k] > 1}
        role = roles.pop() if len(roles) == 1 else "x" if not roles else _UNKNOWN
        made += role * (end - place)
        start, place = stop, end
        if place >= len(after):
            break
    return made[: len(after)]
