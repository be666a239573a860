"""Checkpoints as training scripts save them."""

import argparse
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from dissection.errors import ModelFileError
from dissection.models.classifiers.fill import fill
from dissection.models.generators.checkpoints import load_generator
from dissection.models.weights.fault import WeightsFault
from dissection.models.weights.files import read_checkpoint
from dissection.models.weights.wrappers import named_for, plain_key
from support.tiny import tiny_generator

State = dict[str, Any]


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))


def front(prefix: str) -> Callable[[State], State]:
    return lambda state: {prefix + key: value for key, value in state.items()}


FORMS: dict[str, Callable[[State], State]] = {
    "plain": lambda s: s,
    "compiled": front("_orig_mod."),
    "parallel twice": front("module.module."),
    "compiled, then parallel": front("module._orig_mod."),
    "reference scripts": lambda s: {
        "model": s, "optimizer": {"state": {}}, "epoch": 4, "args": argparse.Namespace(lr=0.1),
    },
    "tutorials": lambda s: {"model_state_dict": s, "epoch": 1, "loss": 0.3},
    "Lightning": lambda s: {"state_dict": front("model.")(s) | {"loss.weight": torch.ones(2)}},
    "Lightning, compiled": lambda s: {"state_dict": front("model._orig_mod.")(s), "epoch": 1},
    "numbers of NumPy": lambda s: {
        "state_dict": s, "best": np.float64(71.3), "seen": np.int64(7), "f": np.float32(1),
    },
    "net": lambda s: {"net": s, "acc": 93.0, "epoch": 9},
    "ema": lambda s: {"ema": front("module.")(s), "updates": 3},
    "deep": lambda s: {"checkpoint": {"weights": front("backbone.")(s)}},
    "a tensor beside": lambda s: {"epoch": torch.tensor(3), "network": s},
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("parallel", [False, True])
def test_weights_are_found_in_what_is_saved_around_them(
    tmp_path: Path, form: str, parallel: bool
) -> None:
    theirs = network()
    torch.save(FORMS[form](dict(theirs.state_dict())), tmp_path / "w.pth")
    ours = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))
    # On either side: the network may stand in a wrapper that the file knows nothing of.
    fill(tmp_path / "w.pth", "net", nn.DataParallel(ours) if parallel else ours)
    for key, value in theirs.state_dict().items():
        assert torch.equal(ours.state_dict()[key], value)


@pytest.mark.parametrize("first", ["model", "state_dict"])
def test_the_weights_themselves_come_before_their_mean(first: str) -> None:
    held = {"model_ema": {"a": torch.ones(1)}, first: {"a": torch.zeros(1)}}
    assert named_for(held, ["a"], "net")["a"].item() == 0


@pytest.mark.parametrize(
    ("held", "sentence"),
    [
        ({"model": {"other.0.w": torch.ones(1)}}, r"its keys under model begin with other\.0\.w"),
        ({"0.weight": torch.ones(4, 3, 3, 3)}, r"it lacks the tensor 0\.bias, which net has\.$"),
        ({"epoch": 3, "lr": 0.1}, "it holds no tensors by name, but epoch, lr"),
    ],
)  # fmt: skip
def test_what_the_file_holds_is_said(tmp_path: Path, held: State, sentence: str) -> None:
    torch.save(held, tmp_path / "w.pth")
    with pytest.raises(ModelFileError, match=sentence):
        fill(tmp_path / "w.pth", "net", network())


def test_names_that_only_look_like_wrappers_are_kept() -> None:
    assert plain_key("module.a.module.b") == "a.b"
    assert plain_key("submodule.a") == "submodule.a"
    own = {"module.a": torch.zeros(1), "a": torch.ones(1)}
    assert named_for(own, list(own), "net") == own


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_files_of_other_kinds_are_named(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.script(nn.Conv2d(3, 4, 3)).save(tmp_path / "script.pt")
    with pytest.raises(WeightsFault, match="TorchScript, whose layers cannot be observed"):
        read_checkpoint(tmp_path / "script.pt")
    for start in (b"\4\0\0\0\1\0\0\0\3\0\0\0V 1\x0d\0\0\0nn.Sequential", b"4\n1\n3\nV 1\n13\nnn.S"):
        (tmp_path / "net.t7").write_bytes(start + bytes(64))
        with pytest.raises(WeightsFault, match=r"Lua Torch \(\.t7\)"):
            read_checkpoint(tmp_path / "net.t7")


class Reduced:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return print, ("run",)


@pytest.mark.parametrize("held", [Reduced(), np.array([object()]), np.array(["text"])[0]])
def test_numbers_are_let_in_and_code_is_not(
    tmp_path: Path, held: object, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save({"state_dict": {"a": torch.ones(1)}, "beside": held}, tmp_path / "w.pth")
    with pytest.raises(WeightsFault):
        read_checkpoint(tmp_path / "w.pth")
    assert capsys.readouterr().out == ""


GENERATOR_FORMS: dict[str, Callable[[State], State]] = {
    "parallel": front("module."),
    "under generator": lambda s: {"generator": s, "discriminator": {"w": torch.ones(1)}},
    "the running one": lambda s: {"g_running": front("module.")(s)},
    "the mean first": lambda s: {"G": {k: v + 1 for k, v in s.items()}, "G_ema": s},
    "a pair in one mapping": lambda s: {
        "state_dict": front("netG.")(s) | {"netD.w": torch.ones(1)}, "epoch": 3,
    },
}  # fmt: skip


@pytest.mark.parametrize("form", GENERATOR_FORMS)
def test_generators_are_found_just_so(tmp_path: Path, form: str) -> None:
    theirs = tiny_generator()
    torch.save(GENERATOR_FORMS[form](dict(theirs.state_dict())), tmp_path / "g.pth")
    ours = load_generator(tmp_path / "g.pth").state_dict()
    assert all(torch.equal(ours[key], value) for key, value in theirs.state_dict().items())


@pytest.mark.parametrize(
    ("held", "sentence"),
    [
        ({"initial_block.conv_1.weight": torch.ones(1)}, "is a generator of pro_gan_pytorch"),
        ({"generator": {"progression_4.conv.0.conv.weight_orig": torch.ones(1)}}, "rosinality"),
        ({"netG": {"scaleLayers.0.0.module.weight": torch.ones(1)}}, "of pytorch_GAN_zoo"),
        ({"netG": {"main.0.weight": torch.ones(1)}}, r"under netG begin with main\.0\.weight"),
    ],
)
def test_generators_of_other_programs_are_named(tmp_path: Path, held: State, sentence: str) -> None:
    torch.save(held, tmp_path / "g.pth")
    with pytest.raises(ModelFileError, match=sentence):
        load_generator(tmp_path / "g.pth")
