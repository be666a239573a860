"""``dissection layers``: which layers of a network can be dissected."""

from typing import TYPE_CHECKING, Any

from dissection.commands.echo import echo
from dissection.commands.options import Model, Shown, Weights
from dissection.commands.reporting import reporting
from dissection.errors import BadInputError

if TYPE_CHECKING:
    from torch import Tensor

    from dissection.models.classifiers.load import Network


def command(
    model: Model = "storybook-church", weights: Weights = None, progress: Shown = "none"
) -> None:
    """List the layers of a network whose output is a feature map: name, units, height, width.

    Example: dissection layers --model storybook-church
    """
    with reporting(progress) as report:
        from dissection.models.classifiers.load import load_network

        network = load_network(model, str(weights) if weights else None)
        takes, (shapes, output) = _shapes(network)
        report.result = {
            "name": network.name,
            "takes": takes,
            "layers": [[name, *shape] for name, shape in shapes.items()],
            "output": output,
        }
    if not report.quiet:
        for name, (units, height, width) in shapes.items():
            echo(f"{name:24}{units:6} units{height:6} x {width}")


#: (C, h, w) of layers in the order in which they run, and the shape of one input's output.
_Shapes = tuple[dict[str, tuple[int, int, int]], list[int]]


def _shapes(network: "Network") -> tuple[str, _Shapes]:
    """What a network takes, and the shapes of what it makes of it."""
    import torch

    from dissection.runtime.entry_points import in_words

    latent = torch.zeros(1, network.depth)
    picture = torch.zeros(1, 3, network.size, network.size)
    kinds: dict[str, Tensor] = {"latents": latent, "pictures": picture}
    if network.takes:
        kinds = {network.takes: kinds[network.takes]}
    said = ""
    for takes, given in kinds.items():
        try:
            return takes, _run(network.module, given)
        except Exception as error:  # a user's own network can fail in any way
            said = in_words(error)
    raise BadInputError(
        f"The layers of {network.name} cannot be listed: it takes neither latents of "
        f"{network.depth} numbers nor pictures of {network.size} px; {said}"
    )


def _run(module: Any, given: "Tensor") -> _Shapes:
    import torch
    from torch import Tensor

    shapes: dict[str, tuple[int, int, int]] = {}
    handles = []
    for name, layer in module.named_modules():
        if not name:
            continue

        def note(_: Any, __: Any, output: Any, name: str = name) -> None:
            if isinstance(output, Tensor) and output.ndim == 4 and output.shape[1] > 3:
                shapes.pop(name, None)  # of a layer that runs again the last use counts
                shapes[name] = (output.shape[1], output.shape[2], output.shape[3])

        handles.append(layer.register_forward_hook(note))
    try:
        with torch.no_grad():
            made = module(given)
    finally:
        for handle in handles:
            handle.remove()
    return shapes, list(made.shape[1:]) if isinstance(made, Tensor) else []
