"""A WeCom (企业微信) server on this machine: the platform's paths, shapes, error codes, limits and callbacks.

Owns its own count of what every customer received, in its own SQLite file; tests read the count here, never in Siyu's
tables. `create_app` gives the ASGI app, `serve` runs it, `running` runs it in a thread on a free port; people, time,
failures and callbacks are steered under ``/sim`` (loopback only).
"""

from siyu.simulators.wecom.app import Settings, create_app
from siyu.simulators.wecom.server import Running, running, serve
from siyu.simulators.wecom.store import Store

__all__ = ["Running", "Settings", "Store", "create_app", "running", "serve"]
