# SPDX-License-Identifier: Apache-2.0
"""Recogniser and voice beside the programs that come with their engines."""
import os
import pathlib

import orders
import speech as sounds
from lib import BIN, Figure, Skip, cpu_of, need, peer_of, row, run, say

GRAMMAR = """#JSGF V1.0;
grammar house;
public <s> = jarvis (turn | switch) (on | off) the (kitchen | bedroom | living room) (light | lamp | fan);
"""


def seconds_of(files):
    return sum(float(run(["soxi", "-D", f])) for f in files)


def pocketsphinx(room, sound):
    """The command line of the stock recogniser for this file, with its own model."""
    need("pocketsphinx_continuous")
    (room / "house.jsgf").write_text(GRAMMAR)
    return ["pocketsphinx_continuous", "-infile", sound, "-jsgf", room / "house.jsgf", "-logfn", "/dev/null"]


@row("voice", "a sentence into a WAV file, processes included, beside espeak-ng")
def voice(bench):
    need("espeak-ng")
    room = bench.room()
    for words, text in (("short", "turn on the kitchen light"),
                        ("long", "The kitchen light, the bedside lamp and the lamp in the hall are on. " * 4)):
        ours = cpu_of([BIN / "jarvis-lab", "say", text, room / "a.wav"])
        theirs = cpu_of(["espeak-ng", "-w", room / "b.wav", text])
        yield Figure(f"{words} sentence", ours * 1000, "ms CPU", peer=("espeak-ng", theirs * 1000))


READ_BACK = """the kitchen light is on
the front door is locked
it is twenty one degrees in the living room
the blinds in the bedroom are closed
i did not understand that
the washing machine is done
your timer for five minutes is over
it is half past seven in the evening
there is no lamp in the garden
the heating is set to nineteen degrees
which one do you mean the hall lamp or the desk lamp
all lights are off""".splitlines()


def word_errors(said, heard):
    """How many words were put in, left out or changed."""
    before = list(range(len(heard) + 1))
    for i, a in enumerate(said, 1):
        now = [i]
        for j, b in enumerate(heard, 1):
            now.append(min(before[j] + 1, now[-1] + 1, before[j - 1] + (a != b)))
        before = now
    return before[-1]


def read_back(room, voice):
    """Of 100 words that are spoken, how many a recogniser of any English sentence gets wrong."""
    raw, sound, wrong = room / "say.wav", room / "say16.wav", 0
    for text in READ_BACK:
        run([BIN / "jarvis-lab", "say", "--voice", voice, text, raw])
        run(["sox", raw, "-r", "16000", "-b", "16", "-c", "1", sound, "pad", "0.3", "0.5"])
        heard = run(["pocketsphinx_continuous", "-infile", sound, "-logfn", "/dev/null"])
        wrong += word_errors(text.split(), heard.split())
    return 100 * wrong / sum(len(t.split()) for t in READ_BACK)


@row("voice-heard", "the voice of this box, read back by PocketSphinx with its general model of English")
def voice_heard(bench):
    need("sox", "pocketsphinx_continuous")
    room = bench.room()
    yield Figure("words wrong", read_back(room, "flite"), "%", target="<= 40",
                 peer=("espeak-ng's voice", read_back(room, "en-us")), note=f"{len(READ_BACK)} replies")


@row("recogniser", "speech to text on files, beside stock PocketSphinx with a grammar of the same kind")
def recogniser(bench):
    need("sox", "flite")
    room = bench.room()
    words = say("Jarvis. Turn on the kitchen light.", room / "words.wav", lead_ms=400)
    raw = room / "words16.wav"
    run(["sox", words, "-r", "16000", "-b", "16", "-c", "1", raw])
    many = room / "many.wav"
    run(["sox", *([raw] * 12), many])
    length = seconds_of([many])
    ours = cpu_of([BIN / "jarvis-lab", "hear", many], times=2) / length
    peer = peer_of("PocketSphinx", lambda: cpu_of(pocketsphinx(room, many), times=3) / length)
    note = "ours: the whole pipeline, and the wake word in it"
    yield Figure("commands in a synthetic voice", ours, "CPU s per s", peer=peer, target="<= 0.5", note=note)
    human = sorted(pathlib.Path(os.environ.get("JARVIS_DATA", "/nonexistent")).glob("wakeword/jarvis/*.flac"))[:20]
    if human:
        yield Figure("people's recordings", cpu_of([BIN / "jarvis-lab", "hear", *human], times=1) / seconds_of(human),
                     "CPU s per s", target="<= 0.5", note=f"{len(human)} files")


def figures(rows, target):
    """Wrong actions of each condition, and the most that 95 of 100 such measurements would hide."""
    for name, r in rows.items():
        told = (f"right {r['right']}, asked {r['asked']}, refused {r['refused']}, other {r['other']} of {r['n']}; "
                f"surely below {100 * sounds.at_most(r['wrong'], r['n']):.0f} %")
        yield Figure(f"{name}: wrong actions", 100 * r["wrong"] / r["n"], "%", target=target, note=told)


@row("speech", "what comes of spoken sentences: right, wrong, asked, refused, for each condition")
def speech(bench):
    """A small sample of tests/bench/speech.py, in the voices that nobody tunes on."""
    need("sox", "flite")
    room = bench.room()
    sounds.make(room, "held", 5, [], "bench")
    rows = sounds.sums(sounds.hear(room, [], False))
    yield from figures(rows, "<= 0.3")
    quiet = rows["clean"]
    yield Figure("recogniser, clean", quiet["real_time_factor"], "CPU s per s", target="<= 0.08")
    yield Figure("work behind the end of speech", quiet["late_ms"], "ms CPU", target="<= 20")
    many = sounds.sums(sounds.hear(room, ["clean"], False, sounds.many_names(500, room)))["clean"]
    yield Figure("recogniser, 500 names", many["real_time_factor"], "CPU s per s", target="<= 0.2")
    yield Figure("memory of jarvis-stt, 500 names", many["memory_mb"], "MB", target="<= 40")


@row("commands", "spoken orders of many people, clean and in kitchen noise, understood to the last word", long=True)
def commands(bench):
    """A quarter of the recordings of the shared data; tests/bench/orders.py takes them all."""
    need("sox")
    if not orders.DATA.exists():
        raise Skip("the spoken orders are missing: set JARVIS_DATA")
    for r in orders.orders(bench.room(), 4, list(orders.TARGETS)):
        where = "clean" if r["snr"] is None else f"kitchen {r['snr']} dB"
        yield Figure(where, 100 * r["right"] / r["n"], "% right", target=f">= {orders.TARGETS[r['snr']]}", higher=True,
                     note=f"refused {r['refused']}, another order {r['wrong']} of {r['n']}; {r['cpu']:.3f} CPU s per s")


@row("speech-full", "the same with 36 sounds a condition, and all of them together", long=True)
def speech_full(bench):
    """Enough sounds that a number means something: without one fault in 432, one in 144 is still possible."""
    need("sox", "flite")
    room = bench.room()
    sounds.make(room, "held", 36, [], "bench")
    rows = sounds.sums(sounds.hear(room, [], False))
    yield from figures(rows, "<= 0.3")
    for name, kinds in (("commands", set(rows) - sounds.no_command(rows)), ("no commands", sounds.no_command(rows))):
        yield from figures({f"all {name}": sounds.together(rows[k] for k in kinds)}, "<= 0.3")
