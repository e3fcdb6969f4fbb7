"""Names beside points, none over another: each takes the first free place around its point."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from workbench.figures.theme import GREY, INK

# Around the point: right, left, above, below, then the corners, near first (points of type).
DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
DISTANCES = (7, 15, 26, 40)
# A browser may have another font than the one measured with.
SPARE = 1.08


def place_labels(
    figure: Figure,
    axes: Axes,
    points: np.ndarray,
    texts: Sequence[str],
    *,
    fontsize: float = 9,
    bold: Sequence[bool] = (),
) -> None:
    """Write a name beside each point (shape (n, 2), in data units) so that names cover neither each other nor points.

    Notes: places are tried nearest first; a name far from its point gets a line to it. Axes must have their limits.
    """
    figure.draw_without_rendering()
    per_point = figure.dpi / 72
    spots = axes.transData.transform(points)
    frame = axes.get_window_extent()
    taken = [(x - 5, y - 5, x + 5, y + 5) for x, y in spots * 1.0]
    order = np.argsort(-spots[:, 0])
    for at in order:
        text = axes.text(
            0, 0, texts[at], fontsize=fontsize, transform=None, color=INK,
            fontweight="bold" if len(bold) and bold[at] else "normal",
        )  # fmt: skip
        box = text.get_window_extent()
        size = box.width * SPARE, box.height
        x, y, far = _free_place(spots[at], size, per_point, taken, frame)
        taken.append((x, y, x + size[0], y + size[1]))
        text.remove()
        # Anchored on the side of its point, a name that a page writes wider grows away from it.
        side = "right" if x + size[0] < spots[at][0] else "left" if x > spots[at][0] else "center"
        anchor = {"left": x, "right": x + size[0], "center": x + size[0] / 2}[side]
        offset = ((anchor - spots[at][0]) / per_point, (y - spots[at][1]) / per_point)
        axes.annotate(
            texts[at], points[at], offset, textcoords="offset points", fontsize=fontsize, color=INK, ha=side,
            fontweight="bold" if len(bold) and bold[at] else "normal", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.6, "shrinkB": 3} if far else None,
        )  # fmt: skip


def _free_place(spot, size: tuple[float, float], per_point: float, taken: list, frame) -> tuple[float, float, bool]:
    """The lower left corner of the first free box around a spot (pixels), and whether a line must lead to it."""
    width, height = size
    best, least = None, np.inf
    for distance in DISTANCES:
        for across, up in DIRECTIONS:
            reach = distance * per_point
            x = spot[0] + across * reach - (width if across < 0 else width / 2 if across == 0 else 0)
            y = spot[1] + up * reach - (height if up < 0 else height / 2 if up == 0 else 0)
            box = (x, y, x + width, y + height)
            covered = sum(_overlap(box, other) for other in taken)
            covered += 3 * max(frame.x0 - x, 0) + 3 * max(box[2] - frame.x1, 0)
            covered += 3 * max(frame.y0 - y, 0) + 3 * max(box[3] - frame.y1, 0)
            if covered < least:
                best, least = (x, y, distance > DISTANCES[1]), covered
            if covered == 0:
                return best
    return best


def _overlap(one: tuple, other: tuple) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0) * max(height, 0)
