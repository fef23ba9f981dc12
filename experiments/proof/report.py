"""What the results say: the table, the differences with their intervals, the picture.

python -m experiments.proof.report [--results FOLDER] [--page docs/proof.md]
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from experiments.proof.arms import ARMS, MAIN, PARTS, PARTS_OF
from experiments.proof.differences import Difference, Results, difference, places_of

RESULTS = Path(__file__).parent / "results"
BEGIN, END = "<!-- written by experiments.proof.report -->", "<!-- until here -->"


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
    """Return a row for each category: its counts, in the mean, and the mean AP50 of each arm."""
    every = list(results[arms[0]].values())
    heads = " | ".join(f"`{arm}`" for arm in arms)
    lines = [f"| category | instances tested on | {heads} |", "|---|---|" + "---|" * len(arms)]
    for name in every[0]["figures"]["categories"]:
        means = [
            np.mean([run["figures"]["categories"][name]["AP50"] for run in results[arm].values()])
            for arm in arms
        ]
        cells = " | ".join(f"{mean:.1f}" for mean in means)
        counts = [run["figures"]["categories"][name]["instances"] for run in every]
        lines.append(f"| {name} | {np.mean(counts):.0f} | {cells} |")
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


def of_drawn(few: Results, results: Results) -> tuple[str, Difference, list[str]]:
    """Return the difference where photographs are drawn for each seed, and what is told of it."""
    best = MAIN[1]
    tested, other = (len(places_of(next(iter(of[best].values())))) for of in (few, results))
    count = next(iter(few[best].values()))["drawn"]
    learnt = tested + count - other  # photographs of the first way that settings were tried on
    parts = slice(None), slice(learnt, None), slice(learnt)
    every, unseen, seen = (difference([few], best, "real", tested=part) for part in parts)
    lines = [
        f"| `{best}` less `real`, {count} photographs | difference of AP50 | interval of 95 % |",
        "|---|---|---|",
        in_words(every, "all"),
        in_words(unseen, f"tested on the {other} on which nothing was tried"),
        in_words(seen, f"tested on the {learnt} of the folds"),
    ]
    told = [
        f"{count} photographs of all, others for each seed, tested on the rest:",
        table(few, {best: every}),
        "\n".join(lines),
        by_category(few, MAIN),
    ]
    return f"{best}, {count} drawn photographs", every, told


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
    results, swapped, few = (
        read(options.results / kind) for kind in ("comparison", "swapped", "few")
    )
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
    if set(MAIN) <= set(few) and best in results:
        title, of_few, told = of_drawn(few, results)
        parts += told
        shown = {title: of_few} | shown
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
