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


def curves(
    experiments: Mapping[str, Mapping[str, Sequence[tuple[float, Mapping[str, float]]]]],
    figures: Sequence[str],
    path: Path,
) -> None:
    """A row per figure, a column per experiment, whose name is its x, a line per operation, all axes logarithmic."""
    size = (11, 2.2 * len(figures) + 0.6)
    figure, rows = plt.subplots(
        len(figures), len(experiments), figsize=size, sharex="col", sharey="row", squeeze=False, layout="constrained"
    )
    for row, unit in zip(rows, figures, strict=True):
        for panel, operations in zip(row, experiments.values(), strict=True):
            for number, (name, points) in enumerate(operations.items()):
                x, y = [at for at, _ in points], [found[unit] for _, found in points]
                # Where lines meet, as those of calls do, the dashes of one let the other be seen.
                panel.plot(x, y, marker="o", markersize=3, label=name, linestyle=("-", "--", ":")[number % 3])
            panel.set(xscale="log", yscale="log")
        row[0].set_ylabel(unit)
    for head, foot, title in zip(rows[0], rows[-1], experiments, strict=True):
        head.legend(frameon=False, fontsize=8)
        foot.set_xlabel(title)
    save(figure, path)


def save(figure: plt.Figure, path: Path) -> None:
    """Write an SVG without the moment at which it was made."""
    figure.savefig(path, metadata={"Date": None}, facecolor="white")
    plt.close(figure)
