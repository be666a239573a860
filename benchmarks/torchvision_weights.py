"""Does every torchvision classifier load its own weights?

    python benchmarks/torchvision_weights.py [MOST]

Each classifier below MOST million parameters (100 unless said) is made with random weights of 16
bits, saved as training scripts save it, and loaded by ``load_network``; every weight is compared.
Prints a line for each; ends with 1 if any differs. (Names and shapes of all are a test.)
"""

import sys
import tempfile
import time
from pathlib import Path

import torch
from torchvision import models

from dissection.errors import DissectionError
from dissection.models.classifiers.fill import planned
from dissection.models.classifiers.load import load_network
from dissection.models.classifiers.torchvision_models import builder


def _differing(name: str, file: Path) -> str:
    """Which weights differ, or what is said; empty if all is well."""
    torch.manual_seed(0)
    theirs = planned(builder(name), 3).to_empty(device="cpu")
    state = {
        key: torch.randn(value.shape).half()
        if value.is_floating_point()
        else torch.zeros_like(value)
        for key, value in theirs.state_dict().items()
    }
    torch.save({"model": {f"module.{k}": v for k, v in state.items()}, "epoch": 9}, file)
    try:
        ours = load_network(f"torchvision:{name}", file).module.state_dict()
    except DissectionError as error:
        return str(error)
    except Exception as error:  # the others are tried all the same
        return f"{type(error).__name__}: {error}"
    wrong = [key for key, value in state.items() if not torch.equal(ours[key], value.to(ours[key]))]
    return ", ".join(wrong[:3])


def main(most: float = 100) -> int:
    """Try them all; 1 if any differs."""
    failed = tried = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in models.list_models(module=models):
            size = sum(p.numel() for p in planned(builder(name), 1000).parameters()) / 1e6
            if size >= most:
                print(f"{name:22}{size:8.1f} M   left out", flush=True)
                continue
            start = time.perf_counter()
            said = _differing(name, Path(folder) / "w.pth")
            tried, failed = tried + 1, failed + bool(said)
            seconds = time.perf_counter() - start
            print(f"{name:22}{size:8.1f} M{seconds:7.1f} s  {said or 'the same'}", flush=True)
    print(f"{tried - failed} of {tried} load their own weights")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*map(float, sys.argv[1:2])))
