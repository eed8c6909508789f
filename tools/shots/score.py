#!/usr/bin/python3
"""Scores boundaries that were found in what compose.py made, by class.

  score.py FOLDER [--heaters build/release/heaters] [--tolerance 1] [--show N]

Runs `heaters detect` on every video of the folder. A boundary within a gradual transition finds it, further ones there are
false; the others find the hard cut that is nearest, within the tolerance, each one once. What is left is false, and counts for
the trap that it lies in, if any.
"""

import argparse
import collections
import csv
import io
import pathlib
import subprocess


def read(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def found_in(heaters, video, options):
    text = subprocess.run([heaters, "detect", video, "--format", "csv", *options], check=True, capture_output=True,
                          text=True).stdout
    return [int(row["begin_frame"]) for row in csv.DictReader(io.StringIO(text))][1:]


class Score:
    def __init__(self, tolerance):
        self.tolerance = tolerance
        self.there = collections.Counter()
        self.found = collections.Counter()
        self.exact = 0
        self.traps = collections.Counter()
        self.false = collections.Counter()
        self.missed = []
        self.wrong = []

    def add(self, name, labels, traps, frames):
        left = set(frames)
        for row in (row for row in labels if row["type"] != "cut"):
            self.there[row["note"]] += 1
            within = sorted(f for f in left if int(row["frame"]) <= f <= int(row["end_frame"]))
            if within:
                self.found[row["note"]] += 1
                left.discard(within[0])
            else:
                self.missed.append((name, int(row["frame"]), row["note"]))
        self.match_cuts(name, [row for row in labels if row["type"] == "cut"], left)
        self.blame(name, traps, left)

    def match_cuts(self, name, cuts, left):
        pairs = []
        for i, row in enumerate(cuts):
            self.there[row["note"]] += 1
            begin, end = int(row["frame"]), int(row["end_frame"] or row["frame"])
            for f in left:
                distance = max(0, begin - f, f - end)
                if distance <= self.tolerance:
                    pairs.append((distance, i, f))
        done = set()
        for distance, i, f in sorted(pairs):
            if i not in done and f in left:
                done.add(i)
                left.discard(f)
                self.found[cuts[i]["note"]] += 1
                self.exact += distance == 0
        self.missed += [(name, int(row["frame"]), row["note"]) for i, row in enumerate(cuts) if i not in done]

    def blame(self, name, traps, left):
        for row in traps:
            self.traps[row["kind"]] += 1
        for f in sorted(left):
            kinds = [row["kind"] for row in traps if int(row["begin"]) - 1 <= f <= int(row["end"]) + 1]
            self.false[kinds[0] if kinds else "elsewhere"] += 1
            self.wrong.append((name, f, kinds[0] if kinds else "elsewhere"))

    def report(self):
        for kind, count in sorted(self.there.items()):
            print(f"{kind:22} {self.found[kind]:5} of {count:5}  {100 * self.found[kind] / count:5.1f} %")
        for kind, count in sorted(self.traps.items()):
            print(f"  {kind:20} {self.false[kind]:5} false in {count:4}  {100 * self.false[kind] / count:5.1f} %")
        print(f"  {'elsewhere':20} {self.false['elsewhere']:5} false")
        gradual = ("dissolve", "wipe", "fade through black", "fade through white")
        hard = sum(n for kind, n in self.found.items() if kind not in gradual)
        hard_there = sum(n for kind, n in self.there.items() if kind not in gradual)
        false, found, there = sum(self.false.values()), sum(self.found.values()), sum(self.there.values())
        f1 = lambda right, wrong, all_there: 200 * right / max(1, right + wrong + all_there)
        print(f"hard cuts: recall {100 * hard / max(1, hard_there):.1f} %, exact {100 * self.exact / max(1, hard):.1f} % of them, "
              f"F1 {f1(hard, false, hard_there):.1f}")
        print(f"all: recall {100 * found / max(1, there):.1f} %, precision {100 * found / max(1, found + false):.1f} %, "
              f"F1 {f1(found, false, there):.1f}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--heaters", default="build/release/heaters")
    arguments.add_argument("--tolerance", type=int, default=1)
    arguments.add_argument("--show", type=int, default=0, help="name so many that were missed, and that were false")
    options, more = arguments.parse_known_args()
    score = Score(options.tolerance)
    for video in sorted(options.folder.glob("*.mp4")):
        score.add(video.stem, read(video.with_suffix(".csv")), read(video.with_suffix(".traps.csv")),
                  found_in(options.heaters, video, more))
    score.report()
    for what, those in (("missed", score.missed), ("false", score.wrong)):
        for each in those[:options.show]:
            print(what, *each)


if __name__ == "__main__":
    main()
