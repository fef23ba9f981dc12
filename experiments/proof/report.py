"""What the results say: the table, the differences with their intervals, the picture.

python -m experiments.proof.report [--results FOLDER] [--page docs/proof.md]
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from experiments.proof.arms import ARMS, MAIN, PARTS, PARTS_OF
from experiments.proof.average_precision import average_precision
from experiments.proof.photographs import drawn

Results = dict[str, dict[int, dict[str, Any]]]
"""By arm and seed."""

RESULTS = Path(__file__).parent / "results"
BEGIN, END = "<!-- written by experiments.proof.report -->", "<!-- until here -->"


@dataclass(frozen=True)
class Difference:
    """How much better an arm is than the real images alone, in AP50, and the interval of 95 %.

    `each` has the difference of each seed, of one way after the other; `mean` is that of the ways.
    """

    arm: str
    each: tuple[float, ...]
    mean: float
    low: float
    high: float


def read(folder: Path) -> Results:
    """Read results; all must be of the same photographs and settings, but for an arm's own.

    Where photographs are drawn for each seed, all of a seed must be of the same.
    """
    found: Results = defaultdict(dict)
    kinds: dict[int | None, dict[str, Path]] = {}
    for path in sorted(folder.glob("*.json")):
        result = json.loads(path.read_text())
        if not ARMS[result["arm"]].settings:
            of = result["seed"] if "drawn" in result else None
            said = json.dumps([result["photographs"], result["settings"]])
            kinds.setdefault(of, {})[said] = path
        found[result["arm"]][result["seed"]] = result
    for paths in kinds.values():
        if len(paths) > 1:
            names = ", ".join(map(str, paths.values()))
            raise SystemExit(f"{names}: of other photographs or settings")
    return {name: found[name] for name in (*ARMS, *found) if name in found}


def difference(ways: Sequence[Results], arm: str, base: str, *, times: int = 2000) -> Difference:
    """Compare two arms by the seeds that both have.

    Seeds and tested images are drawn anew, with replacement, and both arms compared on the same
    draw. There may be several ways, each with results of its own: all count the same.
    """
    each: list[list[float]] = []
    drawn = np.zeros(times)
    rng = np.random.default_rng(0)
    for results in ways:
        seeds = sorted(set(results[arm]) & set(results[base]))
        runs = [[results[name][seed] for seed in seeds] for name in (arm, base)]
        figures = [[run["figures"] for run in some] for some in runs]
        each.append([a["AP50"] - b["AP50"] for a, b in zip(*figures, strict=True)])
        places = [_places(run) for run in runs[0]]
        images = 1 + max(of_run.max() for of_run in places)
        counts = rng.multinomial(images, [1 / images] * images, times)
        chosen = rng.integers(len(seeds), size=(times, len(seeds)))
        of_arm, of_base = (
            np.take_along_axis(
                np.stack(
                    [_mean_ap(one, counts[:, of]) for one, of in zip(some, places, strict=True)], 1
                ),
                chosen,
                1,
            )
            for some in figures
        )
        drawn += (of_arm.mean(1) - of_base.mean(1)) / len(ways)
    low, high = np.percentile(drawn, [2.5, 97.5])
    mean = float(np.mean([np.mean(of_way) for of_way in each]))
    return Difference(arm, tuple(sum(each, [])), mean, float(low), float(high))


def _places(run: Mapping[str, Any]) -> np.ndarray:
    """Return which of the photographs those are that a run was tested on.

    Where they are drawn for each seed, a photograph that counts twice does so in all runs.
    """
    tested = len(next(iter(run["figures"]["categories"].values()))["in"])
    if "drawn" not in run:
        return np.arange(tested)
    return np.array(drawn(tested + run["drawn"], run["drawn"], run["seed"])[1])


def _mean_ap(figures: Mapping[str, Any], counts: np.ndarray) -> np.ndarray:
    """Return the mean AP50 in percent of the categories that the images of each draw show."""
    ranked = [[np.array(one[key], int) for key in ("ranked", "in")]
              for one in figures["categories"].values()]  # fmt: skip
    return 100 * np.nanmean([average_precision(*one, counts) for one in ranked], 0)


def base_of(arm: str) -> str | None:
    """Return the arm of as many real images alone, as long; none for such an arm."""
    asked = ARMS[arm]
    if asked.composed is None:
        return None
    return next(
        name
        for name, one in ARMS.items()
        if one.composed is None and (one.real, one.settings) == (asked.real, asked.settings)
    )


def table(results: Results, differences: Mapping[str, Difference]) -> str:
    """Return a row for each arm: every seed, the mean, the difference."""
    lines = [
        "| arm | AP50 of each seed (its number: AP50) | mean AP50 | mean AP | less `real` |"
        " interval of 95 % |",
        "|---|---|---|---|---|---|",
    ]
    for arm, runs in results.items():
        every = [run["figures"] for run in runs.values()]
        seeds = ", ".join(f"{seed}: {run['figures']['AP50']:.2f}" for seed, run in runs.items())
        means = (np.mean([figures[key] for figures in every]) for key in ("AP50", "AP"))
        cells = [f"`{arm}`", seeds, *(f"{mean:.2f}" for mean in means)]
        one = differences.get(arm)
        cells += (
            ["", ""] if one is None else [f"{one.mean:+.2f}", f"{one.low:+.2f} to {one.high:+.2f}"]
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def missing(results: Results) -> list[str]:
    names = [f"`{name}`" for name in ARMS if name not in results]
    return [f"Not run yet: {', '.join(names)}."] if names else []


def in_words(one: Difference, title: str) -> str:
    return f"| {title} | {one.mean:+.2f} | {one.low:+.2f} to {one.high:+.2f} |"


def by_category(results: Results, arms: Sequence[str]) -> str:
    """Return a row for each category: its counts, and the mean AP50 of each arm."""
    first = next(iter(results[arms[0]].values()))["figures"]["categories"]
    heads = " | ".join(f"`{arm}`" for arm in arms)
    lines = [f"| category | instances tested on | {heads} |", "|---|---|" + "---|" * len(arms)]
    for name, figures in first.items():
        means = [
            np.mean([run["figures"]["categories"][name]["AP50"] for run in results[arm].values()])
            for arm in arms
        ]
        cells = " | ".join(f"{mean:.1f}" for mean in means)
        lines.append(f"| {name} | {figures['instances']} | {cells} |")
    return "\n".join(lines)


def tried(folder: Path) -> str:
    """Return a row for each thing that was tried on the folds, the best one last."""
    found: dict[str, dict[str, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted(folder.glob("*.json")):
        result = json.loads(path.read_text())
        figures = result["figures"]
        found[result["arm"]][result["photographs"]].append((figures["AP50"], figures["AP"]))
    folds = sorted({fold for of_arm in found.values() for fold in of_arm})
    rows = []
    for arm, of_arm in found.items():
        means = {fold: np.mean(values, 0) for fold, values in of_arm.items()}
        cells = [f"{means[fold][0]:.2f} ({len(of_arm[fold])})" if fold in means else ""
                 for fold in folds]  # fmt: skip
        best, other = np.mean([*means.values()], 0)
        rows.append((best, f"| `{arm}` | {' | '.join(cells)} | {best:.2f} | {other:.2f} |"))
    heads = " | ".join(f"fold {number + 1} (runs)" for number in range(len(folds)))
    rule = "|---" * (len(folds) + 3) + "|"
    lines = [f"| tried on the folds | {heads} | mean AP50 | mean AP |", rule]
    return "\n".join([*lines, *(row for _, row in sorted(rows))])


def draw(differences: Mapping[str, Difference], path: Path) -> None:
    """Draw the difference of each arm, with its interval and its seeds."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 0.6 + 0.4 * len(differences)), layout="constrained")
    for row, one in enumerate(differences.values()):
        axes.plot([one.low, one.high], [row, row], color="#20639b", linewidth=3, alpha=0.5)
        axes.plot(one.mean, row, "o", color="#20639b")
        axes.plot(one.each, [row] * len(one.each), "|", color="black", markersize=9)
    axes.axvline(0, color="grey", linewidth=0.8)
    axes.axvline(2, color="grey", linewidth=0.8, linestyle=":")
    names = [f"{name} ({len(one.each)})" for name, one in differences.items()]
    axes.set_yticks(range(len(differences)), names)
    axes.invert_yaxis()
    figure.supxlabel("AP50 less that of `real`; dot: mean, bar: 95 %, strokes: seeds", fontsize=10)
    figure.savefig(path, dpi=110, metadata={"Software": None})
    pyplot.close(figure)


