# SPDX-License-Identifier: Apache-2.0
"""The voice bank: what the good voice elsewhere said is kept, the rest is rendered while nobody is served, and with
that voice away whole answers still come in it - or the whole answer in the box's own."""
import pathlib
import struct
import time

import pytest
from conftest import House, chat, wait_for
from voices import Piper

PITCH_HZ = 440
DEVICES = """devices:
  - { id: lamp, name: Lamp, area: Kitchen, kind: light, via: virtual }
  - { id: fan, name: Fan, area: Hall, kind: switch, via: virtual }
"""


@pytest.fixture
def bank(tmp_path):
    """A started house whose voice is a hum, and the server of it."""
    made = []

    def make(**env):
        h, piper = House(tmp_path), Piper(PITCH_HZ)
        made.extend([h, piper])
        (h.root / "etc/jarvis/devices.yaml").write_text(DEVICES)
        h.start(JARVIS_TTS_REMOTE="piper", JARVIS_TTS_URL=piper.url, JARVIS_AUDIO_PLAYBACK=h.root / "said.wav",
                **{"JARVIS_TTS_BANK_PAUSE_MS": 0, **env})
        return h, piper
    yield make
    for thing in made:
        thing.stop()


def figures(h):
    return h.status()["voice_bank"]


def pieces(h):
    return sorted(pathlib.Path(h.root).glob("var/lib/jarvis/voices/*/*.voice"))


def say(h, words):
    """Asks, hears the answer to its end; returns the answer."""
    status, answer = chat(h, words, speak=True)
    assert status == 200
    wait_for(lambda: h.status()["state"] == "idle")
    return answer["reply"]


