"""Observe or change the outputs of a network's layers, always undone.

    with observe(network, ["layer4"]) as activations:
        network(z)
    activations["layer4"]  # (N, C, h, w)

    with edit(network, {"layer4": lambda x: x * 0}):
        network(z)

Both are real forward hooks on submodules, which may be nested (``features.conv5_3``).

* A layer that runs several times in a pass (the one ReLU of a ResNet's block) is observed and
  changed at its last use, whichever pass it is and however far that goes. How often a layer runs,
  and whether its maps have their units in the last dimension, is a ``LayerReading``;
  ``dissection.models.layer_reading`` finds it out.

* What is observed is the value that the layer itself gave, before any edit, whichever of the two
  context managers was entered first.
* An observed tensor is a copy of its own: nothing that comes later, an in-place activation, an
  in-place edit or the caller, can change it. (The published VGG statistics are of such a changed
  tensor: they name ``conv5_3`` and hold its values after the ReLU behind it.)
* With gradients on, the copy lies on the way to the network's output, so that
  ``torch.autograd.grad(score, activations["layer4"])`` works.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from dissection.errors import BadInputError, UnknownNameError


@dataclass(frozen=True)
class LayerReading:
    """How a layer's output is read.

    Attributes:
        uses: how many times the layer runs in one pass of the network; the last use counts.
        channels_last: its maps are (N, h, w, C), and are handed out as (N, C, h, w).
    """

    uses: int = 1
    channels_last: bool = False


#: Nested names offered for one that is not there.
_NEAR = 6
#: A layer that runs once and gives (N, C, h, w).
PLAIN_READING = LayerReading()
Readings = Mapping[str, LayerReading]


class _Seen(Exception):  # noqa: N818 - a signal, not an error: everything asked for is there
    pass


@contextmanager
def observe(
    network: nn.Module,
    layers: Iterable[str],
    *,
    detach: bool = False,
    stop: bool = False,
    readings: Readings | None = None,
) -> Iterator[dict[str, Tensor]]:
    """Collect layers' outputs of the forward passes inside the block.

    Args:
        network: any module; it is as before when the block ends, however it ends.
        layers: names of submodules, as ``named_modules`` gives them; where one module has several
            names, any of them.
        detach: hand out copies that carry no gradient.
        stop: end the forward pass, and with it the block, as soon as all layers were seen as often
            as they run; what stands in the block behind the call of the network is not run.
        readings: how often a layer runs, and how its maps lie; those that are not in it run once
            and give (N, C, h, w).

    Yields:
        Layer name to output, same dtype and, but for maps that have their units last, same shape;
        filled by the forward pass, in the order of running. A later use of a layer, or a later
        pass, replaces the earlier one's.

    Raises:
        UnknownNameError: no submodule is called so; the sentence lists the layers.
        BadInputError: a layer's output is not a tensor.
    """
    outputs: dict[str, Tensor] = {}
    names = list(dict.fromkeys(layers))
    told = readings or {}
    to_come = {name: told.get(name, PLAIN_READING).uses for name in names}

    def keep(output: Tensor, name: str) -> Tensor | None:
        last = told.get(name, PLAIN_READING).channels_last and output.ndim == 4
        turned = output.permute(0, 3, 1, 2) if last else output
        outputs.pop(name, None)  # the order is that of the last uses
        form = torch.contiguous_format if last else torch.preserve_format
        copied = turned.detach() if detach else turned
        outputs[name] = copied.clone(memory_format=form)
        to_come[name] -= 1
        if stop and max(to_come.values()) <= 0:
            raise _Seen
        if not outputs[name].requires_grad:
            return None
        # The network goes on from a second copy, so that gradients pass through the first.
        second = outputs[name].clone()
        return second.permute(0, 2, 3, 1) if last else second

    with ExitStack() as stack:
        for name in names:
            # In front of all edits, whenever they were put there.
            stack.callback(_hook(network, name, partial(keep, name=name), prepend=True).remove)
        try:
            yield outputs
        except _Seen:
            return


@contextmanager
def edit(
    network: nn.Module,
    functions: Mapping[str, Callable[[Tensor], Tensor | None]],
    *,
    readings: Readings | None = None,
) -> Iterator[None]:
    """Put functions behind layers: the network goes on with what they return.

    Args:
        network: any module; it is as before when the block ends, however it ends.
        functions: layer name to a function of the layer's output; it may work in place, and then
            may return None. Edits entered later run later.
        readings: how often a layer runs, which is changed at its last use, and how its maps lie;
            without an entry every use is changed, and maps are (N, C, h, w).

    Raises:
        UnknownNameError: no submodule is called so; the sentence lists the layers.
        BadInputError: a layer's output is not a tensor.
    """
    with ExitStack() as stack:
        for name, function in functions.items():
            changed = _as_read(function, (readings or {}).get(name, PLAIN_READING))
            stack.callback(_hook(network, name, changed, prepend=False).remove)
        yield


def _as_read(
    function: Callable[[Tensor], Tensor | None], reading: LayerReading
) -> Callable[[Tensor], Tensor | None]:
    """A function of maps (N, C, h, w) as one of what the layer gives, at each of its uses."""
    uses = 0

    def change(output: Tensor) -> Tensor | None:
        nonlocal uses
        uses += 1
        if uses % reading.uses:
            return None
        if not reading.channels_last:
            return function(output)
        made = function(output.permute(0, 3, 1, 2))
        return None if made is None else made.permute(0, 2, 3, 1)

    return change


def layer_name(network: nn.Module, name: str) -> str:
    """The submodule that a name means: the name, unless it is one of the network's ``aliases``.

    Published networks have two names for their layers; see ``classifiers.names``.
    """
    known = getattr(network, "aliases", None)
    return str(known.get(name, name)) if isinstance(known, Mapping) else name


def find_layer(network: nn.Module, name: str) -> nn.Module:
    """The submodule of this name, or with this alias.

    Raises:
        UnknownNameError: no submodule is called so; the sentence lists the layers.
    """
    modules = dict(network.named_modules(remove_duplicate=False))
    name = layer_name(network, name)
    if not name or name not in modules:
        near = _near(name, list(modules))
        hint = f"did you mean {' or '.join(near)}? Its" if near else "this network's"
        raise UnknownNameError(
            f"There is no layer '{name}'; {hint} layers are {', '.join(_layers(network))}."
        )
    layer: nn.Module = modules[name]
    return layer


def other_names(network: nn.Module, name: str) -> list[str]:
    """What else the module of this name is called: one ReLU may stand in several places."""
    layer = find_layer(network, name)
    modules = network.named_modules(remove_duplicate=False)
    return [other for other, module in modules if module is layer and other != name]


def _near(name: str, names: list[str]) -> list[str]:
    """Names like this one, and where the beginning is right, what lies there."""
    near = get_close_matches(name, names, n=3)
    beginning = name
    while "." in beginning and beginning not in names:
        beginning = beginning.rpartition(".")[0]
    if beginning in names and beginning != "":
        depth = beginning.count(".") + 1
        inside = [n for n in names if n.startswith(f"{beginning}.") and n.count(".") == depth]
        near += [n for n in inside if n not in near][:_NEAR]
    ending = [n for n in names if n.endswith(f".{name}")]
    return list(dict.fromkeys([*near, *ending[:_NEAR]]))


def _hook(
    network: nn.Module,
    name: str,
    function: Callable[[Tensor], Tensor | None],
    *,
    prepend: bool,
) -> RemovableHandle:
    layer = find_layer(network, name)

    def hook(_module: nn.Module, _inputs: tuple[object, ...], output: object) -> Tensor | None:
        if not isinstance(output, torch.Tensor):
            raise BadInputError(
                f"Layer '{name}' gives a {type(output).__name__}, not a tensor; "
                "choose a layer inside it."
            )
        return function(output)

    handle: RemovableHandle = layer.register_forward_hook(hook, prepend=prepend)
    return handle


def _layers(network: nn.Module, prefix: str = "") -> list[str]:
    """Names worth offering: the steps of nested Sequentials, not the parts that they consist of."""
    names = []
    for name, module in network.named_children():
        nested = isinstance(module, nn.Sequential | nn.ModuleList)
        names += _layers(module, f"{prefix}{name}.") if nested else [prefix + name]
    return names
