"""A network that makes pictures four times as large, and its file.

What a generator shows at a quarter of its size is learned long before its details are. An upscaler
knows from real pictures which details belong to what is seen there: it straightens outlines and
closes them, and lays no mesh over plain places. It is no part of a generator; its pictures are what
the finest layers of one are tuned towards (``training.detail_training``).
"""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dissection.errors import BadInputError, ModelFileError
from dissection.models.weights.fault import WeightsFault
from dissection.models.weights.files import read_tensors, require_plain, safetensors_bytes
from dissection.runtime.files import file_digest, reason, user_path, write_bytes

#: How many times as large the pictures become.
FACTOR = 4
KIND = "upscaler"
#: Channels at the given size and at half of it, at twice and at four times the size.
WIDTHS = (48, 96, 32, 16)
_BLOCKS = 3
_LEAK = 0.2
_WIDEST = 1024  # channels that a file may claim


class Block(nn.Module):
    """A residual block of two convolutions: (N, C, h, w) -> same."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        with torch.no_grad():  # close to the identity at first, so that depth costs no speed
            self.second.weight.mul_(0.1)
            nn.init.zeros_(self.second.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """What goes in, and what the block adds to it."""
        added: Tensor = self.second(F.leaky_relu(self.first(x), _LEAK))
        return x + added


class Upscaler(nn.Module):
    """Pictures (N, 3, h, w), -1..1, h and w even -> (N, 3, 4 h, 4 w), nominally -1..1, unclamped.

    Bilinear upsampling, and details added to it.

    Args:
        widths: channels at h, h / 2, 2 h and 4 h.

    Attributes:
        digest: SHA-256 of the file it came from; empty if from none.

    Example:
        >>> Upscaler((4, 4, 4, 4))(torch.zeros(1, 3, 8, 8)).shape
        torch.Size([1, 3, 32, 32])
    """

    def __init__(self, widths: tuple[int, int, int, int] = WIDTHS) -> None:
        super().__init__()
        own, half, twice, whole = widths
        self.widths = widths
        self.digest = ""
        self.head = nn.Conv2d(3, own, 3, padding=1)
        self.before = nn.Sequential(*(Block(own) for _ in range(_BLOCKS)))
        self.down = nn.Conv2d(4 * own, half, 1)
        self.wide = nn.Sequential(*(Block(half) for _ in range(_BLOCKS)))
        self.up = nn.Conv2d(half, 4 * own, 1)
        self.after = nn.Sequential(*(Block(own) for _ in range(_BLOCKS)))
        self.to_twice = nn.Conv2d(own, 4 * twice, 3, padding=1)
        self.at_twice = Block(twice)
        self.to_whole = nn.Conv2d(twice, 4 * whole, 3, padding=1)
        self.at_whole = Block(whole)
        self.colors = nn.Conv2d(whole, 3, 3, padding=1)
        with torch.no_grad():
            self.colors.weight.mul_(0.1)

    def forward(self, x: Tensor) -> Tensor:
        """The larger pictures, float32."""
        plain = F.interpolate(x.float(), scale_factor=FACTOR, mode="bilinear", align_corners=False)
        maps = self.before(self.head(x))
        wide = self.wide(self.down(F.pixel_unshuffle(maps, 2)))
        maps = self.after(maps + F.pixel_shuffle(self.up(wide), 2))
        maps = self.at_twice(F.leaky_relu(F.pixel_shuffle(self.to_twice(maps), 2), _LEAK))
        maps = self.at_whole(F.leaky_relu(F.pixel_shuffle(self.to_whole(maps), 2), _LEAK))
        details: Tensor = self.colors(maps)
        return plain + details.float()


def shrunk(images: Tensor) -> Tensor:
    """Pictures (N, 3, R, R) at a quarter of their size, as an upscaler takes them."""
    return F.avg_pool2d(images, FACTOR)


def save_upscaler(network: Upscaler, path: Path, notes: dict[str, str]) -> None:
    """Write an upscaler as float16 safetensors, whole or not at all.

    Raises:
        BadInputError: a weight is beyond what float16 holds: the training has diverged.
        DissectionError: the file cannot be written.
    """
    tensors = {k: v.detach().cpu().half().contiguous() for k, v in network.state_dict().items()}
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise BadInputError(
                f"{path} is not written: {name} has values beyond all measure; train in another "
                "folder with a lower --rate."
            )
    texts = {**notes, "kind": KIND, "widths": ",".join(map(str, network.widths))}
    write_bytes(path, safetensors_bytes(tensors, texts))


def load_upscaler(path: str | Path) -> Upscaler:
    """An upscaler from a file of ``save_upscaler``: eval mode, float32, CPU, without gradients.

    Raises:
        BadInputError: there is no such file.
        ModelFileError: it is no upscaler, or a damaged one.
    """
    path = user_path(path)
    if not path.is_file():
        raise BadInputError(
            f"There is no upscaler {path}; 'dissection train upscaler --out RUN' makes one."
        )
    try:
        tensors, notes = read_tensors(path)
        if notes.get("kind") != KIND:
            raise WeightsFault(f"it does not say '{KIND}'")
        network = _assemble(tensors, notes.get("widths", ""))
        network.digest = file_digest(path)
    except WeightsFault as fault:
        raise ModelFileError(f"{path} cannot be used as an upscaler: {fault}.") from fault
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read: {reason(error)}.") from error
    return network


def _assemble(tensors: dict[str, Tensor], told: str) -> Upscaler:
    numbers = [int(text) for text in told.split(",") if text.isdecimal() and len(text) < 6]
    if len(numbers) != len(WIDTHS) or not all(0 < n <= _WIDEST for n in numbers):
        raise WeightsFault("its notes do not tell its widths; take another copy of it")
    own, half, twice, whole = numbers
    with torch.device("meta"):  # no memory before the shapes are known to be these
        network = Upscaler((own, half, twice, whole))
    expected = network.state_dict()
    for name in sorted({*expected, *tensors}):
        if name not in tensors:
            raise WeightsFault(f"it lacks the tensor {name}")
        plain = require_plain(name, tensors[name])
        if name not in expected or plain.shape != expected[name].shape:
            raise WeightsFault(f"it has a tensor {name} of the shape {tuple(plain.shape)}")
        if not torch.isfinite(plain).all():
            raise WeightsFault(f"{name} has values that are not finite numbers")
    weights = {name: tensors[name].float().contiguous() for name in expected}
    network.load_state_dict(weights, assign=True)
    return network.requires_grad_(False).eval()
