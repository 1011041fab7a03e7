#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Spoken orders of many people, clean and in kitchen noise: how many are understood whole.

    tests/bench/orders.py [--part N] [--snr 24,18,12,9,6] [--keep DIR] [--show]

$JARVIS_DATA/commands holds recordings, the slots of each, and the grammar that they were spoken to. The
grammar becomes a file of sentences of ours, `jarvis-lab stt` hears the recordings, and an order counts
when every slot that its label names is what was heard. Noise is mixed by the rule of the benchmark that
the recordings come from: the loudest 2,048 samples of the order stand so many dB above those of the
noise. --part N takes each Nth recording."""
import argparse
import array
import json
import math
import os
import pathlib
import random
import re
import subprocess
import tempfile
import wave

BIN = pathlib.Path(__file__).resolve().parents[2] / "build" / "bin"
DATA = pathlib.Path(os.environ.get("JARVIS_DATA", "/nonexistent")) / "commands"
RATE, FRAME = 16000, 2048
TARGETS = {None: 98.5, 24: 97, 18: 94, 12: 90, 9: 86, 6: 78}
HOUSE = "devices:\n  - { name: Coffee machine, area: Kitchen, kind: switch, via: virtual }\n"
TYPED = ('language: en\nintents:\n  HassTurnOn:\n    data:\n      - sentences: ["turn on [the] {name}"]\n'
         "        requires_context: { domain: switch }\n")


def grammar():
    """(templates, {slot: values}) of the data's grammar; its lists in brackets need one of their words."""
    lines = (DATA / "grammar.yaml").read_text().split("\n")
    templates, slots, at = [], {}, None
    for line in lines:
        key, item = re.match(r"\s+(\w+):$", line), re.match(r'\s+- "(.*)"$', line)
        if key:
            at = key[1]
            slots.setdefault(at, [])
        elif item and at == "orderDrink":
            templates.append(item[1])
        elif item:
            slots[at].append(item[1])
    return templates, {k: v for k, v in slots.items() if v}


def template_of(text):
    """'[a, an] $size:size' -> '[(a|an)] {size}'."""
    choices = iter(re.findall(r"\[(.*?)\]", text))
    first, article = next(choices), next(choices)
    rest = re.sub(r"\$(\w+):\w+", r"{\1}", text[text.rindex("]") + 1:].strip())
    return f"({first.lower().replace(', ', '|')}) [({article.replace(', ', '|')})] {rest}"


def share_make(folder):
    """A folder of sentences for `jarvis-lab stt --sentences`."""
    templates, slots = grammar()
    text = "language: en\nspeech: only\nlists:\n"
    for slot, values in slots.items():
        text += f"  {slot}:\n    values: {json.dumps(values)}\n"
    text += "intents:\n  OrderDrink:\n    data:\n      - sentences:\n"
    text += "".join(f"          - {json.dumps(template_of(t))}\n" for t in templates)
    (folder / "sentences" / "speech").mkdir(parents=True, exist_ok=True)
    (folder / "sentences" / "en.yaml").write_text(TYPED)
    (folder / "sentences" / "speech" / "en.yaml").write_text(text)
    (folder / "devices.yaml").write_text(HOUSE)


def slots_of(text):
    """What an order of the grammar holds, {} for none."""
    _, slots = grammar()
    one = {k: f"(?P<{k}>" + "|".join(sorted(map(re.escape, v), key=len, reverse=True)) + ")" for k, v in slots.items()}
    how = f"(?:(?:{one['size']}|{one['roast']}|{one['numberOfShots']}) )*{one['coffeeDrink']}"
    more = f"(?:{one['milkAmount']}|{one['sugarAmount']})"
    again = more.replace("?P<", "?P<and_")
    m = re.match(rf".*?(?:\ba |\ban |\b){how}(?: with {more}(?: and {again})?)?$", text)
    return {k.removeprefix("and_"): v for k, v in m.groupdict().items() if v} if m else {}


