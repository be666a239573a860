"""Files of classifiers trained here: weights in 8 bits, the plan, and names of the classes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import safetensors
from torch import Tensor, nn

from dissection.errors import BadInputError
from dissection.models.bundled import CLASSIFIER
from dissection.models.classifiers.plans import Plan
from dissection.models.weights.compact import Rounded, compacted, finest_scale, round_to
from dissection.models.weights.fault import WeightsFault
from dissection.models.weights.files import safetensors_bytes
from dissection.runtime.files import write_with

KIND = CLASSIFIER
#: Tensors with fewer inputs than this stay float32: their scales would take as much as they save.
_FEWEST_INPUTS = 8


@dataclass(frozen=True, eq=False)
class Trained:
    """What a file of a classifier says.

    Attributes:
        plan: its layers.
        classes: names of its outputs, in order.
        notes: all texts of the file.
    """

    plan: Plan
    classes: tuple[str, ...]
    notes: Mapping[str, str]


def save_classifier(
    network: nn.Module,
    plan: Plan,
    classes: Sequence[str],
    path: Path,
    notes: Mapping[str, str],
    compact: bool = True,
) -> None:
    """Write a folded network as safetensors, whole or not at all; the same bytes for the same.

    Args:
        network: of ``plan``, without normalization (``plans.folded``).
        plan: its layers.
        classes: names of its outputs.
        path: the file.
        notes: more texts.
        compact: weights in 8 bits (``compact_weights``), else float32.
    """
    stored: dict[str, Tensor | Rounded] = {}
    for key, value in network.state_dict().items():
        tensor = value.detach().float().cpu()
        if compact and tensor.ndim >= 2 and tensor.shape[1] >= _FEWEST_INPUTS:
            stored[key] = round_to(tensor, finest_scale(tensor))
        else:
            stored[key] = tensor
    texts = {
        **notes,
        "kind": KIND,
        "plan": json.dumps([plan.name, list(plan.units), plan.dense, plan.size]),
        "classes": json.dumps(list(classes)),
    }
    if compact:
        tensors, texts = compacted(stored, texts)
    else:
        tensors = {k: v for k, v in stored.items() if isinstance(v, Tensor)}
    data = safetensors_bytes({k: t.contiguous() for k, t in tensors.items()}, texts)
    write_with(path, lambda stream: stream.write(data))


def trained(path: Path) -> Trained | None:
    """What a file says of the classifier in it; None if it is no such file.

    Raises:
        WeightsFault: it says that it is one, and what else it says is damaged.
    """
    with path.open("rb") as stream:
        if stream.read(9)[8:9] != b"{":
            return None
    try:
        with safetensors.safe_open(path, "pt") as file:
            notes = dict(file.metadata() or {})
    except safetensors.SafetensorError:
        return None
    if notes.get("kind") != KIND:
        return None
    try:
        name, units, dense, size = json.loads(notes["plan"])
        classes = tuple(str(one) for one in json.loads(notes["classes"]))
        plan = Plan(name, tuple(int(n) for n in units), int(dense), int(size), len(classes))
    except (KeyError, ValueError, TypeError, BadInputError) as error:
        raise WeightsFault("its plan or its classes cannot be read") from error
    return Trained(plan, classes, notes)
