# SPDX-License-Identifier: Apache-2.0
"""What is done before the silence that ends its sentence: how soon, how often, and how often wrongly.

Scenes as in rows_turns (a wake word that is told, a command, noise), heard by `jarvis-lab hear` with speech.early on
the virtual clock: what the recogniser's second look costs a real machine comes on top of the times. The house is
speech/devices.yaml, its lamps are turned off first, so that it is known how they were."""
import json
import os
import pathlib
import random
import subprocess
import tempfile

import speech as sounds
from lib import BIN, Figure, row
from rows_turns import VOICES, WAKE_FROM, WAKE_TO, at_db, kitchen, need_voices, quiet, scene, spoken, television, trimmed

LAMPS = ("kitchen light", "living room lamp", "bedside lamp", "hall light", "floor lamp")
CLOSED = ("turn on the {}", "turn off the {}", "switch on the {}", "switch the {} off", "turn the {} on", "{} on", "{} off",
          "i want the {} on", "please turn off the {}", "can you turn on the {}")
# What begins like a command and is none, or another; what of it may be done in the end (its words in `sent`).
GO_ON = (("turn on the hall light", "in ten minutes", ()), ("turn off the kitchen light", "tomorrow morning", ()),
         ("turn off the kitchen light", "and close the blinds", ("kitchen_light off", "living_room_blinds close")),
         ("turn on the bedside lamp", "and the hall light", ("bedside_lamp on", "hall_light on")),
         ("turn off the kitchen light", "no the bedside lamp", ("bedside_lamp off",)),
         ("turn on the kitchen light", "when i come home", ()), ("turn off the hall light", "if nobody is there", ()),
         ("turn on the bedside lamp", "at seven o'clock", ()), ("switch off the living room lamp", "is what she said", ()),
         ("kitchen light on", "is a song by the way", ()), ("turn on the hall light", "for ten minutes", ()),
         ("set the living room lamp to twenty", "five percent", ("living_room_lamp brightness 25",)),
         ("turn on the kitchen light", "except on sunday", ()))
PAUSES_MS = (200, 400, 600, 800)


def voices():
    """Those of the sentences: flite's and espeak-ng's, on both sides."""
    return [v for side in ("dev", "held", "accent") for v in sounds.voices(side)]


class Speaker:
    """Speaks each piece once."""

    def __init__(self, folder):
        self.folder, self.kept = pathlib.Path(folder), {}

    def __call__(self, voice, text):
        if (voice, text) not in self.kept:
            x = [float(v) for v in sounds.speak(voice, text, self.folder)]
            self.kept[voice, text] = at_db(trimmed(x), 65)
        return self.kept[voice, text]


def heard(scenes, folder, more):
    """The events of each scene, behind those that turn the lamps off."""
    folder, names = pathlib.Path(folder), []
    wake = spoken(VOICES[0], "jarvis")
    first = [scene(wake, [spoken(VOICES[0], f"turn {w} the {lamp}")], [], quiet(), None) for lamp in LAMPS[:4] for w in ("on", "off")]
    for i, (samples, _) in enumerate(first + scenes):
        names.append(f"{folder}/{i}.wav")
        subprocess.run(["sox", "-t", "raw", "-r", "16000", "-c", "1", "-e", "signed", "-b", "16", "-", names[-1]],
                       input=samples.tobytes(), check=True)
    out = subprocess.run([BIN / "jarvis-lab", "hear", "--wake-at", f"{WAKE_FROM},{WAKE_TO}", "--devices",
                          sounds.SETS / "devices.yaml", *names], env={**os.environ, "JARVIS_DEVICE_AREA": "Living room", **more},
                         capture_output=True, text=True, check=True, timeout=1800).stdout
    for name in names:
        os.unlink(name)
    events = {n: [] for n in names}
    for line in out.splitlines():
        j = json.loads(line)
        events[j["file"]].append(j)
    return [events[n] for n in names[len(first):]]


def told(events):
    """(when, words) of what was done early or (None, None), whether it was taken back, what stands in the end"""
    acts = [e for e in events if e["event"] == "action"]
    end = next((e["ms"] for e in events if e["event"] == "transcript"), 10 ** 9)
    done = [(e["ms"], tuple(e.get("sent", ())), e.get("code", 0)) for e in acts]
    before = [d for d in done if d[0] < end and d[2] == 0]
    after = [d for d in done if d[0] >= end and d[2] == 0]
    early_text = next((e["text"] for e in events if e["event"] == "early"), None)
    text = next((e["text"] for e in events if e["event"] == "transcript" and e["code"] == 0), None)
    if not before:
        return (None, None), False, [w for d in after for w in d[1]]
    back = early_text != text
    stands = [w for d in (after[1:] if back else before + after) for w in d[1]]
    if back and not after:  # not taken back
        stands = list(before[0][1]) + ["NOT TAKEN BACK"]
    return before[0][:2], back, stands


