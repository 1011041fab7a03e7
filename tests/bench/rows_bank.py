# SPDX-License-Identifier: Apache-2.0
"""The voice bank: how many of the everyday answers it can say, what a house of 200 devices takes on the disk, and how soon
its first sample is there."""
import json
import os

from conftest import chat
from lib import BIN, TOP, Figure, need, program, row, run, table

EVERYDAY = TOP / "tests/unit/lab/everyday"
EACH = int(os.environ.get("BANK_EACH", "8"))  # every eighth sentence; 1: all of them, minutes
SAMPLE = 120  # pieces whose size is measured
ROOMS = ("Kitchen", "Living room", "Bedroom", "Hall", "Bathroom", "Office", "Nursery", "Garden", "Garage", "Cellar", "Attic",
         "Dining room", "Guest room", "Laundry", "Terrace", "Library", "Study", "Workshop", "Pantry", "Balcony")
THINGS = (("ceiling light", "light"), ("floor lamp", "light"), ("desk lamp", "light"), ("spots", "light"), ("fan", "switch"),
          ("radio", "switch"), ("blinds", "cover, class: blind"), ("heater", "climate"),
          ("window", "binary_sensor, class: window"), ("thermometer", "sensor"))


def everyday(language):
    """The sentences of the everyday set, without those that go on with the one before."""
    lines = []
    for name in (language, f"second_{language}"):
        lines += [line.strip() for line in (EVERYDAY / f"{name}.txt").read_text().splitlines()]
    return [line for line in lines if line and line[0] not in "#$=>"]


def bank_lab(devices, *args):
    """Its lines, and its sums."""
    *lines, sums = run([BIN / "jarvis-lab", "bank", "--devices", devices, *args]).splitlines()
    return lines, json.loads(sums)


def answers(bench, language, room):
    h = bench.house(broker=False, devices=(EVERYDAY / f"house_{language}.yaml").read_text(),
                    settings=f"language: {language}\ndevice: {{area: {room}}}\n").start()
    said = [chat(h, sentence)[1].get("reply", "") for sentence in everyday(language)[::EACH]]
    h.stop()
    return [" ".join(reply.split()) for reply in said if reply]


def large_house():
    return "devices:\n" + "".join(
        f"  - {{ id: d{i}_{k}, name: {room} {thing}, area: {room}, kind: {kind}, via: virtual }}\n"
        for i, room in enumerate(ROOMS) for k, (thing, kind) in enumerate(THINGS))


@row("voice-bank", "answers from what is kept of a good voice: how many, how large, how soon")
def voice_bank(bench):
    need("flite")
    folder = bench.room()
    for language, room in (("en", "Kitchen"), ("fr", "Cuisine")):
        said = folder / f"answers_{language}.txt"
        said.write_text("\n".join(answers(bench, language, room)) + "\n")
        _, sums = bank_lab(EVERYDAY / f"house_{language}.yaml", "--language", language, "--answers", said)
        yield Figure(f"everyday answers in the good voice, {language}", 100 * sums["said"] / sums["answers"], "%", ">= 95",
                     note=f"of {sums['answers']}; in one piece {sums['one_piece']}; the bank needs {sums['needed']} pieces")
    devices = folder / "devices.yaml"
    devices.write_text(large_house())
    pieces, sums = bank_lab(devices, "--pieces")
    every = max(1, len(pieces) // SAMPLE)
    sounds = []
    for i, line in enumerate(pieces[::every]):
        sounds.append(folder / f"{i}.wav")
        run(["flite", "-voice", "slt", "-t", line.split("\t")[1], "-o", sounds[-1]])
    t = table([program("bank"), folder, 300, *sounds])
    each = t["bytes"] / t["pieces"] / 1e6
    yield Figure("200 devices, all answers", each * sums["needed"], "MB", "<= 60",
                 note=f"{sums['needed']} pieces, as {int(t['pieces'])} of them in flite's voice")
    yield Figure("200 devices, frames with their names too", each * (sums["needed"] + sums["extra"]), "MB",
                 note="as many of them as tts.bank_mb leaves room for")
    yield Figure("first sample, an answer in one piece", t["first_of_1_ms"], "ms", "<= 20", note=f"p99 {t['first_of_1_p99_ms']:.1f}")
    yield Figure("first sample, three pieces", t["first_of_3_ms"], "ms", "<= 20", note=f"p99 {t['first_of_3_p99_ms']:.1f}")
