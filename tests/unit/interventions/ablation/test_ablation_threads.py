"""A network is taken apart in one thread while others run theirs, as in the window."""

import threading
from typing import Any

import torch
from torch import Tensor, fx, nn

from dissection.interventions.ablation.split import split_network


class Slow(nn.Module):
    """Stays in the midst of being traced until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.head = nn.Linear(4, 3)
        self.tracing, self.go_on = threading.Event(), threading.Event()

    def forward(self, x: Any) -> Any:
        y = self.conv(x)
        if isinstance(x, fx.Proxy):
            self.tracing.set()
            assert self.go_on.wait(60)
        return self.head(y.mean((2, 3)))


def test_other_threads_run_their_networks_while_one_is_traced() -> None:
    slow, other = Slow().eval(), nn.Sequential(nn.Conv2d(3, 2, 1), nn.ReLU()).eval()
    images = torch.randn(2, 3, 8, 8)
    with torch.no_grad():
        expected = other(images)
    ways: list[str] = []
    thread = threading.Thread(
        target=lambda: ways.append(split_network(slow, "conv", images).way), daemon=True
    )
    thread.start()
    assert slow.tracing.wait(60)
    try:
        with torch.no_grad():
            found: Tensor = other(images)
    finally:
        slow.go_on.set()
        thread.join(60)
    assert torch.equal(found, expected)
    assert ways == ["linear"]
