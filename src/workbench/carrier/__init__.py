"""The simulated company: an express carrier with known truth, and the dirty files it would hand over."""

from workbench.carrier.files import simulate
from workbench.carrier.world import World, simulated_world

__all__ = ["World", "simulate", "simulated_world"]
