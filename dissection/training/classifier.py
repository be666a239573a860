"""Training of classifiers."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dissection.errors import BadInputError
from dissection.models.classifiers.plans import Plan, folded
from dissection.models.classifiers.trained import save_classifier
from dissection.models.classifiers.transforms import IMAGENET
from dissection.runtime.own_files import OwnFiles
from dissection.training.augment import Augmentation
from dissection.training.bounds import require_counts, require_rate
from dissection.training.classes import ClassPictures
from dissection.training.classifier_quality import accuracy, predicted
from dissection.training.feed import Feed
from dissection.training.mixed import autocast
from dissection.training.run_folder import SNAPSHOTS, RunFolder

#: The loss of a step is asked for so often: on a GPU that waits for it.
_TELL_EVERY = 10


@dataclass(frozen=True)
class ClassifierSettings:
    """What decides a run's result, beside the pictures.

    Attributes:
        plan: the network's layers, as (name, units, dense, size, classes).
        steps: batches to train on.
        batch: pictures a step.
        rate: peak learning rate (AdamW, one cycle).
        decay: weight decay.
        smoothing: of the labels, 0..1.
        dropout: share of fc6's and fc7's units that a step leaves out.
        snapshots: networks kept on the way; the last one is the result.
        seed: of weights, batches and changes of pictures.
        start: SHA-256 of the weights that training starts from, or "" for random ones.
        data: what the pictures are.

    Raises:
        BadInputError: a count is below 1, or the rate is none.
    """

    plan: tuple[str, tuple[int, ...], int, int, int]
    steps: int
    batch: int = 128
    rate: float = 2e-3
    decay: float = 0.05
    smoothing: float = 0.05
    dropout: float = 0.3
    snapshots: int = 8
    seed: int = 0
    start: str = ""
    data: str = ""

    def __post_init__(self) -> None:
        require_counts(steps=self.steps, batch=self.batch, snapshots=self.snapshots)
        require_rate(self.rate)


def snapshot_steps(steps: int, count: int) -> list[int]:
    """After which steps a network is kept: each twice as far as the one before, up to the end.

    Early training changes most, so that is where they lie closest.
    """
    return sorted({max(1, steps // 2**k) for k in range(count)})


class ClassifierTraining:
    """A run that can be stepped, saved and resumed.

    Args:
        settings: what decides the result.
        pictures: to train on.
        device: "cpu" or "cuda".
        start: weights to go on from, by name; with them the network trains as it is shipped,
            without normalization. Layers of other classes' logits begin anew.

    Raises:
        BadInputError: the weights do not fit the plan, or the pictures have another size.
    """

    def __init__(
        self,
        settings: ClassifierSettings,
        pictures: ClassPictures,
        device: str,
        start: Mapping[str, Tensor] | None = None,
    ) -> None:
        self.settings, self.pictures = settings, pictures
        self.device = torch.device(device)
        self.plan = Plan(*settings.plan)
        if pictures.size != self.plan.size:
            raise BadInputError(
                f"The pictures have {pictures.size} px and the plan takes {self.plan.size}; make "
                "both the same with --size."
            )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            network = self.plan.initialized(norm=start is None)
        if start is not None:
            _start(network, start)
        for module in network.modules():
            if isinstance(module, nn.Dropout):
                module.p = settings.dropout
        self.network = network.to(self.device).to(memory_format=torch.channels_last)
        flat = [p for p in network.parameters() if p.ndim < 2]
        deep = [p for p in network.parameters() if p.ndim >= 2]
        groups: list[dict[str, Any]] = [{"params": deep}, {"params": flat, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(groups, settings.rate, weight_decay=settings.decay)
        self.augmentation = Augmentation()
        self.feed = Feed(pictures.images, self.device)
        self.feed.supply(len(pictures))
        self.step_number = 0
        self.rows: list[dict[str, Any]] = []

    def step(self) -> Tensor:
        """One step on one batch; returns its loss, on the device."""
        settings = self.settings
        rng = np.random.default_rng((settings.seed, self.step_number))
        chosen = np.sort(rng.integers(0, len(self.pictures), settings.batch))
        drawn = self.augmentation.draw(rng, settings.batch).to(self.device, non_blocking=True)
        torch.manual_seed(int(rng.integers(2**62)))  # of dropout
        source = torch.from_numpy(np.ascontiguousarray(self.feed.drawn(chosen)))
        targets = torch.from_numpy(self.pictures.targets[chosen]).to(self.device)
        images = self.feed.batch(source.to(self.device, non_blocking=True))
        for group in self.optimizer.param_groups:
            group["lr"] = settings.rate * _one_cycle(self.step_number / settings.steps)
        self.network.train()
        with torch.no_grad():
            x = self.augmentation.apply(images.permute(0, 3, 1, 2).float() / 255, drawn)
            x = IMAGENET(x * 2 - 1).contiguous(memory_format=torch.channels_last)
        with autocast(self.device):
            logits = self.network(x)
        loss = F.cross_entropy(logits.float(), targets, label_smoothing=settings.smoothing)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimizer.step()
        self.step_number += 1
        return loss.detach()

    def classifier(self) -> nn.Module:
        """What has been learned so far, folded: on the CPU, for normalized pictures."""
        return folded(self.network, self.plan)

    def state(self) -> dict[str, Any]:
        """Everything that ``restore`` needs to go on exactly here."""
        return {
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step_number,
            "rows": self.rows,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state of a run with the same settings."""
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step_number, self.rows = state["step"], list(state["rows"])


