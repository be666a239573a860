"""Observe or change the outputs of a network's layers, always undone.

    with observe(network, ["layer4"]) as seen:
        network(z)
    seen["layer4"]  # (N, C, h, w)

    with edit(network, {"layer4": lambda x: x * 0}):
        network(z)

Both are real forward hooks on submodules, which may be nested (``features.conv5_3``).

* What is observed is the value that the layer itself gave, before any edit, whichever of the two
  context managers was entered first.
* An observed tensor is a copy of its own: nothing that comes later, an in-place activation, an
  in-place edit or the caller, can change it. (The published VGG statistics are of such a changed
  tensor: they name ``conv5_3`` and hold its values after the ReLU behind it.)
* With gradients on, the copy lies on the way to the network's output, so that
  ``torch.autograd.grad(score, seen["layer4"])`` works.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from difflib import get_close_matches
from functools import partial

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from dissection.errors import BadInputError, UnknownNameError


class _Seen(Exception):  # noqa: N818 - a signal, not an error: everything asked for is there
    pass


@contextmanager
def observe(
    network: nn.Module, layers: Iterable[str], *, detach: bool = False, stop: bool = False
) -> Iterator[dict[str, Tensor]]:
    """Collect layers' outputs of the forward passes inside the block.

    Args:
        network: any module; it is as before when the block ends, however it ends.
        layers: names of submodules, as ``named_modules`` gives them.
        detach: hand out copies that carry no gradient.
        stop: end the forward pass, and with it the block, as soon as all layers were seen; what
            stands in the block behind the call of the network is not run.

    Yields:
        Layer name to output, same shape and dtype; filled by the forward pass, in the order of
        running. A later pass (or a second use of a shared layer) replaces the earlier one's.

    Raises:
        UnknownNameError: no submodule is called so; the sentence lists the layers.
        BadInputError: a layer's output is not a tensor.
    """
    seen: dict[str, Tensor] = {}
    names = list(dict.fromkeys(layers))

    def keep(output: Tensor, name: str) -> Tensor | None:
        seen[name] = output.detach().clone() if detach else output.clone()
        if stop and len(seen) == len(names):
            raise _Seen
        if not seen[name].requires_grad:
            return None
        # The network goes on from a second copy, so that gradients pass through the first.
        return seen[name].clone()

    with ExitStack() as stack:
        for name in names:
            # In front of all edits, whenever they were put there.
            stack.callback(_hook(network, name, partial(keep, name=name), prepend=True).remove)
        try:
            yield seen
        except _Seen:
            return


@contextmanager
def edit(
    network: nn.Module, functions: Mapping[str, Callable[[Tensor], Tensor | None]]
) -> Iterator[None]:
    """Put functions behind layers: the network goes on with what they return.

    Args:
        network: any module; it is as before when the block ends, however it ends.
        functions: layer name to a function of the layer's output; it may work in place, and then
            may return None. Edits entered later run later.

    Raises:
        UnknownNameError: no submodule is called so; the sentence lists the layers.
        BadInputError: a layer's output is not a tensor.
    """
    with ExitStack() as stack:
        for name, function in functions.items():
            stack.callback(_hook(network, name, function, prepend=False).remove)
        yield


def find_layer(network: nn.Module, name: str) -> nn.Module:
    """The submodule of this name.

    Raises:
        UnknownNameError: no submodule is called so; the sentence lists the layers.
    """
    modules = dict(network.named_modules())
    if not name or name not in modules:
        near = get_close_matches(name, modules, n=3)
        hint = f"did you mean {' or '.join(near)}? Its" if near else "this network's"
        raise UnknownNameError(
            f"There is no layer '{name}'; {hint} layers are {', '.join(_layers(network))}."
        )
    layer: nn.Module = modules[name]
    return layer


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
