"""Call frequency: so many a minute and an hour for each API and each address; over it, blocked for as long (45009).

Kept in memory: a restart forgives, as nothing a caller was promised depends on it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from siyu.simulators.wecom.errors import Refusal

WINDOWS = (("minute", 60), ("hour", 3_600))


@dataclass(slots=True)
class _Meter:
    window: int = -1
    calls: int = 0
    blocked_until: float = 0.0


@dataclass(slots=True)
class Rates:
    """Counters by (kind, name, window)."""

    meters: dict[tuple[str, str, str], _Meter] = field(default_factory=dict)

    def check(self, limit: Callable[[str], int], path: str, address: str, now: float) -> None:
        """Count one call; refuse 45009 over a limit, naming it."""
        for kind, name in (("api", path), ("ip", address)):
            for window, seconds in WINDOWS:
                meter = self.meters.setdefault((kind, name, window), _Meter())
                if now < meter.blocked_until <= now + seconds:
                    raise Refusal(45009, f"{kind} {window}")
                if meter.window != int(now // seconds):
                    meter.window, meter.calls = int(now // seconds), 0
                meter.calls += 1
                if meter.calls > limit(f"{kind}_{window}"):
                    meter.blocked_until = now + seconds
                    raise Refusal(45009, f"{kind} {window}")
