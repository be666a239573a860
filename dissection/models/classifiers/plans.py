"""Plans of classifiers at any width: VGG-16's and AlexNet's, and a small ResNet's.

A plan at training time normalizes before each ReLU; ``folded`` moves that into the layer before
it, so that what is left has exactly the layers, and the names, of the published network.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from dissection.errors import BadInputError
from dissection.models.classifiers.published import PlacesAlexNet, PlacesVGG16
from dissection.models.classifiers.residual import SmallResNet
from dissection.runtime.processors import MOST_UNITS

#: Names of the plans and the units of each of their stages, unless others are asked for.
PLANS = {
    "vgg": (32, 64, 128, 256, 256),
    "alexnet": (48, 128, 192, 192, 128),
    "resnet": (32, 64, 128, 256),
}
_SMALLEST = {"vgg": 32, "alexnet": 67, "resnet": 32}


@dataclass(frozen=True)
class Plan:
    """What decides a classifier's layers.

    Attributes:
        name: one of ``PLANS``.
        units: of each stage.
        dense: units of fc6 and fc7; the ResNet has no such layers.
        size: px along a side of its pictures.
        classes: outputs.

    Raises:
        BadInputError: there is no such plan, or it has no such stages.
    """

    name: str
    units: tuple[int, ...]
    dense: int
    size: int
    classes: int

    def __post_init__(self) -> None:
        if self.name not in PLANS:
            raise BadInputError(
                f"There is no plan '{self.name}' of a classifier; take {', '.join(PLANS)}."
            )
        wanted = len(PLANS[self.name])
        if len(self.units) != wanted or min(self.units) < 1 or self.dense < 1:
            raise BadInputError(
                f"The plan {self.name} has {wanted} stages of at least 1 unit, not "
                f"{','.join(map(str, self.units))}."
            )
        if max(*self.units, self.dense) > MOST_UNITS:
            raise BadInputError(
                f"A stage of a classifier has at most {MOST_UNITS} units, not "
                f"{max(*self.units, self.dense)}."
            )
        if self.name == "alexnet" and any(units % 2 for units in self.units):
            raise BadInputError(
                "The plan alexnet has convolutions in two groups; its stages take even numbers of "
                f"units, not {','.join(map(str, self.units))}."
            )
        if self.size < _SMALLEST[self.name]:
            raise BadInputError(
                f"The plan {self.name} takes pictures of at least {_SMALLEST[self.name]} px, not "
                f"of {self.size}."
            )

    def build(self, norm: bool = False) -> nn.Module:
        """The network with random weights.

        Args:
            norm: with batch normalization, for training. The ResNet always has it.
        """
        if self.name == "resnet":
            return SmallResNet(self.classes, self.units)
        if self.name == "vgg":
            cells = max(self.size // 32, 1)
            return PlacesVGG16(self.classes, self.units, self.dense, cells, norm)
        side = (self.size - 11) // 4 + 1
        for _ in range(3):
            side = (side - 3) // 2 + 1
        return PlacesAlexNet(self.classes, self.units, self.dense, side, norm)

    def initialized(self, norm: bool) -> nn.Module:
        """The network with weights to train from: drawn from torch's generator (He et al. 2015)."""
        network = self.build(norm)
        for module in network.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, 0, (1 / module.in_features) ** 0.5)
                nn.init.zeros_(module.bias)
        return network


def folded(network: nn.Module, plan: Plan) -> nn.Module:
    """The same function as the plan's published layers, in eval mode, float32, on the CPU.

    Args:
        network: of ``plan``, with or without normalization; it is not changed.
        plan: its plan.
    """
    state = {name: value.detach().float().cpu() for name, value in network.state_dict().items()}
    if plan.name != "resnet":
        for name, module in network.named_modules():
            if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                _fold(state, str(name), module.eps)
    plain = plan.build()
    plain.load_state_dict(state)
    return plain.eval().requires_grad_(False)


def _fold(state: dict[str, torch.Tensor], norm: str, eps: float) -> None:
    """Move a normalization's scale and shift into the convolution or linear map before it."""
    layer = norm.replace("norm", "conv")
    if f"{layer}.weight" not in state:
        layer = norm.replace("norm", "fc")
    mean, variance = state.pop(f"{norm}.running_mean"), state.pop(f"{norm}.running_var")
    weight, bias = state.pop(f"{norm}.weight"), state.pop(f"{norm}.bias")
    state.pop(f"{norm}.num_batches_tracked")
    scale = weight / torch.sqrt(variance + eps)
    before = state[f"{layer}.weight"]
    state[f"{layer}.weight"] = before * scale.view(-1, *[1] * (before.ndim - 1))
    state[f"{layer}.bias"] = bias + (state.get(f"{layer}.bias", 0) - mean) * scale


def default_units(name: str) -> Sequence[int]:
    """Units of each stage of a plan.

    Raises:
        BadInputError: there is no such plan.
    """
    if name not in PLANS:
        raise BadInputError(f"There is no plan '{name}' of a classifier; take {', '.join(PLANS)}.")
    return PLANS[name]