def meant(text, lamp):
    """The words of what a closed command does."""
    return f"{'living room lamp' if lamp == 'floor lamp' else lamp}".replace(" ", "_") + (" off" if " off" in f" {text}" else " on")


def pick(values, q):
    values = sorted(values)
    return values[min(len(values) - 1, int(q * len(values)))] if values else 0


def closed(speak, rng, count, crew):
    for i in range(count):
        lamp, form = LAMPS[i % len(LAMPS)], CLOSED[rng.randrange(len(CLOSED))]
        yield crew[i % len(crew)], form.format(lamp), meant(form, lamp)


def closed_figures(name, noise, db, folder, count, with_room=False):
    speak, rng, crew = Speaker(folder), random.Random(7), voices()
    rows = list(closed(speak, rng, count, crew))
    wake = [spoken(v, "jarvis") for v in VOICES]
    scenes = [scene(wake[i % 4], [speak(v, text)], [], noise, db, with_room) for i, (v, text, _) in enumerate(rows)]
    late, wrong, back, heard_right, misheard = [], [], 0, 0, 0
    for (v, text, want), (_, end), events in zip(rows, scenes, heard(scenes, folder, {"JARVIS_SPEECH_EARLY": "true"})):
        (at, sent), is_back, stands = told(events)
        heard_right += stands == [want]
        back += is_back
        if at is not None:
            late.append(at - end)
        if at is not None and list(sent) != [want]:
            wrong.append(f"{v}: {text}: {sent}")
        misheard += stands not in ([], [want])
    for w in wrong:
        print("   wrong:", w, flush=True)
    share = 100 * len(wrong) / count
    yield Figure(f"{name}: last word to the action, median", pick(late, 0.5), "ms", "<= 200",
                 note=f"{len(late)} of {count} early, right in the end {heard_right}, wrong {misheard}, taken back {back}")
    yield Figure(f"{name}: the same, p99", pick(late, 0.99), "ms", "<= 400")
    yield Figure(f"{name}: wrong early", share, "%", "<= 0.3",
                 note=f"surely below {100 * sounds.at_most(len(wrong), count):.1f} %")


def going_on(folder, pauses, repeat):
    speak, crew = Speaker(folder), voices()
    wake = [spoken(v, "jarvis") for v in VOICES]
    for ms in pauses:
        rows = [(crew[(i + k * 5) % len(crew)], *GO_ON[i]) for k in range(repeat) for i in range(len(GO_ON))]
        scenes = [scene(wake[i % 4], [speak(v, a), speak(v, b)], [ms], quiet(), None) for i, (v, a, b, _) in enumerate(rows)]
        early = cut = wrong = 0
        plain = [told(e)[2] for e in heard(scenes, folder, {"JARVIS_SPEECH_EARLY": "false"})]
        for (v, a, b, allowed), (_, end), events, without in zip(rows, scenes, heard(scenes, folder, {"JARVIS_SPEECH_EARLY": "true"}), plain):
            (at, _), back, stands = told(events)
            early += at is not None and back
            ended = next((e["ms"] for e in events if e["event"] == "speech_end"), 10 ** 9)
            cut += ended < end
            if stands != without:
                wrong += 1
                print(f"   wrong: {v}: {a} ... {b}: {stands}, without {without}", flush=True)
        n = len(rows)
        yield Figure(f"goes on after {ms / 1000} s: another end than without", 100 * wrong / n, "%", "<= 0",
                     note=f"taken back {early} of {n}, cut {cut}; surely below {100 * sounds.at_most(wrong, n):.1f} %")


@row("early", "commands done before the silence: how soon, how often wrongly; sentences that go on", long=True)
def early(bench):
    need_voices()
    only, count = os.environ.get("EARLY", ""), int(os.environ.get("COUNT", "60"))
    with tempfile.TemporaryDirectory() as folder:
        for name, make, db, with_room in (("quiet", quiet, None, False), ("quiet, room 0.4 s", quiet, None, True),
                                          ("television 10 dB below", television, 10, False), ("kitchen 10 dB", kitchen, 10, False)):
            if only in name and ("kitchen" not in name or "JARVIS_DATA" in os.environ):
                yield from closed_figures(name, make(), db, folder, count, with_room)
        if only in "goes on":
            yield from going_on(folder, PAUSES_MS, max(1, count // len(GO_ON) // 2))
