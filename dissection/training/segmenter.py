"""Training and judging of the scene segmenter."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from dissection.data.images import from_bytes
from dissection.errors import BadInputError
from dissection.models.segmenters.storybook import Head, SceneNetwork, StorybookSegmenter
from dissection.training.bounds import require_counts, require_rate
from dissection.training.degrade import degrade
from dissection.training.mixed import autocast
from dissection.training.pictures import Pictures
from dissection.training.run_folder import RunFolder
from dissection.vocabulary import Vocabulary

CHANNELS = ("object", "part", "material")


@dataclass(frozen=True)
class SegmenterSettings:
    """What decides a run's result, beside the pictures.

    Attributes:
        steps: batches to train on.
        batch: pictures a step.
        widths: channels of the network at 1/2, 1/4, 1/8, 1/16 of the resolution.
        rate: peak learning rate (AdamW, one cycle).
        clean: share of batches that are not degraded.
        seed: of weights and batches.
        data: what the pictures are.

    Raises:
        BadInputError: a count is below 1, or the rate is none.
    """

    steps: int
    batch: int = 32
    widths: tuple[int, ...] = (32, 64, 128, 160)
    rate: float = 3e-3
    clean: float = 0.15
    seed: int = 0
    data: str = ""

    def __post_init__(self) -> None:
        require_counts(steps=self.steps, batch=self.batch)
        require_rate(self.rate)


def heads_for(vocabulary: Vocabulary, maps: NDArray[np.uint8]) -> list[Head]:
    """One head for each map channel, over the indices that occur in a sample of maps."""
    seen = [sorted(int(v) for v in np.unique(maps[:, k])) for k in range(len(CHANNELS))]
    return [Head(name, tuple(ids)) for name, ids in zip(CHANNELS, seen, strict=True)]


class SegmenterTraining:
    """A run that can be stepped, saved and resumed.

    Raises:
        BadInputError: the pictures have no label maps.
    """

    def __init__(
        self, settings: SegmenterSettings, pictures: Pictures, vocabulary: Vocabulary, device: str
    ) -> None:
        if pictures.maps is None:
            raise BadInputError(
                "A segmenter learns from pictures with label maps; a folder of photographs has "
                "none. Use --data storybook:churches."
            )
        self.settings, self.pictures, self.vocabulary = settings, pictures, vocabulary
        self.maps = pictures.maps
        self.device = torch.device(device)
        self.heads = heads_for(vocabulary, self.maps[:2000])
        self._channel = [_inverse(h, len(vocabulary)) for h in self.heads]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            network = SceneNetwork(sum(len(h.concepts) for h in self.heads), settings.widths, True)
        self.network = network.to(self.device).to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.AdamW(network.parameters(), settings.rate, weight_decay=1e-4)
        self.step_number = 0

    def step(self) -> float:
        """One step on one batch; returns the loss (mean cross-entropy, summed over heads)."""
        settings = self.settings
        rng = np.random.default_rng((settings.seed, self.step_number))
        chosen = np.sort(rng.integers(0, len(self.pictures), settings.batch))
        x = from_bytes(self.pictures.images[chosen])
        labels = torch.from_numpy(self.maps[chosen])
        flipped = torch.from_numpy(rng.random(settings.batch) < 0.5)
        x[flipped], labels[flipped] = x[flipped].flip(3), labels[flipped].flip(3)
        if rng.random() >= settings.clean:
            x = degrade(x, torch.Generator().manual_seed(int(rng.integers(2**62))))
        for group in self.optimizer.param_groups:
            group["lr"] = settings.rate * _one_cycle(self.step_number / settings.steps)
        self.network.train()
        x = x.to(self.device, memory_format=torch.channels_last)
        with autocast(self.device):
            scores = self.network(x).float()
        loss = torch.zeros((), device=self.device)
        parts = scores.split([len(h.concepts) for h in self.heads], 1)
        for k, (part, channel) in enumerate(zip(parts, self._channel, strict=True)):
            loss = loss + F.cross_entropy(part, channel[labels[:, k].long()].to(self.device))
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.step_number += 1
        return float(loss.detach())

    def segmenter(self) -> StorybookSegmenter:
        """What has been learned so far, folded, in the weights that would be shipped (float16)."""
        plain = self.network.float().eval().folded()
        plain.load_state_dict({k: v.half().float() for k, v in plain.state_dict().items()})
        size, device = self.pictures.size, str(self.device)
        return StorybookSegmenter(plain, self.heads, self.vocabulary, size, "unsaved", device)

    def state(self) -> dict[str, Any]:
        """Everything that ``restore`` needs to go on exactly here."""
        return {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step_number,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state of a run with the same settings."""
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step_number = state["step"]