def load(path):
    out = subprocess.run(["sox", path, "-t", "raw", "-r", str(RATE), "-c", "1", "-e", "signed", "-b", "16", "-"],
                         stdout=subprocess.PIPE, check=True).stdout
    return array.array("h", out)


def loudest(x):
    return max(sum(s * s for s in x[i:i + FRAME]) for i in range(0, max(1, len(x) - FRAME), FRAME))


def mixed(x, noise, snr, at):
    piece = noise[at:at + len(x)]
    gain = math.sqrt(loudest(x) / loudest(piece) / 10 ** (snr / 10))
    sum_ = [a + gain * b for a, b in zip(x, piece)]
    scale = min(1.0, 32000 / max(map(abs, sum_)))
    return array.array("h", (int(s * scale) for s in sum_))


def save(path, x):
    with wave.open(str(path), "wb") as w:
        w.setnchannels(1), w.setsampwidth(2), w.setframerate(RATE)
        w.writeframes(x.tobytes())


def make(folder, files, snr):
    """The recordings as WAV files, in noise where `snr` is a number. The same each time."""
    folder.mkdir(parents=True, exist_ok=True)
    noise = load(DATA / "kitchen.flac") if snr is not None else None
    paths = []
    for f in files:
        path = folder / f"{pathlib.Path(f).stem}.wav"
        if not path.exists():
            x = load(DATA / "clean" / f)
            if noise:
                x = mixed(x, noise, snr, random.Random(f).randrange(len(noise) - len(x)))
            save(path, x)
        paths.append(path)
    return paths


def hear(share, paths):
    out = subprocess.run([BIN / "jarvis-lab", "stt", "--names", share / "devices.yaml", "--sentences", share, *paths],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True, text=True).stdout
    return [json.loads(line) for line in out.splitlines()][:-1]


def orders(room, part, levels, show=False):
    """Yields {snr, n, right, refused, wrong, cpu}: wrong is an order that was heard as another."""
    labels = json.loads((DATA / "label.json").read_text())
    share_make(room)
    files = sorted(labels)[::part]
    for snr in levels:
        row = {"snr": snr, "n": len(files), "right": 0, "refused": 0, "wrong": 0, "cpu": 0}
        lines = hear(room, make(room / f"{snr}", files, snr))
        for f, line in zip(files, lines):
            got = {} if line["rejected"] or line["broken"] else slots_of(line["text"])
            want = {k: v.strip() for k, v in labels[f]["slots"].items()}
            verdict = ("right" if all(got.get(k) == v for k, v in want.items()) and got else
                       "wrong" if got and not line.get("other") else "refused")
            row[verdict] += 1
            if show and verdict != "right":
                print(f"  {verdict}: {want} -> '{line['text']}'{' rejected' * line['rejected']}{' broken' * line['broken']}")
        row["cpu"] = sum(x["cpu_ms"] for x in lines) / sum(x["audio_ms"] for x in lines)
        yield row


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--part", type=int, default=1)
    p.add_argument("--snr", default="24,18,12,9,6")
    p.add_argument("--keep", help="a folder of sounds to make or take")
    p.add_argument("--show", action="store_true", help="what was not right")
    o = p.parse_args()
    if not DATA.exists():
        p.error(f"{DATA} does not exist: set JARVIS_DATA to the shared data")
    levels = [None] + [int(s) for s in o.snr.split(",") if s]
    with tempfile.TemporaryDirectory() as tmp:
        for row in orders(pathlib.Path(o.keep or tmp), o.part, levels, o.show):
            name = "clean" if row["snr"] is None else f"kitchen {row['snr']} dB"
            print(f"{name:16} right {100 * row['right'] / row['n']:5.1f} %  refused {row['refused']:3}  wrong {row['wrong']:3}"
                  f"  of {row['n']}  {row['cpu']:.3f} CPU s/s", flush=True)


if __name__ == "__main__":
    main()