def train_classifier(
    settings: ClassifierSettings,
    pictures: ClassPictures,
    held_out: ClassPictures,
    out: Path,
    *,
    start: Mapping[str, Tensor] | None = None,
    device: str = "cpu",
    save_every: int = 200,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int, float], None] = lambda *_: None,
) -> ClassifierTraining:
    """Run, or go on with, the training in folder ``out`` until its steps are done.

    The folder holds state.pt, settings.json, log.jsonl (loss, accuracy on held-out pictures), and
    snapshots/step-N.safetensors; its result depends on settings and pictures alone, not on how
    often it was stopped.

    Args:
        settings: what decides the result.
        pictures: to train on.
        held_out: that are measured at each snapshot.
        out: the run's folder.
        start: weights to go on from, by name.
        device: "cpu" or "cuda".
        save_every: steps between states and rows of the log.
        stop: asked after each step; True saves the state and returns.
        progress: called now and then with (steps done, loss).
    """
    keep = snapshot_steps(settings.steps, settings.snapshots)
    devices = range(torch.cuda.device_count())
    with RunFolder(out, asdict(settings)) as folder, torch.random.fork_rng(devices=devices):
        run = ClassifierTraining(settings, pictures, device, start)
        folder.resume(run.restore)
        folder.restart_log(run.rows)
        began, first = time.perf_counter(), run.step_number
        while run.step_number < settings.steps and not stop():
            loss = run.step()
            done = run.step_number
            if done % _TELL_EVERY == 0 or done == settings.steps:
                progress(done, float(loss))
            kept = done in keep
            if not kept and done % save_every:
                continue
            row: dict[str, Any] = {"step": done, "images": done * settings.batch}
            row["loss"] = round(float(loss), 5)
            if kept:
                row["accuracy"] = _snapshot(run, held_out, out)
            run.rows.append(row)
            folder.save(run.state())
            rate = (done - first) * settings.batch / (time.perf_counter() - began)
            folder.log({**row, "images_per_second": round(rate, 1)})
        folder.save(run.state())
    return run


def _snapshot(run: ClassifierTraining, held_out: ClassPictures, out: Path) -> float:
    """Keep the network as it is now; returns its accuracy on held-out pictures."""
    network = run.classifier()
    found = accuracy(predicted(network, held_out, str(run.device)), held_out.targets)
    path = out / SNAPSHOTS / f"step-{run.step_number:06d}.safetensors"
    OwnFiles(path.parent).claim(path.name)
    notes = {
        "data": run.pictures.source,
        "steps": str(run.step_number),
        "batch": str(run.settings.batch),
        "accuracy": f"{found:.4f}",
    }
    save_classifier(network, run.plan, run.pictures.classes, path, notes)
    return round(found, 4)


def _start(network: nn.Module, start: Mapping[str, Tensor]) -> None:
    """Fill a network with weights; the last layer only where it has as many classes."""
    state = network.state_dict()
    last = [name for name, m in network.named_modules() if isinstance(m, nn.Linear)][-1]
    missing = [name for name in state if name not in start and "num_batches" not in name]
    more = [name for name in start if name not in state]
    if missing or more:
        what = f"lacks {missing[0]}" if missing else f"has {more[0]} besides"
        raise BadInputError(f"The weights of --start are of another plan: the file {what}.")
    for name, tensor in start.items():
        if tensor.shape == state[name].shape:
            state[name].copy_(tensor)
        elif not name.startswith(f"{last}."):
            raise BadInputError(
                f"The weights of --start are of other widths: {name} has the shape "
                f"{tuple(tensor.shape)} and should have {tuple(state[name].shape)}; give the same "
                "--units, --dense and --size."
            )


def _one_cycle(done: float) -> float:
    """Learning rate as a share of its peak: up over the first twentieth, then a cosine down."""
    if done < 0.05:
        return done / 0.05 + 0.01
    return 0.5 * (1 + float(np.cos(np.pi * (done - 0.05) / 0.95))) + 0.001
