"""Mixed precision where the hardware has it."""

import torch


def mixed_pays(device: torch.device) -> bool:
    """Whether bfloat16 products are done in hardware; elsewhere they are slower than float32."""
    if device.type != "cpu":
        return device.type == "cuda"
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(supported and supported())


def autocast(device: torch.device) -> torch.autocast:
    """Autocast to bfloat16 on this device, or a context that does nothing."""
    return torch.autocast(device.type, torch.bfloat16, enabled=mixed_pays(device))
