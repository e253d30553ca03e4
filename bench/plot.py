"""The figures of docs/performance.md as pictures."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
# The same figures give the same file.
mpl.rcParams.update({"svg.hashsalt": "campaigns", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
from matplotlib import pyplot as plt  # noqa: E402 - after the choice of what it draws with

OURS, OTHERS = "#0a7d5a", "#b8c4cc"


def bars(subjects: Mapping[str, Mapping[str, float]], figures: Mapping[str, str], path: Path) -> None:
    """One panel per figure, one bar per subject; ours is the green one."""
    figure, axes = plt.subplots(1, len(figures), figsize=(11, 2.6), sharey=True, layout="constrained")
    names = list(subjects)[::-1]
    for panel, (key, title) in zip(axes, figures.items(), strict=True):
        values = [subjects[name][key] for name in names]
        drawn = panel.barh(names, values, color=[OURS if name == "Campaigns" else OTHERS for name in names])
        panel.bar_label(drawn, fmt=lambda value: f"{value:,.0f}" if value >= 100 else f"{value:.3g}", padding=3)
        panel.set_title(title, loc="left")
        panel.set_xticks([])
        panel.spines["bottom"].set_visible(False)
        panel.margins(x=0.15)
    save(figure, path)


def curves(panels: Mapping[str, Mapping[str, Sequence[tuple[float, float]]]], unit: str, path: Path) -> None:
    """One panel per experiment, whose name is its x, one line per operation, all axes logarithmic."""
    figure, axes = plt.subplots(1, len(panels), figsize=(11, 3), sharey=True, layout="constrained")
    for panel, (title, lines) in zip(axes, panels.items(), strict=True):
        for name, points in lines.items():
            panel.plot(*zip(*points, strict=True), marker="o", markersize=3, label=name)
        panel.set(xscale="log", yscale="log", xlabel=title)
        panel.legend(frameon=False, fontsize=8)
    axes[0].set_ylabel(unit)
    save(figure, path)


def save(figure: plt.Figure, path: Path) -> None:
    """Write an SVG without the moment at which it was made."""
    figure.savefig(path, metadata={"Date": None}, facecolor="white")
    plt.close(figure)
