"""Take the pulse of the machine before and after a pass: load average and stolen time."""

from __future__ import annotations

import os
from dataclasses import dataclass

import psutil


@dataclass(frozen=True)
class Vitals:
    """One reading; two of them tell what happened in between."""

    load: tuple[float, float, float]
    """Runnable processes averaged over 1, 5 and 15 minutes."""
    stolen_s: float
    """Time that the hypervisor gave to other guests, summed over all cores since boot."""
    total_s: float
    """All CPU time since boot, summed over all cores."""

    @classmethod
    def now(cls) -> Vitals:
        """Read the counters of the operating system."""
        times = psutil.cpu_times()
        load = os.getloadavg() if hasattr(os, "getloadavg") else (0.0, 0.0, 0.0)
        return cls(load, getattr(times, "steal", 0.0), sum(times))

    def steal_share_since(self, earlier: Vitals) -> float:
        """Return the share of CPU time that was stolen since an earlier reading, 0 to 1."""
        total_s = self.total_s - earlier.total_s
        return max(0.0, self.stolen_s - earlier.stolen_s) / total_s if total_s > 0 else 0.0