def samples(path):
    data = path.read_bytes()[44:]
    return struct.unpack("<%dh" % (len(data) // 2), data[:len(data) // 2 * 2])


def voices(sound, rate_hz=48000):
    """Who speaks in the loud windows of 25 ms: "hum", of one pitch and even, or "other"; how much of each."""
    n, heard = rate_hz // 40, {"hum": 0, "other": 0}
    for at in range(0, len(sound) - n, n):
        part = sound[at:at + n]
        peaks = [max(part[i:i + n // 5]) for i in range(0, n, n // 5)]
        if min(peaks) < 2000:
            continue  # silence, or an edge of the sound
        crossings = sum(1 for a, b in zip(part, part[1:]) if (a < 0) != (b < 0))
        is_hum = abs(crossings * 40 / 2 - PITCH_HZ) <= 40 and max(peaks) - min(peaks) < max(peaks) // 10
        heard["hum" if is_hum else "other"] += 1
    return heard


def is_hum(heard):
    return heard["hum"] >= 5 and heard["other"] == 0


def is_own(heard):
    return heard["other"] >= 5 and heard["hum"] <= heard["other"] // 5  # an even vowel may be at that pitch


def heard_of(h, words):
    """The answer, its sound and in which voices it came."""
    path = h.root / "said.wav"
    before = len(samples(path))
    reply = say(h, words)
    time.sleep(0.2)
    sound = samples(path)[before:]
    return reply, sound, voices(sound)


def test_what_was_said_is_kept_and_said_without_the_server(bank):
    h, piper = bank(JARVIS_TTS_BANK="said")
    wait_for(lambda: figures(h)["needed"] > 1000)
    assert say(h, "turn on the lamp") == "Turned on the lamp."
    wait_for(lambda: figures(h)["pieces"] == 1)
    assert piper.texts() == ["Turned on the lamp."]  # "said" asks for nothing of its own
    piper.stop()
    say(h, "turn off the lamp")  # so that the sentence comes again: the own voice says it
    reply, _, who = heard_of(h, "turn on the lamp")
    if reply != "Turned on the lamp.":  # two sentences take turns
        assert is_own(who), who
        reply, _, who = heard_of(h, "turn on the lamp")
    assert reply == "Turned on the lamp." and is_hum(who), who
    assert figures(h)["said"] == 1
    assert oct(pieces(h)[0].stat().st_mode)[-3:] == "640"


def test_a_kept_answer_does_not_wait_for_the_server(bank):
    h, piper = bank(JARVIS_TTS_BANK="said")
    wait_for(lambda: figures(h)["needed"] > 1000)
    say(h, "thank you")
    say(h, "thank you")  # two sentences take turns
    wait_for(lambda: figures(h)["pieces"] == 2)
    say(h, "thank you")
    say(h, "thank you")
    assert len(piper.texts()) == 2 and figures(h)["said"] == 2


def test_rendered_in_idle_time_and_joined(bank):
    """Two devices; the pieces of one answer are there before all of the thousands: that one is joined."""
    h, piper = bank()
    wait_for(lambda: "to 40 percent." in piper.texts() and "Set the lamp," in piper.texts(), 120)
    asked = len(piper.texts())
    wait_for(lambda: len(piper.texts()) > asked + 2)  # one at a time: those two are kept
    assert "tts.bank" not in h.faults()
    piper.stop()
    reply, sound, who = heard_of(h, "set the lamp to 40 percent")
    assert reply == "Set the lamp to 40 percent." and is_hum(who), who
    assert figures(h)["said"] == 1
    steepest = max(abs(a - b) for a, b in zip(sound, sound[1:]))
    assert steepest < 9500 * 2 * 3.1416 * PITCH_HZ / 48000 * 1.3  # no click where pieces meet
    reply, _, who = heard_of(h, "what is the capital of France")
    assert "You can say" in reply and is_own(who), who  # its first sentence is kept: still one voice for all


def test_a_server_that_hangs_is_waited_for_once(bank):
    """The first answer waits for it; the next ones, in pieces, do not: it is asked again half a minute later."""
    h, piper = bank(JARVIS_TTS_REMOTE_MS=700)
    wait_for(lambda: "to 40 percent." in piper.texts() and "Set the lamp," in piper.texts(), 120)
    piper.hangs = True
    _, _, who = heard_of(h, "set the lamp to 40 percent")
    assert is_hum(who), who
    asked = [text for text in piper.texts() if text.startswith("Set the lamp to")]
    assert len(asked) == 1 and "silent for 700 ms" in h.faults()["tts.remote"]
    _, _, who = heard_of(h, "set the lamp to 39 percent")
    assert is_hum(who), who
    assert "Set the lamp to 39 percent." not in piper.texts()


def test_nobody_is_rendered_for_while_one_is_served(bank):
    h, piper = bank()
    wait_for(lambda: len(piper.texts()) > 20)
    chat(h, "what time is it", speak=True)
    wait_for(lambda: h.status()["state"] != "idle", every_s=0.01)
    begun = time.monotonic()
    wait_for(lambda: h.status()["state"] == "idle", every_s=0.01)
    ended = time.monotonic()
    wait_for(lambda: piper.asked[-1][0] > ended)  # and it goes on afterwards
    others = [text for when, text in piper.asked if begun < when < ended and not text.startswith("It is")]
    assert others == []


def test_a_damaged_piece_is_thrown_away_and_told(bank):
    h, piper = bank(JARVIS_TTS_BANK="said")
    wait_for(lambda: figures(h)["needed"] > 1000)
    say(h, "never mind")
    wait_for(lambda: figures(h)["pieces"] == 1)
    piece = pieces(h)[0]
    data = bytearray(piece.read_bytes())
    data[len(data) // 2] ^= 1
    piece.write_bytes(data)
    port = piper.port
    piper.stop()
    _, _, who = heard_of(h, "never mind")
    assert is_own(who), who  # from the first word
    assert "thrown away" in h.faults()["tts.bank"] and not piece.exists()
    assert figures(h)["pieces"] == 0
    again = Piper(PITCH_HZ, port)
    try:
        def kept_again():
            say(h, "never mind")
            return figures(h)["pieces"] == 1
        wait_for(kept_again, 60, every_s=1)
        wait_for(lambda: "tts.bank" not in h.faults())
    finally:
        again.stop()


def test_another_voice_is_another_bank_and_off_removes_all(bank):
    h, piper = bank(JARVIS_TTS_BANK="said")
    wait_for(lambda: figures(h)["needed"] > 1000)
    say(h, "never mind")
    wait_for(lambda: figures(h)["pieces"] == 1)
    h.ctl("config", "set", "tts.remote_voice", "amy")
    wait_for(lambda: figures(h)["is_open"] and figures(h)["pieces"] == 0 and figures(h)["needed"] > 1000)
    say(h, "never mind")
    wait_for(lambda: figures(h)["pieces"] == 1)
    assert len(piper.texts()) == 2 and len(pieces(h)) == 2  # the old one until the new one is ready
    h.stop()
    h.start(JARVIS_TTS_BANK="off")
    wait_for(lambda: not pieces(h))
    assert figures(h)["is_open"] is False


def test_it_is_there_after_a_kill(bank):
    h, piper = bank()
    wait_for(lambda: figures(h)["pieces"] >= 30)
    h.process.kill()
    h.process.wait(10)
    kept = len(pieces(h))
    piper.stop()
    h.start()
    wait_for(lambda: figures(h)["is_open"])
    assert figures(h)["pieces"] == kept >= 30
    assert not [p for p in pathlib.Path(h.root).glob("var/lib/jarvis/voices/*/*") if p.suffix != ".voice"]
    assert "tts.bank" not in h.faults()
