"""The sandbox: the only place where hostile code runs.

The adapter is `seawall.platform.sandbox.bubblewrap`; it is not imported here.
"""

from seawall.platform.sandbox.interface import BOX, IN, OUT, SECRET_FILE, Bounds, Job, Mount, Sandbox, Verdict

__all__ = ["BOX", "IN", "OUT", "SECRET_FILE", "Bounds", "Job", "Mount", "Sandbox", "Verdict"]
