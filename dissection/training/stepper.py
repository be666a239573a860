"""How training steps run on a device: plainly, as CUDA graphs, or with compiled layers.

A step of these networks is over a thousand small kernels; at low resolutions a GPU waits for the
next one most of the time. As a CUDA graph the whole step is launched at once. That needs a step
that reads and writes fixed memory and never waits for the GPU: whatever changes between steps is
``put`` into buffers. Compiled layers (torch.compile) join the passes over memory that pixel norm,
upsampling, bias and leaky ReLU make.

What is not tried here can fail on another machine, so both fall back, in this order: compiled
layers to plain ones, graphs to single kernels; ``say`` gets a sentence about it.
"""

from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dissection.errors import BadInputError
from dissection.models.generators.progressive import ScaledConvolution
from dissection.runtime.choices import chosen

Speed = Literal["auto", "plain", "graphs", "compiled"]
_SPEEDS: tuple[Speed, ...] = get_args(Speed)
_WARM = 3  # plain calls before a capture: kernels are chosen, the optimizers' states made
_AHEAD = 6  # steps that the program may be ahead of the GPU: it stops within so many
_SPECIALIZATIONS = 512  # one for each layer, precision and need of gradients


def as_speed(text: str) -> Speed:
    """The way of running steps of that name.

    Raises:
        BadInputError: there is none.
    """
    found = chosen(text, _SPEEDS)
    if found is None:
        raise BadInputError(f"There is no --speed {text}; choose one of {', '.join(_SPEEDS)}.")
    return found


