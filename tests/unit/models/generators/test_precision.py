import math
import time

import pytest
import torch

from dissection.errors import BadInputError
from dissection.models.generators import precision
from dissection.models.generators.folded import FoldedGenerator
from dissection.models.generators.precision import (
    choose_device,
    fold_for_speed,
    full_float32,
    measure,
)
from dissection.models.generators.renderer import Renderer
from support.tiny import tiny_generator

CPU = torch.device("cpu")


@pytest.mark.parametrize("name", ["float32", "bfloat16"])
def test_a_precision_that_was_asked_for_is_taken(name: str) -> None:
    renderer = Renderer(tiny_generator(), "cpu", name)
    assert (renderer.device, renderer.precision) == ("cpu", name)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [([1.0, 0.5], torch.bfloat16), ([1.0, 0.99], torch.float32), ([1.0, 4.0], torch.float32)],
)
def test_auto_takes_what_is_clearly_faster(
    seconds: list[float], expected: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "measure", lambda generator, networks: seconds)
    assert fold_for_speed(tiny_generator(), CPU, "auto").dtype == expected


def test_the_measurement_tells_slow_from_fast_and_ends_in_time() -> None:
    generator = tiny_generator()
    fast, slow = (FoldedGenerator(generator, CPU, torch.float32) for _ in range(2))
    for name, step in list(slow.steps.items()):

        def dawdle(x: torch.Tensor, step=step) -> torch.Tensor:
            until = time.thread_time() + 0.005
            while time.thread_time() < until:
                pass
            return step(x)

        slow.steps[name] = dawdle
    threads = torch.get_num_threads()
    quick, tardy = measure(generator, [fast, slow], budget=60.0, clear=math.inf)
    assert tardy > 7 * 0.005 > quick  # seven layers behind the first
    assert torch.get_num_threads() == threads
    measured_once = measure(generator, [slow], budget=0.0)
    assert 0.005 < measured_once[0] < tardy / 2
    _, clear = measure(generator, [fast, slow], budget=60.0, clear=2.0)
    assert 0.005 < clear < tardy / 2


def test_devices() -> None:
    assert choose_device("cpu").type == "cpu"
    assert choose_device("auto").type in ("cuda", "mps", "cpu")
    for absent in ("tpu", "cuda:99", "cpu:x", ""):
        with pytest.raises(BadInputError, match=f"no device '{absent}' here; choose auto or one"):
            choose_device(absent)


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(BadInputError, match="'int8'; choose one of auto, float32, bfloat16"):
        fold_for_speed(tiny_generator(), CPU, "int8")


def test_exact_pictures_switch_tf32_off_on_cuda_and_leave_it_as_it_was() -> None:
    before = torch.backends.cudnn.allow_tf32, torch.backends.cudnn.enabled
    with full_float32(torch.device("cuda")):
        assert not torch.backends.cudnn.allow_tf32
        assert torch.backends.cudnn.enabled == before[1]
    assert (torch.backends.cudnn.allow_tf32, torch.backends.cudnn.enabled) == before
    with full_float32(torch.device("cpu")):
        assert torch.backends.cudnn.allow_tf32 == before[0]
