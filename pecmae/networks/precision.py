"""Devices, and the floating-point type that is fastest for matrix products on each."""

import torch


def fast_precision(device: torch.device) -> torch.dtype:
    """bfloat16 where the device multiplies it natively, else float32."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    cpu = torch.cpu.get_capabilities()
    return torch.bfloat16 if cpu.get("avx512_bf16") or cpu.get("amx_bf16") else torch.float32


def fast_autocast(device: torch.device, is_wanted: bool = True) -> torch.autocast:
    """Autocast to `fast_precision`; without effect if that is float32, or if it isn't wanted."""
    precision = fast_precision(device)
    return torch.autocast(device.type, precision, enabled=is_wanted and precision != torch.float32)


def pick_device(name: str) -> torch.device:
    """The device of that name; `auto` is CUDA where it is available, otherwise the CPU."""
    return torch.device(("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name)