def main(words: list[str] | None = None) -> None:
    """Print the tables, or write them into a page and draw the picture beside it."""
    made = argparse.ArgumentParser("python -m experiments.proof.report")
    made.add_argument("--results", type=Path, default=RESULTS)
    made.add_argument("--page", type=Path, help="a page with the two marks between which it goes")
    options = made.parse_args(words)
    results, swapped = (read(options.results / kind) for kind in ("comparison", "swapped"))
    if not results:
        raise SystemExit(f"{options.results}: no results")
    differences = {
        arm: difference([results], arm, base)
        for arm, base in ((arm, base_of(arm)) for arm in results)
        if base in results
    }
    best = MAIN[1]
    parts = [table(results, differences), *missing(results)]
    shown = dict(differences)
    both_ways = {best, "real"} <= set(swapped) and best in differences
    if both_ways:
        back = difference([swapped], best, "real")
        both = difference([results, swapped], best, "real")
        parts += [
            "The other way round:",
            table(swapped, {best: back}),
            "\n".join(
                [
                    f"| `{best}` less `real` | difference of AP50 | interval of 95 % |",
                    "|---|---|---|",
                    in_words(differences[best], "as above"),
                    in_words(back, "the other way round"),
                    in_words(both, "both ways, the mean"),
                ]
            ),
        ]
        shown = {f"{best}, both ways": both, f"{best}, the other way": back} | shown
    if PARTS_OF in results:
        of_parts = [difference([results], arm, PARTS_OF) for arm in PARTS if arm in results]
        lines = [f"| without a part | less `{PARTS_OF}` | interval of 95 % |", "|---|---|---|"]
        parts.append("\n".join([*lines, *(in_words(one, f"`{one.arm}`") for one in of_parts)]))
    parts.append(by_category(results, [arm for arm in MAIN if arm in results]))
    if both_ways:
        parts += ["The other way round:", by_category(swapped, MAIN)]
    if any((options.results / "folds").glob("*.json")):
        parts.append(tried(options.results / "folds"))
    text = "\n\n".join(parts)
    if options.page is None:
        print(text)
        return
    page = options.page.read_text()
    before, _, rest = page.partition(BEGIN)
    options.page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}")
    draw(shown, options.page.with_suffix(".png"))


if __name__ == "__main__":
    main()
