# SPDX-License-Identifier: Apache-2.0
"""When a turn ends: scenes are made (a wake word, a command, noise that goes on) and heard by
`jarvis-lab hear --wake-at`, once with the voice network and once by loudness alone.

A scene: 2 s of noise, the wake word up to WAKE_TO, a gap, the command, TAIL_S of noise alone. Levels
are of the command's loud blocks. Late is from its last word to the end of speech."""
import array
import json
import math
import os
import pathlib
import random
import subprocess
import tempfile

from lib import BIN, TOP, Figure, Skip, need, row

HZ, BLOCK = 16000, 160
WAKE_FROM, WAKE_TO, GAP_MS, TAIL_S, NEVER_MS = 2450, 3000, 300, 7, 5000
VOICES = ("slt", "rms", "awb", "kal16")
COMMANDS = ("turn on the kitchen light", "turn off the fan", "open the blinds", "lock the front door",
            "set the temperature to twenty", "turn off everything in the kitchen", "dim the kitchen light by ten percent",
            "movie night", "what time is it", "is the back door open", "close the blinds", "are all the lights off")
HALVES = (("turn on the", "kitchen light"), ("turn off", "the fan"), ("set the temperature", "to twenty"),
          ("open the", "blinds"), ("is the back door", "open"), ("turn off everything", "in the kitchen"))
STORY = ("The weather tomorrow will be mostly sunny with a few clouds in the west, and the minister said on Tuesday that "
         "nobody could have known about it before the meeting, which went on for seven hours without any result at all.")


def sound(*args, text=None, trim=None):
    """The samples that a program writes, as floats."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as f:
        if text is not None:
            subprocess.run([*args, "-t", text, "-o", f.name], check=True)
            args = (f.name,)
        raw = subprocess.run(["sox", *args, "-r", str(HZ), "-c", "1", "-t", "raw", "-e", "signed", "-b", "16", "-",
                              *(["trim", "0", str(trim)] if trim else [])], check=True, capture_output=True).stdout
    return [float(x) for x in array.array("h", raw)]


def levels(x):
    """dB of each block."""
    return [10 * math.log10(sum(v * v for v in x[i:i + BLOCK]) / BLOCK + 1e-3) for i in range(0, len(x) - BLOCK + 1, BLOCK)]


def trimmed(x):
    """From its first loud block to its last."""
    db = levels(x)
    loud = [i for i, d in enumerate(db) if d > max(db) - 35]
    return x[loud[0] * BLOCK:(loud[-1] + 1) * BLOCK]


def loud_db(x):
    db = sorted(levels(x))
    return db[int(len(db) * 0.85)]


def at_db(x, db):
    gain = 10 ** ((db - loud_db(x)) / 20)
    return [v * gain for v in x]


def spoken(voice, text):
    return at_db(trimmed(sound("flite", "-voice", voice, text=text)), 65)


def repeated(x, n):
    return (x * (n // len(x) + 1))[:n]


def music(n):
    """Chords with a beat."""
    notes, out = (220.0, 277.2, 329.6, 392.0, 440.0), []
    for i in range(n):
        bar, beat = i // HZ, (i % (HZ // 4)) / (HZ // 4)
        out.append(sum(math.sin(2 * math.pi * notes[(bar + k * 2) % 5] * i / HZ) for k in range(3)) * (1 - 0.7 * beat) * 1000)
    return out


def room(x, rt_s=0.4):
    """Four combs after Schroeder, at half the direct sound's level."""
    out = list(x) + [0.0] * int(rt_s * HZ)
    for delay in (475, 593, 661, 698):
        gain, line = 10 ** (-3 * delay / HZ / rt_s), [0.0] * delay
        for i in range(len(out)):
            k = i % delay
            echo = line[k]
            line[k] = (x[i] if i < len(x) else 0.0) + gain * echo
            out[i] += 0.18 * echo
    return out


