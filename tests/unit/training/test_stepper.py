import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from torch import nn

from dissection.errors import BadInputError
from dissection.training.generator import GeneratorTraining
from dissection.training.growth import GrowthPlan
from dissection.training.settings import GeneratorSettings
from dissection.training.stepper import Stepper, forget_moments, restore_optimizer

CPU = torch.device("cpu")
PLAN = GrowthPlan((16, 32), (0, 8), (8, 8))
SETTINGS = GeneratorSettings((8, 8), (8, 8), PLAN, depth=8, penalty_every=2)


class Recorded:
    """What stands for a CUDA graph here: a replay does what was captured."""

    step = staticmethod(lambda: None)

    def replay(self) -> None:
        type(self).step()


@pytest.fixture
def graphed(monkeypatch: pytest.MonkeyPatch) -> Stepper:
    """A stepper that captures, on a machine without a GPU."""

    @contextmanager
    def capture(*_: object, **__: object) -> Iterator[None]:
        yield

    monkeypatch.setattr(torch.cuda, "CUDAGraph", Recorded)
    monkeypatch.setattr(torch.cuda, "graph", capture)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda *_: None)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda *_: None)
    stepper = Stepper(CPU)
    stepper.graphed = True
    return stepper


def test_a_kind_of_step_is_captured_once_it_is_warm(graphed: Stepper) -> None:
    calls: list[str] = []
    replays: list[int] = []
    Recorded.step = staticmethod(lambda: replays.append(1))
    for _ in range(graphed.warm + 2):
        graphed.run("coarse", lambda: calls.append("coarse"))
    assert len(calls) == graphed.warm  # the last of them is the capture
    assert len(replays) == 3
    graphed.run("fine", lambda: calls.append("fine"))
    assert calls[-1] == "fine"


def test_steps_that_cannot_be_captured_run_plainly(
    graphed: Stepper, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    graphed.say = said.append
    capturing = threading.Event()

    class Failing:
        def __init__(self) -> None:
            capturing.set()

    monkeypatch.setattr(torch.cuda, "CUDAGraph", Failing)
    done: list[int] = []

    def step() -> None:
        if capturing.is_set():
            capturing.clear()
            raise RuntimeError("operation not permitted when stream is capturing\nat ...")
        done.append(1)

    for _ in range(8):
        graphed.run("coarse", step)
    assert len(done) == 8
    assert said == [
        "Steps are not captured as CUDA graphs: RuntimeError: operation not permitted when stream "
        "is capturing. Training goes on without."
    ]


def test_layers_that_cannot_be_compiled_run_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_compiler(*_: object, **__: object) -> Callable[..., None]:
        def fail(*_: object) -> None:
            raise RuntimeError("no C++ compiler was found\nmore")

        return fail

    monkeypatch.setattr(torch, "compile", no_compiler)
    pictures = np.random.default_rng(0).integers(0, 256, (16, 8, 8, 3), np.uint8)
    said: list[str] = []
    hopeful = GeneratorTraining(SETTINGS, pictures, speed="compiled", say=said.append)
    plain = GeneratorTraining(SETTINGS, pictures, speed="plain")
    for _ in range(4):
        hopeful.step()
        plain.step()
    assert len(said) == 1
    assert "no C++ compiler was found. Training goes on" in said[0]
    for key, tensor in plain.state()["generator"].items():
        assert torch.equal(tensor, hopeful.state()["generator"][key]), key


def test_a_step_is_run_again_after_it_failed_half_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a capture or a compiled layer may, between the players' turns."""
    pictures = np.random.default_rng(0).integers(0, 256, (16, 8, 8, 3), np.uint8)
    broken, whole = (GeneratorTraining(SETTINGS, pictures, speed="plain") for _ in range(2))
    update = GeneratorTraining.update_player

    def fail(run: GeneratorTraining, player: int, loss: torch.Tensor) -> None:
        if player == 0:
            raise RuntimeError("half-way")
        update(run, player, loss * 0)

    monkeypatch.setattr(GeneratorTraining, "update_player", fail)
    with pytest.raises(RuntimeError, match="half-way"):
        broken.step()
    monkeypatch.setattr(GeneratorTraining, "update_player", update)
    before = whole.copied_weights()["discriminator"]
    broken.step()
    whole.step()
    after = broken.copied_weights()["discriminator"]
    assert any(not torch.equal(before[key], after[key]) for key in before)


def test_a_step_that_is_wrong_is_wrong_without_compilation_too() -> None:
    stepper = Stepper(CPU, "plain")
    with pytest.raises(ZeroDivisionError):
        stepper.run("k", lambda: [][1 // 0])
    with pytest.raises(BadInputError, match="choose one of auto, plain, graphs, compiled"):
        Stepper(CPU, "fast")


def test_forgotten_moments_are_those_of_a_new_optimizer() -> None:
    def trained(steps: int, forget: bool) -> torch.Tensor:
        weight = nn.Parameter(torch.ones(3))
        optimizer = Stepper(CPU).adam([weight], 0.1)
        for k in range(steps):
            weight.grad = torch.tensor([1.0, 2.0, -3.0]) * (k + 1)
            optimizer.step()
        if forget:
            forget_moments(optimizer)
            weight.data.fill_(1)
        weight.grad = torch.tensor([-1.0, 1.0, 2.0])
        optimizer.step()
        return weight.detach()

    assert torch.equal(trained(5, forget=True), trained(0, forget=False))


def test_moments_are_restored_and_the_way_of_computing_is_not() -> None:
    weight = nn.Parameter(torch.ones(3))
    old = torch.optim.Adam([weight], 0.5, (0.0, 0.99), foreach=True)
    weight.grad = torch.ones(3)
    old.step()
    new = Stepper(CPU).adam([weight], 0.1)
    restore_optimizer(new, old.state_dict())
    group = new.param_groups[0]
    assert (group["fused"], group["foreach"], group["lr"]) == (True, None, 0.1)
    assert torch.equal(new.state[weight]["exp_avg_sq"], old.state[weight]["exp_avg_sq"])
