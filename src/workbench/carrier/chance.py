"""The random streams of the world: one per named part, so that a new part leaves the others as they were."""

from zlib import crc32

import numpy as np


def stream(seed: int, part: str) -> np.random.Generator:
    """The random generator of one named part of the world; the same seed and name give the same draws."""
    return np.random.default_rng([seed, crc32(part.encode())])
