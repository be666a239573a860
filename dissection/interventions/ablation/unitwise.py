"""From a layer to the next linear map, where the values of each unit stay apart until there.

Activations, pooling and flattening never mix units: each unit owns some columns of the linear map
that comes next, 49 of fc6 for each unit of VGG-16's conv5_3. So a unit that is replaced changes
the map's output by its own columns times what changed in them, and all units' changes are one
batch of small matrix products.
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn

_MODULES = (
    nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Flatten,
    nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.ELU, nn.CELU, nn.SELU, nn.GELU, nn.SiLU,
    nn.Mish, nn.Sigmoid, nn.Tanh, nn.Softplus, nn.Hardtanh, nn.Hardswish, nn.Hardsigmoid,
    nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d,
    nn.BatchNorm1d, nn.BatchNorm2d,
)  # fmt: skip
_FUNCTIONS = frozenset({
    torch.relu, torch.flatten, torch.mean, torch.permute, torch.squeeze, torch.tanh, torch.sigmoid,
    torch.add, torch.mul, operator.add, operator.iadd, operator.mul, operator.imul,
    F.relu, F.relu6, F.leaky_relu, F.gelu, F.silu, F.hardswish, F.dropout,
    F.max_pool2d, F.avg_pool2d, F.adaptive_avg_pool2d, F.adaptive_max_pool2d,
})  # fmt: skip
_METHODS = frozenset({
    "relu", "relu_", "flatten", "permute", "view", "reshape", "mean", "squeeze", "contiguous",
    "clone", "add", "add_", "mul", "mul_", "tanh", "sigmoid", "detach", "float",
})  # fmt: skip


@dataclass(frozen=True, eq=False)
class Rows:
    """What a linear map gives of some pictures, and what each unit would change.

    Attributes:
        values: (n, F): the map's output.
        difference: (n, C, p): what replacing each unit changes in its own columns.
        weight: (C, p, F): each unit's columns of the map.
    """

    values: Tensor
    difference: Tensor
    weight: Tensor

    def pictures(self, span: slice) -> "Rows":
        """Those of some of the pictures."""
        return Rows(self.values[span], self.difference[span], self.weight)

    def all(self) -> Tensor:
        """What each unit alone changes in the output, (n, C, F), a view that is not contiguous."""
        return torch.bmm(self.difference.transpose(0, 1), self.weight).transpose(0, 1)

    def of(self, units: Tensor) -> Tensor:
        """The same for some units, int64 (m,): (n, m, F)."""
        part = self.difference[:, units].transpose(0, 1)
        return torch.bmm(part, self.weight[units]).transpose(0, 1)

    def together(self, units: Tensor) -> Tensor:
        """What some units, int64 (m,), change together: (n, F)."""
        part, weight = self.difference[:, units].flatten(1), self.weight[units].flatten(0, 1)
        return part @ weight


class Linear:
    """A network from a layer on: unit by unit, then a linear map, then the rest.

    Args:
        apart: the layer's output and what else is taken to the map's input (n, C p).
        module: the map.
        rest: its output (m, F), and what else it takes, to logits (m, K); it may work in place.
        takes: which of what else there is ``rest`` takes, by place.
    """

    def __init__(
        self,
        apart: Callable[..., Tensor],
        module: nn.Linear,
        rest: Callable[..., Tensor],
        takes: Sequence[int],
    ) -> None:
        self._apart = apart
        self._module = module
        self.rest = rest
        self.takes = tuple(takes)
        self.width = module.out_features
        self._units = 0

    def rows(self, maps: Tensor, replaced: Tensor, beside: Sequence[Tensor]) -> Rows:
        """The map's output for some pictures.

        Args:
            maps: the layer's output, (n, C, ...).
            replaced: what each unit is replaced by, the same shape.
            beside: what else the network takes behind the layer.
        """
        self._units = maps.shape[1]
        # Copies, as what follows may work in place.
        here = self._apart(maps.clone(), *[part.clone() for part in beside])
        there = self._apart(replaced.clone(), *[part.clone() for part in beside])
        difference = (there - here).view(len(maps), maps.shape[1], -1)
        return Rows(self._module(here), difference, self._weight)

    @cached_property
    def _weight(self) -> Tensor:
        """(C, p, F), laid out so that a unit's columns lie together."""
        weight = self._module.weight.detach()
        return weight.view(self.width, self._units, -1).permute(1, 2, 0).contiguous()


def linear_part(
    network: nn.Module,
    graph: fx.Graph,
    place: fx.Node,
    last: fx.Node,
    behind: set[fx.Node],
    units: int,
) -> tuple[fx.Node, nn.Linear, fx.Node] | None:
    """The first linear map behind a layer, if units stay apart until there.

    Args:
        network: whose modules the graph names.
        graph: of its forward pass.
        place: the layer.
        last: the logits.
        behind: all that depends on the layer.
        units: of the layer.

    Returns:
        The step that gives the map's input; the map; the step that it is. None if there is none.
    """
    modules = dict(network.named_modules())
    sizes = _only_sizes(graph)
    node = place
    while node is not last:
        following = [user for user in node.users if user not in sizes]
        if len(following) != 1:
            return None
        (step,) = following
        module = modules.get(str(step.target)) if step.op == "call_module" else None
        if isinstance(module, nn.Linear):
            whole = step.args == (node,) and module.in_features % units == 0
            return (node, module, step) if whole else None
        others = [n for n in step.all_input_nodes if n is not node and n not in sizes]
        if not _apart(step, module) or any(other in behind for other in others):
            return None
        node = step
    return None


def _apart(step: fx.Node, module: nn.Module | None) -> bool:
    """Whether a step leaves units apart."""
    if step.op == "call_module":
        return isinstance(module, _MODULES) and not module.training
    if step.op == "call_function":
        return step.target in _FUNCTIONS
    return step.op == "call_method" and step.target in _METHODS


def _only_sizes(graph: fx.Graph) -> set[fx.Node]:
    """Steps that ask for shapes, and what is computed of shapes only."""
    found: set[fx.Node] = set()
    for node in graph.nodes:
        asks = (node.op == "call_method" and node.target in ("size", "dim")) or (
            node.op == "call_function" and node.target is getattr and node.args[1] == "shape"
        )
        inputs = node.all_input_nodes
        if asks or (inputs and all(given in found for given in inputs)):
            found.add(node)
    return found