LENGTH = (WAKE_TO // 1000 + 6 + TAIL_S) * HZ


def quiet():
    rng = random.Random(3)
    return repeated([rng.gauss(0, 8) for _ in range(4 * HZ)], LENGTH)


def television():
    return repeated(spoken("awb", STORY), LENGTH)


def pub():
    voices = [repeated(spoken(v, STORY), 2 * LENGTH) for v in VOICES]
    return [sum(v[i + k * HZ] + v[i + (5 - k) * HZ // 2] for k, v in enumerate(voices)) for i in range(LENGTH)]


def kitchen():
    return repeated(sound(str(pathlib.Path(os.environ["JARVIS_DATA"]) / "commands/kitchen.flac"), trim=20), LENGTH)


# name, noise, dB below the command (None: as it is), in a room
NOISES = (("quiet", quiet, None, False), ("quiet, room 0.4 s", quiet, None, True), ("music 10 dB", lambda: music(LENGTH), 10, False),
          ("pub 10 dB", pub, 10, False), ("television 10 dB below", television, 10, False), ("kitchen 10 dB", kitchen, 10, False))


def scene(wake, parts, gaps_ms, noise, below_db, with_room=False):
    """(samples, ms of the last word's end)"""
    dry = [0.0] * (WAKE_TO * HZ // 1000 - len(wake)) + wake + [0.0] * (GAP_MS * HZ // 1000)
    for i, part in enumerate(parts):
        dry += part + [0.0] * (gaps_ms[i] * HZ // 1000 if i < len(gaps_ms) else 0)
    end_ms = len(dry) * 1000 // HZ
    if with_room:
        dry = room(dry)
    n = end_ms * HZ // 1000 + TAIL_S * HZ
    gain = 1.0 if below_db is None else 10 ** ((65 - below_db - loud_db(noise[:5 * HZ])) / 20)
    out = repeated([v * gain for v in noise], n)
    for i, v in enumerate(dry):
        out[i] += v
    return array.array("h", (max(-32768, min(32767, int(v))) for v in out)), end_ms


def hear(scenes, folder, network):
    """ms from the last word to the end of each (None: it never came), and how many were cut."""
    names = []
    for i, (samples, _) in enumerate(scenes):
        names.append(f"{folder}/{i}.wav")
        subprocess.run(["sox", "-t", "raw", "-r", str(HZ), "-c", "1", "-e", "signed", "-b", "16", "-", names[-1]],
                       input=samples.tobytes(), check=True)
    env = {**os.environ, **({} if network else {"JARVIS_VAD_MODEL": ""})}
    p = subprocess.run([BIN / "jarvis-lab", "hear", "--wake-at", f"{WAKE_FROM},{WAKE_TO}", *names], env=env,
                       capture_output=True, text=True, check=True, timeout=1200)
    ends = {}
    for line in p.stdout.splitlines():
        j = json.loads(line)
        if j["event"] == "speech_end":
            ends.setdefault(j["file"], j["ms"] if j["reason"] != "no_speech" else 10 ** 6)
    late = [ends.get(n, 10 ** 6) - end for n, (_, end) in zip(names, scenes)]
    return late


def judged(late):
    """p50, p95, % never, % cut"""
    ended = sorted(x for x in late if 0 <= x <= NEVER_MS)
    pick = lambda q: ended[min(len(ended) - 1, int(q * len(ended)))] if ended else NEVER_MS
    n = len(late) / 100
    return pick(0.5), pick(0.95), sum(x > NEVER_MS for x in late) / n, sum(x < 0 for x in late) / n


TARGETS = {"quiet": (550, 850), "television 10 dB below": (1200, 1700)}


def need_voices():
    need("sox")
    need("flite")
    if not (TOP / "build/models/silero_vad_v6.onnx").exists():
        raise Skip("the voice network's weights are missing: tools/deps weights")


@row("turns", "from the last word to the end of speech, in noise; the voice network beside the loudness", long=True)
def turns(bench):
    need_voices()
    only = os.environ.get("TURNS", "")
    wake = [spoken(v, "jarvis") for v in VOICES]
    said = [(wake[i % 4], [spoken(VOICES[i % 4], c)]) for i, c in enumerate(COMMANDS)]
    with tempfile.TemporaryDirectory() as folder:
        for name, make, db, with_room in NOISES:
            if only not in name or (name.startswith("kitchen") and "JARVIS_DATA" not in os.environ):
                continue
            noise = make()
            scenes = [scene(w, parts, [], noise, db, with_room) for w, parts in said]
            p50, p95, never, cut = judged(hear(scenes, folder, True))
            peer = judged(hear(scenes, folder, False))
            t50, t95 = TARGETS.get(name, (850, 1200))
            yield Figure(f"{name}, p50", p50, "ms", f"<= {t50}", peer=("loudness", peer[0]),
                         note=f"cut {cut:.0f} %, loudness never {peer[2]:.0f} %, cut {peer[3]:.0f} %")
            yield Figure(f"{name}, p95", p95, "ms", f"<= {t95}", peer=("loudness", peer[1]))
            yield Figure(f"{name}, never", never, "%", "<= 2", peer=("loudness", peer[2]))
        for ms in (400, 600, 800):
            if only not in "pauses":
                continue
            scenes = [scene(wake[i % 4], [spoken(VOICES[i % 4], half) for half in halves], [ms], quiet(), None)
                      for i, halves in enumerate(HALVES * 2)]
            peer = judged(hear(scenes, folder, False))
            yield Figure(f"pause of {ms / 1000} s inside, cut", judged(hear(scenes, folder, True))[3], "%", "<= 5",
                         peer=("loudness", peer[3]))
