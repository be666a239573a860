"""Weights inside what training scripts save around them.

A checkpoint holds the weights of a network in a mapping under some key (``state_dict``, ``model``,
``g_ema`` ...), and their names behind prefixes of whatever the network stood in while it was
trained: ``module.`` of parallel training, ``_orig_mod.`` of compiling, ``model.`` of Lightning.
What is wanted are the tensors by the names that the network itself gives them.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from torch import Tensor

from dissection.models.weights.fault import WeightsFault

#: Where training scripts put weights, those to be taken first, first.
KEYS = ("state_dict", "model_state_dict", "model", "net", "network", "weights", "ema", "model_ema")
#: The same of the generators of GANs: the running mean of the weights before the last ones.
GENERATOR_KEYS = (
    *("g_ema", "G_ema", "Gs", "g_running", "netG_ema", "generator_ema", "ema"),
    *("generator", "netG", "G", "gen", "g", "gen_state_dict", "generator_state_dict"),
)
#: What wraps a module under a name of its own and changes nothing.
_WRAPPED = re.compile(r"(^|\.)(?:(?:module|_orig_mod|_fsdp_wrapped_module)\.)+")
#: Mappings in mappings are looked into so deep.
_DEPTH = 3


def plain_key(key: str) -> str:
    """A tensor's name without what parallel training and compiling put into it."""
    return _WRAPPED.sub(r"\1", key)


def mappings_of_tensors(
    loaded: Mapping[str, Any], first: Collection[str] = KEYS
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """All mappings in a checkpoint that hold tensors by name, and where: "" or "model.ema".

    Args:
        loaded: what a file held.
        first: keys to be looked under before others, in order.
    """
    yield from _mappings(loaded, list(first), "", _DEPTH)


def _mappings(
    held: Mapping[str, Any], first: list[str], path: str, depth: int
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if any(isinstance(value, Tensor) for value in held.values()):
        yield path, held
    if depth:
        keys = [key for key, value in held.items() if isinstance(value, Mapping)]
        for key in sorted(keys, key=lambda k: first.index(k) if k in first else len(first)):
            inner = {str(name): value for name, value in held[key].items()}
            yield from _mappings(inner, first, f"{path}.{key}" if path else str(key), depth - 1)


def named_for(
    loaded: Mapping[str, Any],
    wanted: Collection[str],
    name: str,
    rename: Callable[[str], str] = str,
    optional: Callable[[str], bool] = lambda _: False,
) -> dict[str, Any]:
    """The tensors of a checkpoint by a network's own names.

    Args:
        loaded: what a file held.
        wanted: names of the network's weights.
        name: of the network, for messages.
        rename: makes a name of the file, without wrappers, one of the network: older names.
        optional: which names may be missing.

    Returns:
        All tensors of the mapping that holds the wanted ones; those that lie behind the network's
        prefix alone, where it has one. If none holds all, those of the one that holds most.

    Raises:
        WeightsFault: no mapping has any; the sentence says what the file's keys begin with.
    """
    needed = [key for key in wanted if not optional(key)]
    for _, held in mappings_of_tensors(loaded):
        if needed and all(key in held for key in needed):
            return dict(held)
        ours = {plain_key(key): key for key in wanted}
        theirs = {rename(plain_key(key)): value for key, value in held.items()}
        plain = [plain_key(key) for key in needed]
        if len(ours) < len(wanted) or not plain:
            continue
        prefix = _prefix(theirs, plain, rename)
        if prefix is not None:
            inside = {
                rename(key[len(prefix) :]): value
                for key, value in theirs.items()
                if key.startswith(prefix)
            }
            return {ours.get(key, key): value for key, value in inside.items()}
    return _nearest(loaded, wanted, needed, name, rename)


def _prefix(held: Collection[str], needed: list[str], rename: Callable[[str], str]) -> str | None:
    """What stands in front of all the needed names, or None; the shortest such thing."""
    ends = [f".{needed[0]}", needed[0]]
    found = [key[: -len(needed[0])] for key in held if key == ends[1] or key.endswith(ends[0])]
    if rename is not str:  # an older name behind a prefix is told by its network's own names
        found += [key[:at] for key in held for at in _starts(key) if rename(key[at:]) == needed[0]]
    for prefix in sorted(set(found), key=len):
        inside = {rename(key[len(prefix) :]) for key in held if key.startswith(prefix)}
        if inside.issuperset(needed):
            return prefix
    return None


def _starts(key: str) -> Iterator[int]:
    yield 0
    yield from (match.end() for match in re.finditer(r"\.", key))


def _nearest(
    loaded: Mapping[str, Any],
    wanted: Collection[str],
    needed: list[str],
    name: str,
    rename: Callable[[str], str],
) -> dict[str, Any]:
    """The tensors of the mapping that has most of the names; the caller finds what is missing."""
    best: tuple[int, str, dict[str, Any]] | None = None
    for path, held in mappings_of_tensors(loaded):
        theirs = {rename(plain_key(key)): value for key, value in held.items()}
        count = sum(plain_key(key) in theirs for key in needed)
        if best is None or count > best[0]:
            best = count, path, theirs
    if best is None:
        keys = ", ".join(list(loaded)[:5]) or "nothing"
        raise WeightsFault(f"it holds no tensors by name, but {keys}")
    count, path, held = best
    if count or not needed:
        ours = {plain_key(key): key for key in wanted}
        return {ours.get(key, key): value for key, value in held.items()}
    first = next(key for key, value in held.items() if isinstance(value, Tensor))
    where = f" under {path}" if path else ""
    raise WeightsFault(
        f"it lacks the tensor {needed[0]}, which {name} has; its keys{where} begin with {first}"
    )
