#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How well the recogniser hears: right, wrong, asked, refused for each condition.

    tests/bench/speech.py [--voices dev|held] [--count N] [--only "clean; decoys"] [--keep DIR] [--json]
                          [--whole]

Sentences (tests/bench/speech/*.txt) are spoken by the voices that are installed (flite, espeak-ng,
festival), behind a human "jarvis" where JARVIS_DATA has one, put into a room or a noise, and heard by
`jarvis-lab stt` (the recogniser alone), or with --whole by `jarvis-lab hear` (wake word, endpoint,
action). The same seed makes the same sounds. Wrong is an action that was not meant; other an answer
that was not meant; for what is no command, refused is as good as right."""
import argparse
import array
import json
import math
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import wave

HERE = pathlib.Path(__file__).resolve().parent
SETS = HERE / "speech"
BIN = HERE.parents[1] / "build" / "bin"
DATA = pathlib.Path(os.environ.get("JARVIS_DATA", "/nonexistent"))
RATE = 16000
LEVEL = 10 ** (-26 / 20) * 32768  # of speech, RMS

# Voices: how they are made, and which side they are on. Held out: nobody tunes on them.
VOICES = {
    "slt": ("flite", "slt", "dev"), "kal16": ("flite", "kal16", "dev"),
    "en-us": ("espeak-ng", "en-us", "dev"), "en-us+f3": ("espeak-ng", "en-us+f3", "dev"),
    "kal_diphone": ("festival", "kal_diphone", "dev"),
    "rms": ("flite", "rms", "held"), "awb": ("flite", "awb", "held"),
    "slt_hts": ("festival", "cmu_us_slt_arctic_hts", "held"), "en-us+m7": ("espeak-ng", "en-us+m7", "held"),
    "en-gb": ("espeak-ng", "en-gb", "accent"), "scotland": ("espeak-ng", "en-gb-scotland", "accent"),
    "rp+f2": ("espeak-ng", "en-gb-x-rp+f2", "accent"),
}

# Condition: (set of sentences, what is done to the sound, voices of this kind alone)
CONDITIONS = {
    "clean": ("commands", {}, None),
    "kitchen 20 dB": ("commands", {"noise": "kitchen", "snr": 20}, None),
    "kitchen 10 dB": ("commands", {"noise": "kitchen", "snr": 10}, None),
    "babble 10 dB": ("commands", {"noise": "babble", "snr": 10}, None),
    "room 0.4 s": ("commands", {"room": 0.4}, None),
    "paused 0.7 s": ("commands", {"pause": 0.7}, None),
    "accents": ("commands", {}, "accent"),
    "decoys": ("decoys", {}, None),
    "decoys, kitchen 10 dB": ("decoys", {"noise": "kitchen", "snr": 10}, None),
    "strangers": ("strangers", {}, None),
    "truncated": ("truncated", {}, None),
    "chatter": ("chatter", {}, None),
}
NO_COMMAND = {"decoys", "strangers", "truncated", "chatter"}


def run(args, **kw):
    return subprocess.run([str(a) for a in args], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kw)


def load(path):
    out = run(["sox", path, "-t", "raw", "-r", RATE, "-c", 1, "-e", "signed", "-b", 16, "-"]).stdout
    return array.array("h", out)


def save(path, samples):
    with wave.open(str(path), "wb") as w:
        w.setnchannels(1), w.setsampwidth(2), w.setframerate(RATE)
        w.writeframes(array.array("h", (max(-32768, min(32767, int(s))) for s in samples)).tobytes())


def active_rms(x):
    """Of the frames within 30 dB of the loudest."""
    frames = [sum(s * s for s in x[i:i + 320]) / 320 for i in range(0, max(1, len(x) - 320), 320)]
    loud = [f for f in frames if f > max(frames) / 1000]
    return math.sqrt(sum(loud) / len(loud)) or 1.0


def scaled(x, level):
    gain = level / active_rms(x)
    return [s * gain for s in x]


def trimmed(x, floor=0.02):
    peak = max(map(abs, x)) * floor
    first = next(i for i, s in enumerate(x) if abs(s) > peak)
    last = len(x) - next(i for i, s in enumerate(reversed(x)) if abs(s) > peak)
    return x[max(0, first - 480):last + 800]


def speak(voice, text, room):
    engine, name, _ = VOICES[voice]
    path = room / "spoken.wav"
    if engine == "flite":
        run(["flite", "-voice", name, "-t", text, "-o", path])
    elif engine == "espeak-ng":
        run(["espeak-ng", "-v", name, "-w", path, text])
    else:
        run(["text2wave", "-o", path, "-eval", f"(voice_{name})"], input=text.encode())
    return trimmed(load(path))


def voices(side):
    have = {"festival": shutil.which("text2wave")}
    return [v for v, (engine, _, s) in VOICES.items() if s == side and have.get(engine, shutil.which(engine))]


FIRST = ("amber bright cedar copper corner crystal desert dragon eagle emerald forest garden golden happy island ivory jungle "
         "lemon linen maple marble meadow mellow midnight mountain orange paper pepper pilot pocket river rocket rusty saddle "
         "shadow silver summer sunset timber velvet violet winter yellow").split()
SECOND = "bulb lantern spotlight strip beacon candle heater pump socket speaker projector monitor".split()


def many_names(n, folder):
    """The house of the measurements with lamps and switches of distinct names until there are n."""
    text = (SETS / "devices.yaml").read_text()
    pairs = [f"{a} {b}" for b in SECOND for a in FIRST]
    have = text.count("- { name:")
    for i, name in enumerate(pairs[:max(0, n - have)]):
        text += f"  - {{ name: {name}, area: Garden, kind: {'light' if i % 3 else 'switch'}, via: virtual }}\n"
    path = folder / f"devices-{n}.yaml"
    path.write_text(text)
    return path


class Studio:
    """Makes the sounds of a run; everything random comes from its seed."""

    def __init__(self, side, room, seed):
        self.side, self.room, self.random = side, room, random.Random(seed)
        names = sorted(DATA.glob("wakeword/jarvis/*.flac"))
        # by speaker, never by file
        self.names = [n for n in names if (int("".join(filter(str.isdigit, n.name[:9])) or 0) % 2 == 0) == (side == "dev")]
        self.kitchen = None
        self.babble = None

    def noise(self, kind, n):
        if kind == "kitchen" and self.kitchen is None:
            path = DATA / "commands" / "kitchen.flac"
            if not path.exists():
                run(["sox", "-n", "-r", RATE, "-c", 1, self.room / "pink.wav", "synth", 60, "pinknoise", "vol", 0.3])
                path = self.room / "pink.wav"
            whole = load(path)
            half = len(whole) // 2
            self.kitchen = whole[:half] if self.side == "dev" else whole[half:]
        if kind == "babble" and self.babble is None:
            self.babble = self.crowd()
        x = self.kitchen if kind == "kitchen" else self.babble
        at = self.random.randrange(max(1, len(x) - n))
        return (x[at:at + n] * (1 + n // max(1, len(x))))[:n]

    def crowd(self):
        lines = (SETS / "chatter.txt").read_text().split("\n")
        sum_ = [0.0] * (RATE * 12)
        for k in range(6):
            at = 0
            while at < len(sum_):
                x = scaled(speak(self.random.choice(voices(self.side)), self.random.choice(lines) or "hello", self.room), 1000)
                for i, s in enumerate(x[:len(sum_) - at]):
                    sum_[at + i] += s
                at += len(x) + 2000 * k
        return sum_

    def hall(self, x, seconds):
        n = int(seconds * RATE)
        taps = [1.0] + [0.05 * self.random.gauss(0, 1) * math.exp(-6.9 * i / (seconds * RATE)) for i in range(1, n)]
        (self.room / "taps.txt").write_text("\n".join(f"{t:.6f}" for t in taps))
        save(self.room / "dry.wav", [s * 0.3 for s in x] + [0] * n)
        run(["sox", self.room / "dry.wav", self.room / "wet.wav", "fir", self.room / "taps.txt"])
        return scaled(load(self.room / "wet.wav"), LEVEL)

    def said(self, voice, text, pause):
        words = text.split()
        if not pause or len(words) < 4:
            return scaled(speak(voice, text, self.room), LEVEL)
        k = self.random.randrange(2, len(words) - 1)
        return (scaled(speak(voice, " ".join(words[:k]), self.room), LEVEL) + [0] * int(pause * RATE) +
                scaled(speak(voice, " ".join(words[k:]), self.room), LEVEL))

    def sound(self, voice, text, noise=None, snr=0, room=0, pause=0):
        """The samples, and where the wake word is nearly over, in ms."""
        x = self.said(voice, text, pause)
        begin = 0.3
        if self.names:
            name = scaled(trimmed(load(self.random.choice(self.names))), LEVEL)
            begin += len(name) / RATE + 0.1  # the end of its last sound
            x = name + [0] * int(0.2 * RATE) + x
        x = [0] * int(0.5 * RATE) + x + [0] * int(0.8 * RATE)
        if room:
            x = self.hall(x, room)
        if noise:
            loud = self.noise(noise, len(x))
            rms = math.sqrt(sum(s * s for s in loud) / len(loud)) or 1
            gain = LEVEL / 10 ** (snr / 20) / rms
            x = [a + gain * b for a, b in zip(x, loud)]
        floor = self.random.gauss
        return [s + floor(0, 3) for s in x], int(begin * 1000)


def make(folder, side, count, only, seed):
    """Sounds of each condition into folder/<condition>/<n>-<voice>.wav with their .txt."""
    for name, (sentences, how, kind) in CONDITIONS.items():
        if only and name not in only:
            continue
        # one seed a condition: what is left out changes nothing in the others
        studio = Studio(side, folder, f"{seed} {side} {name}")
        lines = [s for s in (SETS / f"{sentences}.txt").read_text().split("\n") if s]
        studio.random.shuffle(lines)
        to = folder / name
        to.mkdir(parents=True, exist_ok=True)
        crew = voices(kind or side)
        for i in range(count):
            text, voice = lines[i % len(lines)], crew[(i + i // len(lines)) % len(crew)]
            path = to / f"{i:03}-{voice}.wav"
            if path.exists():
                continue
            samples, begin = studio.sound(voice, text, **how)
            save(path, samples)
            path.with_suffix(".txt").write_text(f"{text}\n{begin}\n")


def lines_of(args):
    return [json.loads(line) for line in run(args).stdout.decode().splitlines()]


def hear(folder, only, whole, devices=SETS / "devices.yaml"):
    """Yields (condition, [line of jarvis-lab, ...]); with `whole` the verdict is made of the events."""
    for name in CONDITIONS:
        files = sorted((folder / name).glob("*.wav"))
        if not files or (only and name not in only):
            continue
        lines = lines_of([BIN / "jarvis-lab", "stt", "--names", devices, "--room", "Living room", *files])
        memory = lines.pop()["memory_kb"]
        for line in lines:
            line["memory_kb"] = memory
        if whole:
            judge_whole(lines, files)
        yield name, lines


def judge_whole(lines, files):
    """Puts the verdicts of the whole way in the place of the recogniser's."""
    env = dict(os.environ, JARVIS_DEVICE_AREA="Living room")
    events = run([BIN / "jarvis-lab", "hear", "--devices", SETS / "devices.yaml", *files], env=env).stdout.decode()
    by_file = {}
    for line in events.splitlines():
        e = json.loads(line)
        by_file.setdefault(e["file"], {}).setdefault(e["event"], e)
    for line in lines:
        e = by_file.get(line["file"], {})
        heard, meant = e.get("intent", {}), line.get("meant", {})
        slots = lambda i: {k: v.get("value") for k, v in i.get("slots", {}).items()}
        line["text"] = e.get("transcript", {}).get("text", "")
        if "wake" not in e:
            line["verdict"] = "asleep"
        elif e.get("transcript", {}).get("unsure") and heard.get("intent", "JarvisRefuse") == "JarvisRefuse":
            line["verdict"] = "refused"
        elif e.get("transcript", {}).get("unsure") or "candidates" in heard or e.get("action", {}).get("code") == -126:
            line["verdict"] = "asked"
        elif "intent" not in heard:
            line["verdict"] = "refused"
        elif heard["intent"] == meant.get("intent") and slots(heard) == slots(meant) and line["meant_code"] == 0:
            line["verdict"] = "right"
        else:
            line["verdict"] = "wrong" if "action" in e and "Get" not in heard["intent"] else "other"


WORDS = ("right", "asked", "refused", "other", "wrong", "asleep")


def sum_of(lines):
    row = {w: sum(line["verdict"] == w for line in lines) for w in WORDS}
    row["n"] = len(lines)
    row["memory_mb"] = round(max(line.get("memory_kb", 0) for line in lines) / 1024, 1)
    row["late_ms"] = sorted(line.get("late_ms", 0) for line in lines)[len(lines) // 2]
    cpu, audio = (sum(line.get(k, 0) for line in lines) for k in ("cpu_ms", "audio_ms"))
    row["real_time_factor"] = round(cpu / audio, 4) if audio else 0
    return row


def no_command(rows):
    """Those conditions in which nothing shall be done."""
    return {name for name in rows if name.split(",")[0] in NO_COMMAND}


def together(rows):
    """Several conditions as one."""
    rows = list(rows)
    return {w: sum(row[w] for row in rows) for w in ("n",) + WORDS}


def at_most(k, n, sure=0.95):
    """The share that k faults in n stay below, `sure` (Clopper and Pearson); for k = 0 the rule of three, 3 / n."""
    if n == 0 or k >= n:
        return 1.0
    low, high = k / n, 1.0
    for _ in range(50):
        p = (low + high) / 2
        seen = sum(math.comb(n, i) * p ** i * (1 - p) ** (n - i) for i in range(k + 1))
        low, high = (p, high) if seen > 1 - sure else (low, p)
    return high


def sums(heard):
    return {name: sum_of(lines) for name, lines in heard}


def table(rows):
    for name, row in rows.items():
        print(f"{name:24}" + "".join(f"{row[w]:9}" for w in ("n",) + WORDS) +
              f"{row['real_time_factor']:9.3f}{row['late_ms']:9}{row['memory_mb']:9}", flush=True)


def faults_print(name, lines):
    """What was not right."""
    for line in lines:
        if line["verdict"] != "right" and not (no_command([name]) and line["verdict"] == "refused"):
            print(f"  {line['verdict']}: '{line['said']}' -> '{line.get('text')}'"
                  f"{' / ' + line['other'] if 'other' in line else ''} {pathlib.Path(line['file']).stem}"
                  f"{' broken' if line.get('broken') else ''}{' rejected' if line.get('rejected') else ''}")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--voices", choices=("dev", "held"), default="dev")
    p.add_argument("--count", type=int, default=12, help="sounds a condition")
    p.add_argument("--only", default="", help="conditions, parted by ;")
    p.add_argument("--keep", help="a folder of sounds to make or take")
    p.add_argument("--seed", default="1")
    p.add_argument("--names", type=int, default=0, help="so many names in the house")
    p.add_argument("--whole", action="store_true", help="wake word, endpoint and action too")
    p.add_argument("--json", action="store_true")
    p.add_argument("--show", action="store_true", help="what was not right")
    o = p.parse_args()
    only = [s.strip() for s in o.only.split(";") if s.strip()]
    with tempfile.TemporaryDirectory() as tmp:
        folder = pathlib.Path(o.keep or tmp)
        folder.mkdir(parents=True, exist_ok=True)
        make(folder, o.voices, o.count, only, o.seed)
        rows = {}
        if not o.json:
            print(f"{'condition':24}" + "".join(f"{w:>9}" for w in ("n",) + WORDS + ("CPU/s", "late ms", "MB")))
        devices = [many_names(o.names, pathlib.Path(tmp))] if o.names else []
        for name, lines in hear(folder, only, o.whole, *devices):
            rows[name] = sum_of(lines)
            if not o.json:
                table({name: rows[name]})
            if o.show:
                faults_print(name, lines)
    if o.json:
        print(json.dumps(rows, indent=1))
    elif rows:
        commands = [rows[n] for n in rows if n not in no_command(rows)]
        for name, some in (("commands", commands), ("no commands", [rows[n] for n in no_command(rows)])):
            r = together(some)
            print(f"all {name:20}" + "".join(f"{r[w]:9}" for w in ("n",) + WORDS) +
                  f"   wrong surely below {100 * at_most(r['wrong'], r['n']):.1f} %")


if __name__ == "__main__":
    main()
