#!/usr/bin/python3
"""Learns the model of gradual transitions from what compose.py made, and writes it as C++.

  train.py FOLDER [--evidence build/release/shot_evidence] [--trees 10]

Writes src/shots/gradual_trees.cpp. The same videos give the same trees. Boosted trees after
J. Friedman, "Greedy function approximation: a gradient boosting machine" (2001), with second-order steps (T. Chen,
C. Guestrin, "XGBoost", 2016). Where it is known which way a fact points, the model may only go that way: what it has
not seen it then at least does not turn upside down. Needs python3-numpy.
"""

import argparse
import csv
import pathlib
import subprocess
import tempfile

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]

# +1: more of it makes a transition likelier. What is not named may point either way.
DIRECTIONS = {
    "change": 1, "correlation": -1, "spread": 1, "mix_residual": -1, "worst_residual": -1, "order": -1,
    "largest_step": -1, "before": -1, "after": -1,
}
DEPTH = 3
BINS = 64


def read(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def table(path):
    with open(path, newline="") as file:
        rows = csv.reader(file)
        names = next(rows)
        values = [[float(each) for each in row] for row in rows]
    return names, np.array(values, dtype=np.float64).reshape(len(values), len(names))


def targets_of(before, after, labels):
    """1 where a window is about a transition, 0 where it meets none, -1 where it meets one in part."""
    targets = np.zeros(len(before))
    for row in labels:
        begin, end = int(row["frame"]) - 1, int(row["end_frame"] or row["frame"])
        meets = np.minimum(after, end) - np.maximum(before, begin)
        if row["type"] == "cut":
            # Windows over a cut are told by the cut.
            targets[(before < begin + 1) & (after >= begin + 1)] = -1
            continue
        all_of_both = np.maximum(after, end) - np.minimum(before, begin)
        targets[meets > 0] = -1
        if row["type"] == "dissolve":
            targets[(meets > 0) & (meets >= 0.6 * all_of_both)] = 1
    return targets


def gather(folder, evidence):
    """Facts, what the rule says, what is true, and the number of the video, by window."""
    gathered = [], [], [], []
    for number, video in enumerate(sorted(folder.glob("*.mp4"))):
        with tempfile.NamedTemporaryFile(suffix=".csv") as work:
            subprocess.run([evidence, video, work.name], check=True)
            names, rows = table(work.name)
        targets = targets_of(rows[:, 0], rows[:, 1], read(video.with_suffix(".csv")))
        known = targets >= 0
        for each, part in zip(gathered, (rows[:, 2:-1].astype(np.float32), rows[:, -1], targets, np.full(len(rows), number))):
            each.append(part[known])
    return names[2:-1], *map(np.concatenate, gathered)


class Boosting:
    def __init__(self, names, directions, trees, rate=0.12, weight=10.0, smoothing=8.0):
        self.directions = [directions.get(name, 0) for name in names]
        self.count, self.rate, self.weight, self.smoothing = trees, rate, weight, smoothing

    def fit(self, facts, rule, targets):
        self.trees = []
        self.edges = [np.unique(np.quantile(column, np.linspace(0, 1, BINS + 1)[1:-1]).astype(np.float32)) for column in facts.T]
        # A fact is at or above edge i when its bin is above i.
        binned = np.stack([np.searchsorted(edges, column, side="right") for edges, column in zip(self.edges, facts.T)], 1)
        sums = rule.copy()
        for _ in range(self.count):
            odds = 1 / (1 + np.exp(-sums))
            tree = ([0] * (2 ** DEPTH - 1), [np.float32(0)] * (2 ** DEPTH - 1), [0.0] * 2 ** DEPTH)
            self.grow(tree, 0, binned, targets - odds, odds * (1 - odds), np.arange(len(targets)), -np.inf, np.inf)
            self.trees.append(tree)
            sums += self.values_of(tree, facts)
        return self

    def step(self, gradient, hessian, low, high):
        return np.clip(gradient / (hessian + self.smoothing), low, high)

    def grow(self, tree, node, binned, gradient, hessian, rows, low, high):
        if node >= 2 ** DEPTH - 1:
            value = self.step(gradient[rows].sum(), hessian[rows].sum(), low, high)
            tree[2][node - (2 ** DEPTH - 1)] = float(np.float32(self.rate * value))
            return
        best = self.best_split(binned[rows], gradient[rows], hessian[rows], low, high)
        if best is None:
            # Nothing to ask: both ways are the same.
            for below in (2 * node + 1, 2 * node + 2):
                self.grow(tree, below, binned, gradient, hessian, rows, low, high)
            return
        fact, edge, left, right = best
        tree[0][node], tree[1][node] = fact, self.edges[fact][edge]
        is_above = binned[rows, fact] > edge
        middle = (left + right) / 2
        bounds = {1: ((low, middle), (middle, high)), -1: ((middle, high), (low, middle)), 0: ((low, high), (low, high))}
        below, above = bounds[self.directions[fact]]
        self.grow(tree, 2 * node + 1, binned, gradient, hessian, rows[~is_above], *below)
        self.grow(tree, 2 * node + 2, binned, gradient, hessian, rows[is_above], *above)

    def best_split(self, binned, gradient, hessian, low, high):
        best, best_gain = None, 1e-3
        all_g, all_h = gradient.sum(), hessian.sum()
        if all_h < 2 * self.weight:
            return None
        gain_of = lambda g, h, value: 2 * g * value - (h + self.smoothing) * value * value
        base = gain_of(all_g, all_h, self.step(all_g, all_h, low, high))
        for fact, edges in enumerate(self.edges):
            if len(edges) == 0:
                continue
            g = np.cumsum(np.bincount(binned[:, fact], gradient, len(edges) + 1))[:-1]
            h = np.cumsum(np.bincount(binned[:, fact], hessian, len(edges) + 1))[:-1]
            left, right = self.step(g, h, low, high), self.step(all_g - g, all_h - h, low, high)
            gain = gain_of(g, h, left) + gain_of(all_g - g, all_h - h, right) - base
            gain[(h < self.weight) | (all_h - h < self.weight)] = -1
            if self.directions[fact]:
                gain[(right - left) * self.directions[fact] < 0] = -1
            edge = int(np.argmax(gain))
            if gain[edge] > best_gain:
                best, best_gain = (fact, edge, left[edge], right[edge]), gain[edge]
        return best

    def values_of(self, tree, facts):
        node = np.zeros(len(facts), dtype=int)
        for _ in range(DEPTH):
            fact, threshold = np.array(tree[0])[node], np.array(tree[1])[node]
            node = 2 * node + np.where(facts[np.arange(len(facts)), fact] < threshold, 1, 2)
        return np.array(tree[2])[node - (2 ** DEPTH - 1)]

    def odds(self, facts, rule):
        return 1 / (1 + np.exp(-(rule + sum(self.values_of(tree, facts) for tree in self.trees))))


def cross_validate(boosting, facts, rule, targets, groups):
    """What the model says of videos it has not seen."""
    odds = np.zeros(len(targets))
    for fold in range(4):
        out = groups % 4 == fold
        odds[out] = boosting.fit(facts[~out], rule[~out], targets[~out]).odds(facts[out], rule[out])
    found, there = odds >= 0.5, targets == 1
    loss = -np.mean(np.log(np.clip(np.where(there, odds, 1 - odds), 1e-6, 1)))
    print(f"{len(targets)} windows, {there.sum()} transitions; unseen: recall {100 * found[there].mean():.2f} %, "
          f"precision {100 * there[found].mean():.2f} %, log loss {loss:.4f}")
    for begin in np.arange(0, 1, 0.2):
        some = (odds >= begin) & (odds < begin + 0.2)
        if some.any():
            print(f"  said {odds[some].mean():.2f}: is {there[some].mean():.2f} of {some.sum()}")


def number(value):
    text = f"{float(value):.9g}"
    return text + ("" if any(each in text for each in ".en") else ".0") + "F"


def write(path, names, boosting):
    rows = []
    for facts, thresholds, values in boosting.trees:
        rows.append("    DecisionTree{{%s},\n     {%s},\n     {%s}}," % (
            ", ".join(map(str, facts)), ", ".join(map(number, thresholds)), ", ".join(map(number, values))))
    path.write_text(f"""// Generated by tools/shots/train.py.
#include "shots/boosted_trees.h"

namespace heaters::shots {{

namespace {{

// Facts: {', '.join(f'{i} {each}' for i, each in enumerate(names))}.
constexpr std::array<DecisionTree, {len(rows)}> gradual_table = {{{{
{chr(10).join(rows)}
}}}};

}}  // namespace

const BoostedTrees gradual_trees = {{gradual_table}};

}}  // namespace heaters::shots
""")
    subprocess.run(["clang-format-19", "-i", path], check=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--evidence", default=ROOT / "build/release/shot_evidence")
    arguments.add_argument("--trees", type=int, default=10)
    options = arguments.parse_args()
    names, facts, rule, targets, groups = gather(options.folder, options.evidence)
    boosting = Boosting(names, DIRECTIONS, options.trees)
    cross_validate(boosting, facts, rule, targets, groups)
    write(ROOT / "src/shots/gradual_trees.cpp", names, boosting.fit(facts, rule, targets))


if __name__ == "__main__":
    main()
