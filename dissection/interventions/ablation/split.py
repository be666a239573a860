"""A classifier cut in two at a layer, so that what lies behind it can be run again alone.

The network is traced symbolically (``torch.fx``). What depends on the layer becomes ``after``; all
else, with the layer itself, becomes ``before``. Values that ``after`` takes besides the layer's
output, the shortcuts of residual blocks, are computed once and handed over.

A network that cannot be traced, whose forward pass asks what its values are, is run whole each
time, with the layer's output put in its place by a hook: slow, and right.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, fx, nn

from dissection.errors import BadInputError
from dissection.interventions.ablation.dense import Dense, dense_chain
from dissection.interventions.ablation.unitwise import Linear, linear_part
from dissection.models.hooks import PLAIN_READING, LayerReading, edit, find_layer, observe
from dissection.runtime.entry_points import in_words
from dissection.runtime.memory import is_out_of_memory

#: Logits of both ways agree within this share of the largest one.
_TOLERANCE = 1e-3
BROKEN = "The network gives logits that are not finite numbers; it or its input is broken."


@dataclass(frozen=True, eq=False)
class Split:
    """A network in two parts.

    Attributes:
        before: inputs (N, ...) to the layer's output (N, C, ...) and what else ``after`` takes,
            each (N, ...).
        after: these to logits (N, K). It may change what it is given.
        linear: what comes before, in and behind the first linear map, where the values on the way
            to it stay apart by units; None where they do not.
        way: "linear"; "recomputed", from the layer on; or "whole", from the inputs on.
    """

    before: Callable[[Tensor], tuple[Tensor, ...]]
    after: Callable[..., Tensor]
    linear: Linear | None
    way: Literal["linear", "recomputed", "whole"]


@torch.no_grad()
def split_network(
    network: nn.Module, layer: str, inputs: Tensor, reading: LayerReading = PLAIN_READING
) -> Split:
    """Cut a network at a layer, and see on some inputs that its parts do what it does.

    Args:
        network: in eval mode; gives logits (N, K), or (N, K, 1, 1).
        layer: name of a submodule whose output is (N, C), or maps (N, C, h, w).
        inputs: one or more, on the network's device.
        reading: how often it runs in a pass, of which the last time counts, and where its units
            lie; see ``measurement.layer_readings``.

    Raises:
        UnknownNameError: no submodule is called so; the sentence lists the layers.
        BadInputError: the layer gives no tensor, or does not run; or the network gives no logits.
    """
    maps, logits = _watch(network, layer, inputs, reading)
    for split in (_traced(network, layer, inputs, reading), _whole(network, layer, reading)):
        if split is None:
            continue
        parts = split.before(inputs)
        again = split.after(*[part.clone() for part in parts])
        if _near(parts[0], maps) and _near(again, logits):
            return _checked(split, parts)
    raise BadInputError(
        f"The network gives other logits when it is run again behind '{layer}'; it is random, or "
        "keeps something from pass to pass, and cannot be measured."
    )


def _watch(
    network: nn.Module, layer: str, inputs: Tensor, reading: LayerReading
) -> tuple[Tensor, Tensor]:
    """The layer's output and the logits."""
    try:
        with observe(network, [layer], detach=True, readings={layer: reading}) as activations:
            logits = network(inputs.clone())
    except RuntimeError as error:
        if is_out_of_memory(error):
            raise
        raise BadInputError(
            f"The network fails on pictures of {list(inputs.shape[1:])}: {in_words(error)}"
        ) from error
    if layer not in activations:
        raise BadInputError(
            f"Layer '{layer}' does not run in a pass of this network; choose one that does."
        )
    maps = activations[layer]
    if maps.ndim not in (2, 4) or len(maps) != len(inputs):
        raise BadInputError(
            f"Layer '{layer}' gives {list(maps.shape)} for {len(inputs)} pictures; units are taken "
            "out of layers that give (N, units) or maps (N, units, h, w)."
        )
    if not isinstance(logits, Tensor) or logits.flatten(1).shape[1] != logits.shape[1]:
        gives = list(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise BadInputError(
            f"Units are taken out of a classifier, which gives logits (N, classes), and this "
            f"network gives {gives}."
        )
    if not torch.isfinite(logits).all():
        raise BadInputError(BROKEN)
    return maps, logits.flatten(1)


class _Tracer(fx.Tracer):
    """Keeps the layer whole, whatever it consists of.

    While ``torch.fx`` traces, it has the calls of all modules of the process, also those of other
    threads, which run networks of their own: these are let through.
    """

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self._layer = layer
        self._thread = threading.get_ident()

    def call_module(
        self,
        m: nn.Module,
        forward: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """A module is called, here or in another thread."""
        if threading.get_ident() != self._thread:
            return forward(*args, **kwargs)
        return super().call_module(m, forward, args, kwargs)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        """A module is asked for a part of it, here or in another thread."""
        if threading.get_ident() != self._thread:
            return attr_val
        return super().getattr(attr, attr_val, parameter_proxy_cache)

    def is_leaf_module(self, module: nn.Module, name: str) -> bool:
        """Whether a module becomes one step."""
        return module is self._layer or super().is_leaf_module(module, name)


def _traced(network: nn.Module, layer: str, inputs: Tensor, reading: LayerReading) -> Split | None:
    """The network in two parts; None if it cannot be taken apart."""
    if network._forward_hooks or network._forward_pre_hooks_with_kwargs:
        return None  # a trace begins and ends inside of them
    try:
        module = find_layer(network, layer)
        graph = _Tracer(module).trace(network)
    except Exception:
        # Whatever a stranger's forward pass does when it is given no numbers.
        return None
    modules = dict(network.named_modules(remove_duplicate=False))
    places = [n for n in graph.nodes if n.op == "call_module" and modules[str(n.target)] is module]
    output = next(node for node in graph.nodes if node.op == "output")
    if len(places) != reading.uses or not isinstance(output.args[0], fx.Node):
        return None
    place, last = places[-1], output.args[0]
    behind = _behind(graph, place)
    if last not in behind:
        return None
    beside = [
        node
        for node in graph.nodes
        if node not in behind
        and node.op != "get_attr"
        and any(user in behind and user is not place for user in node.users)
    ]
    first = _part(network, graph, [_input(graph)], [place, *beside])
    second = _part(network, graph, [place, *beside], [last])

    def before(x: Tensor) -> tuple[Tensor, ...]:
        x = x.clone()  # networks may work in place
        for hook in network._forward_pre_hooks.values():
            changed = hook(network, (x,))
            if changed is not None:
                x = changed[0] if isinstance(changed, tuple) else changed
        maps, *others = first(x)
        return _turned(maps, reading), *others

    def after(maps: Tensor, *others: Tensor) -> Tensor:
        (logits,) = second(_turned_back(maps, reading), *others)
        return logits.flatten(1)

    try:
        given = before(inputs)
        if not all(isinstance(p, Tensor) and len(p) == len(inputs) for p in given):
            return None  # such as the number of pictures, which is another one behind the layer
        found = linear_part(network, graph, place, last, behind, given[0].shape[1])
    except Exception:
        return None
    linear = None
    if found is not None:
        chain, linear_map, rest = found
        apart = _part(network, graph, [place, *beside], [chain])
        needed = _needed([rest, *beside], [last])
        takes = [k for k, n in enumerate(beside) if any(user in needed for user in n.users)]
        linear = Linear(
            lambda maps, *others: apart(_turned_back(maps, reading), *others)[0],
            linear_map,
            _rest(network, graph, rest, last, [beside[k] for k in takes]),
            takes,
        )
    return Split(before, after, linear, "recomputed" if linear is None else "linear")


def _rest(
    network: nn.Module, graph: fx.Graph, start: fx.Node, last: fx.Node, beside: Sequence[fx.Node]
) -> Callable[..., Tensor]:
    """What lies behind the linear map: rows (M, F) to logits (M, K)."""
    chain = dense_chain(network, start, last)
    if chain is not None:
        return Dense(chain)
    part = _part(network, graph, [start, *beside], [last])

    def rest(rows: Tensor, *others: Tensor) -> Tensor:
        (logits,) = part(rows, *others)
        return logits.flatten(1)

    return rest


def _behind(graph: fx.Graph, place: fx.Node) -> set[fx.Node]:
    """All that depends on a step, and the step."""
    found = {place}
    for node in graph.nodes:
        if any(given in found for given in node.all_input_nodes):
            found.add(node)
    return found


def _input(graph: fx.Graph) -> fx.Node:
    node: fx.Node = next(node for node in graph.nodes if node.op == "placeholder")
    return node


def _part(
    network: nn.Module, graph: fx.Graph, given: Sequence[fx.Node], wanted: Sequence[fx.Node]
) -> Callable[..., tuple[Tensor, ...]]:
    """The steps from some values to others, with the network's own modules."""
    needed = _needed(given, wanted)
    part = fx.Graph()
    copies = {node: part.placeholder(node.name) for node in given}
    for node in graph.nodes:
        if node in needed:
            copies[node] = part.node_copy(node, lambda n: copies[n])
    part.output(tuple(copies[node] for node in wanted))
    module: Any = fx.GraphModule(network, part)
    call: Callable[..., tuple[Tensor, ...]] = module
    return call


def _needed(given: Sequence[fx.Node], wanted: Sequence[fx.Node]) -> set[fx.Node]:
    """The steps that lead from some values to others."""
    needed: set[fx.Node] = set()
    left = [node for node in wanted if node not in given]
    while left:
        node = left.pop()
        needed.add(node)
        left += [n for n in node.all_input_nodes if n not in needed and n not in given]
    return needed


def _turned(maps: Tensor, reading: LayerReading) -> Tensor:
    """What a layer gives, with its units in dimension 1."""
    last = reading.channels_last and maps.ndim == 4
    return maps.permute(0, 3, 1, 2).contiguous() if last else maps


def _turned_back(maps: Tensor, reading: LayerReading) -> Tensor:
    last = reading.channels_last and maps.ndim == 4
    return maps.permute(0, 2, 3, 1).contiguous() if last else maps


def _whole(network: nn.Module, layer: str, reading: LayerReading) -> Split:
    """The network run from its inputs on each time."""
    readings = {layer: reading}

    def before(x: Tensor) -> tuple[Tensor, ...]:
        observing = observe(network, [layer], detach=True, stop=True, readings=readings)
        with observing as activations:
            network(x.clone())
        return activations[layer], x

    def after(maps: Tensor, x: Tensor) -> Tensor:
        with edit(network, {layer: lambda _: maps}, readings=readings):
            logits: Tensor = network(x.clone()).flatten(1)
        return logits

    return Split(before, after, None, "whole")


def _checked(split: Split, parts: tuple[Tensor, ...]) -> Split:
    """The split, without its short way through the linear map if that does something else."""
    if split.linear is None:
        return split
    maps, *beside = parts
    units = torch.linspace(0, maps.shape[1] - 1, min(4, maps.shape[1])).long().to(maps.device)
    edited = maps.clone()
    edited[:, units] = 0
    try:
        whole = split.after(edited.clone(), *[part.clone() for part in beside])
        rows = split.linear.rows(maps, torch.zeros_like(maps), beside)
        others = [beside[k] for k in split.linear.takes]
        direct = split.linear.rest(rows.values + rows.of(units).sum(1), *others)
        if _near(direct, whole):
            return split
    except (RuntimeError, ValueError):
        pass  # the parts do not fit together where units are taken out
    return Split(split.before, split.after, None, "recomputed")


def _near(one: Tensor, other: Tensor) -> bool:
    if one.shape != other.shape:
        return False
    return bool((one - other).abs().max() <= _TOLERANCE * other.abs().max().clamp(min=1e-6))