def train_segmenter(
    settings: SegmenterSettings,
    pictures: Pictures,
    vocabulary: Vocabulary,
    out: Path,
    *,
    device: str = "cpu",
    save_every: int = 100,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int, int, float], None] = lambda *_: None,
) -> SegmenterTraining:
    """Run, or go on with, the training in folder ``out`` until its steps are done.

    Args:
        settings: what decides the result.
        pictures: with label maps.
        vocabulary: what the maps' values mean.
        out: the run's folder.
        device: "cpu" or "cuda".
        save_every: steps between states.
        stop: asked after each step; True saves the state and returns.
        progress: called after each step with (steps done, steps in all, loss).
    """
    with RunFolder(out, asdict(settings)) as folder:
        run = SegmenterTraining(settings, pictures, vocabulary, device)
        folder.resume(run.restore)
        while run.step_number < settings.steps and not stop():
            loss = run.step()
            progress(run.step_number, settings.steps, loss)
            if run.step_number % save_every == 0:
                folder.save(run.state())
                folder.log({"step": run.step_number, "loss": loss})
        folder.save(run.state())
    return run


def concept_ious(
    segmenter: StorybookSegmenter,
    pictures: Pictures,
    change: Callable[[Tensor], Tensor] = lambda x: x,
    batch: int = 25,
    tick: Callable[[int], None] = lambda _: None,
) -> dict[str, dict[str, float]]:
    """Data-set-wide IoU of every concept that occurs: category -> name -> IoU.

    Args:
        segmenter: what is judged, at the pictures' own resolution.
        pictures: held-out pictures with label maps; what they name beyond the segmenter's
            vocabulary counts as nothing.
        change: applied to the images first, for example a degradation.
        batch: pictures at a time.
        tick: called with the pictures of each batch once it is counted.
    """
    assert pictures.maps is not None
    count = len(segmenter.vocabulary)
    both, either = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for start in range(0, len(pictures), batch):
        block = np.asarray(pictures.images[start : start + batch])
        x = change(from_bytes(block))
        said = segmenter.segment(x, pictures.size).cpu().numpy()
        true = np.asarray(pictures.maps[start : start + batch]).astype(np.int64)
        true[true >= count] = 0
        hits = np.bincount(true[true == said], minlength=count)
        both += hits
        either += np.bincount(true.ravel(), minlength=count)
        either += np.bincount(said.ravel(), minlength=count) - hits
        tick(len(block))
    ious: dict[str, dict[str, float]] = {category: {} for category in CHANNELS}
    for i, concept in enumerate(segmenter.vocabulary):
        if i and either[i]:
            ious[concept.category][concept.name] = float(both[i] / either[i])
    return ious


def _inverse(head: Head, count: int) -> Tensor:
    """(vocabulary,) channel of each index; an index the head lacks is ignored by the loss."""
    channel = torch.full((count,), -100, dtype=torch.long)
    channel[list(head.concepts)] = torch.arange(len(head.concepts))
    return channel


def _one_cycle(done: float) -> float:
    """Learning rate as a share of its peak: up over the first twentieth, then down to 1 %."""
    return done / 0.05 + 0.01 if done < 0.05 else max((1 - done) / 0.95, 0.01)


def mean_iou(ious: dict[str, float] | Sequence[float]) -> float:
    """The mean over concepts, 0 if there are none."""
    values = list(ious.values()) if isinstance(ious, dict) else list(ious)
    return float(np.mean(values)) if values else 0.0
