"""Which hooks of torch's modules are still there."""

from collections.abc import Callable
from typing import Any

import pytest
from torch import nn
from torch.utils.hooks import RemovableHandle


def watch_hooks(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """From now on all hooks around ``forward`` are noted; how many are left, if called."""
    handles: list[RemovableHandle] = []
    for name in ("register_forward_hook", "register_forward_pre_hook"):
        register = getattr(nn.Module, name)

        def noted(
            *arguments: Any, register: Callable[..., RemovableHandle] = register, **more: Any
        ) -> RemovableHandle:
            handles.append(register(*arguments, **more))
            return handles[-1]

        monkeypatch.setattr(nn.Module, name, noted)
    return lambda: sum(handle.id in (handle.hooks_dict_ref() or ()) for handle in handles)