class Stepper:
    """Runs steps on one device.

    Args:
        device: "cpu" or "cuda".
        speed: ``plain``, ``graphs`` (on CUDA), ``compiled`` (and graphs, on CUDA), or ``auto``:
            graphs on CUDA, plain elsewhere.
        networks: whose layers are compiled, if they are.
        say: gets a sentence when something did not work and the slower way is taken.

    Attributes:
        graphed: whether steps are captured, so far without a fault.
        say: as given.
        warm: how often a step of one kind runs before it is as fast as it will be.

    Raises:
        BadInputError: an unknown ``speed``.
    """

    def __init__(
        self,
        device: torch.device,
        speed: Speed = "auto",
        networks: Iterable[nn.Module] = (),
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        speed = as_speed(speed)
        self.device = device
        self.say = say
        self._cuda = device.type == "cuda"
        self.graphed = self._cuda and speed != "plain"
        self._layers = [
            m for network in networks for m in network.modules() if isinstance(m, ScaledConvolution)
        ]
        self._compiled = speed == "compiled"
        self._buffers: dict[tuple[Any, ...], Tensor] = {}
        self._calls: Counter[Hashable] = Counter()
        self._graphs: dict[Hashable, torch.cuda.CUDAGraph] = {}
        self._ahead: deque[torch.cuda.Event] = deque()
        self._pool: Any = None
        if self._cuda:
            torch.backends.cudnn.benchmark = True
            # Capturing needs another stream than the default one; to run everything on it spares
            # every thought about which of two streams is ahead.
            torch.cuda.synchronize(device)
            torch.cuda.set_stream(torch.cuda.Stream(device))
            self._pool = torch.cuda.graph_pool_handle()
        if self._compiled:
            _allow_specializations()
            for layer in self._layers:
                if type(layer).forward is not nn.Module.forward:
                    layer.compile(dynamic=False)

    @property
    def warm(self) -> int:
        """How often a step of one kind runs before it is as fast as it will be."""
        return _WARM + 1 if self.graphed else 1 + self._compiled

    def put(self, name: str, array: NDArray[Any]) -> Tensor:
        """The array on the device; on CUDA always in the same memory for a name and shape."""
        tensor = torch.from_numpy(np.ascontiguousarray(array).reshape(array.shape))
        if not self._cuda:
            return tensor.to(self.device)
        key = (name, tensor.shape, tensor.dtype)
        if key not in self._buffers:
            self._buffers[key] = torch.empty(tensor.shape, dtype=tensor.dtype, device=self.device)
        # Pinned memory is not used again before the copy is done: torch's allocator sees to it.
        return self._buffers[key].copy_(tensor.pin_memory(), non_blocking=True)

    def run(self, key: Hashable, step: Callable[[], None]) -> None:
        """Run a step.

        Args:
            key: everything that decides which kernels the step launches, beside what was ``put``.
            step: does everything on the device, and nothing else but setting gradients; it is not
                called where a graph of this key is replayed.
        """
        graph = self._graphs.get(key)
        if graph is None and self.graphed and self._calls[key] >= _WARM:
            graph = self._capture(key, step)
        if graph is not None:
            graph.replay()
        else:
            self._run_plainly(step)
            self._calls[key] += 1
        if self._cuda:
            event = torch.cuda.Event()
            event.record()
            self._ahead.append(event)
            if len(self._ahead) > _AHEAD:
                self._ahead.popleft().synchronize()

    def _run_plainly(self, step: Callable[[], None]) -> None:
        if not self._compiled:
            step()
            return
        try:
            step()
        except Exception as error:  # compilers fail in many ways; a step that is wrong fails again
            self._compiled = False
            for layer in self._layers:
                layer._compiled_call_impl = None
            self.say(f"Layers are not compiled: {_first_line(error)}. Training goes on without.")
            step()

    def _capture(self, key: Hashable, step: Callable[[], None]) -> "torch.cuda.CUDAGraph | None":
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(
                graph,
                pool=self._pool,
                stream=torch.cuda.current_stream(self.device),
                capture_error_mode="thread_local",
            ):
                step()
        except RuntimeError as error:
            self.graphed = False
            torch.cuda.synchronize(self.device)
            self.say(
                f"Steps are not captured as CUDA graphs: {_first_line(error)}. Training goes on "
                "without."
            )
            return None
        self._graphs[key] = graph
        return graph

    def wait(self) -> None:
        """Return when everything is done that was run."""
        if self._cuda:
            torch.cuda.synchronize(self.device)
        self._ahead.clear()

    def adam(self, parameters: Iterable[nn.Parameter], rate: float) -> torch.optim.Adam:
        """Adam as Karras et al. 2018 use it (beta 0 and 0.99), in one kernel where there is one."""
        fused = self.device.type in ("cpu", "cuda") or None
        optimizer = torch.optim.Adam(
            parameters, rate, (0.0, 0.99), fused=fused, capturable=self._cuda
        )
        for group in optimizer.param_groups:
            if self._cuda:  # a graph reads it from where it lies
                group["lr"] = torch.full((), rate, device=self.device)
        return optimizer

    def set_rate(self, optimizer: torch.optim.Optimizer, rate: float) -> None:
        """Set the learning rate of the next step."""
        for group in optimizer.param_groups:
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate


def restore_optimizer(optimizer: torch.optim.Optimizer, stored: dict[str, Any]) -> None:
    """Load the moments of a state, and keep how this optimizer computes (device, fused, ...)."""
    groups = [
        {**theirs, **{k: v for k, v in ours.items() if k != "params"}}
        for theirs, ours in zip(stored["param_groups"], optimizer.param_groups, strict=True)
    ]
    optimizer.load_state_dict({**stored, "param_groups": groups})


def forget_moments(optimizer: torch.optim.Optimizer) -> None:
    """Put an optimizer back to its start, in place, so that captured steps still fit."""
    for state in optimizer.state.values():
        for tensor in state.values():
            tensor.zero_()


def _allow_specializations() -> None:
    # All layers share a few functions, and each layer is a specialization of its own.
    import torch._dynamo.config as config

    for name in ("recompile_limit", "cache_size_limit"):  # its name since 2.6, and before
        if hasattr(config, name):
            setattr(config, name, _SPECIALIZATIONS)


def _first_line(error: BaseException) -> str:
    text = str(error).strip().split("\n")[0].rstrip(".")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
