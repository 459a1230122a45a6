"""A guard for tests: nothing that runs under it may make the host wait for a device."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class NoCopyToHost(TorchDispatchMode):
    """Refuses whatever would make the host wait for a device: reading a number, shapes that depend on data, copies."""

    FORBIDDEN = ("_local_scalar_dense", "nonzero", "masked_select", "unique", "item", "is_nonzero", "equal", "_to_cpu")

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        assert name not in self.FORBIDDEN, f"{name} copies to the host"
        if name.startswith("index") and name not in ("index_select", "index_copy"):
            assert not any(index is not None and index.dtype == torch.bool for index in args[1]), "a boolean index"
        wanted = (kwargs or {}).get("device")
        assert not (name in ("_to_copy", "copy_") and wanted is not None and wanted.type == "cpu"), "a copy to the host"
        return func(*args, **(kwargs or {}))
