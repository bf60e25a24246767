"""``python -m siyu.simulators.wecom --port 8700 --store wecom.db``."""

from siyu.simulators.wecom.server import main

main()
