# SPDX-License-Identifier: Apache-2.0
"""The house: from words to the broker, and what a crowd of devices costs."""
import re
import statistics
import subprocess
import time

from lib import LIGHT, Figure, joined_wav, need, peer_of, pids_of, process_cpu_s, row, rss_mb, wait_for
from mqtt import Client, Flood, publish_packet


def crowd(n):
    """devices.yaml with n lamps in rooms of twenty."""
    colours = ("red", "green", "blue", "yellow", "white", "black", "brown", "grey", "pink", "violet")
    return "devices:\n" + "".join(
        "  " + LIGHT.format(name=f"{colours[i % 10]} lamp {i}", n=i, area=f"Room {i // 20}") for i in range(n))


def devices_of(h):
    status, body, _ = h.http("GET", "/api/devices")
    assert status == 200, status
    return body["devices"]


@row("latency", "spoken and typed commands to the MQTT publish (simulated microphone in real time, 8 commands)")
def latency(bench):
    rows = 8
    h = bench.house()
    h.start(JARVIS_AUDIO_CAPTURE=joined_wav(bench, "Jarvis. Turn on the kitchen light.", rows, gap_s=3), JARVIS_AUDIO_REALTIME="true")
    sessions = wait_for(lambda: _sessions(h, rows), rows * 8 + 20, 1)
    after_end, whole, first = [], [], []
    done = [s for s in sessions if s["outcome"] == "done"]
    for s in done:
        marks = {}
        for m in s["detail"]["timeline"]:
            marks.setdefault(m["step"], m)
        end, action = marks.get("speech_end"), marks.get("action")
        silence = re.search(r"(\d+) ms", end.get("detail", "")) if end else None
        if action and silence:
            after_end.append(action["ms"] - end["ms"])
            whole.append(action["ms"] - end["ms"] + int(silence.group(1)) - 600)
        if end and "first_audio" in marks:
            first.append(marks["first_audio"]["ms"] - end["ms"])
    yield Figure("spoken commands done", len(done), f"of {rows}", target=f">= {rows}", higher=True)
    if whole:
        yield Figure("last voiced frame to publish, beyond 600 ms of silence", statistics.median(whole), "ms",
                     target="<= 100", note=f"max {max(whole):.0f} ms")
        yield Figure("end of speech decided, to publish", statistics.median(after_end), "ms")
    if first:
        yield Figure("end of speech decided, to the answer's first sound", statistics.median(first), "ms")
    typed = typed_latency(h, "kitchen light", "home/#", 30)
    yield Figure("typed command to publish", statistics.median(typed), "ms",
                 peer=peer_of("a publish through the broker alone", broker_latency, h.broker.port), note=f"max {max(typed):.0f} ms of {len(typed)}")


def _sessions(h, n):
    found = h.ctl_json("history", "-n", str(n + 2))["sessions"]
    return found if len(found) >= n else None


def typed_latency(h, name, topics, count, pause_s=0.15, limit_s=20):
    """Milliseconds from sending a typed command until a witness at the broker has its publish. A
    command that never comes counts as the limit."""
    witness = Client(h.broker.port, "witness", [topics])
    found = []
    try:
        for i in range(count):
            words = f"turn {'on' if i % 2 else 'off'} the {name}"
            began = time.monotonic()
            status, answer, _ = h.http("POST", "/api/chat", {"message": words}, timeout=limit_s)
            assert status == 200, answer
            got = witness.wait(lambda m, since=began: m[0] >= since, 1)
            found.append((got[0] - began) * 1000 if got else limit_s * 1000)
            time.sleep(pause_s)
    finally:
        witness.close()
    return found


def broker_latency(port, count=30):
    """Milliseconds of a message from one client of the broker to another, median."""
    witness, sender, found = Client(port, "witness2", ["direct/#"]), Client(port, "sender"), []
    for i in range(count):
        began = time.monotonic()
        sender.publish(f"direct/{i}", "x")
        got = witness.wait(lambda m, n=i: m[1] == f"direct/{n}", 5)
        found.append((got[0] - began) * 1000)
        time.sleep(0.02)
    witness.close()
    sender.close()
    return statistics.median(found)


class Subscriber:
    """mosquitto_sub, which prints every message and keeps nothing: the peer of one who takes states."""

    def __init__(self, bench, port):
        need("mosquitto_sub")
        self.p = subprocess.Popen(["mosquitto_sub", "-h", "127.0.0.1", "-p", str(port), "-t", "s/#", "-v"],
                                  stdout=subprocess.DEVNULL)
        bench.closing.append(lambda: (self.p.kill(), self.p.wait(10)))
        time.sleep(0.3)  # its subscription has no other sign
        self.before = process_cpu_s(self.p.pid)

    def cpu_us(self, messages):
        return (process_cpu_s(self.p.pid) - self.before) / max(messages, 1) * 1e6


def states_of(n):
    """Packets that turn each of n lamps on, then off."""
    return [publish_packet(f"s/{i}", "on" if k % 2 else "off") for k in range(2) for i in range(n)]


def flooded(bench, h, pid, n, rate, seconds):
    """(CPU microseconds of a state message, the same of mosquitto_sub, how many)"""
    peer = peer_of("mosquitto_sub", Subscriber, bench, h.broker.port)
    before = process_cpu_s(pid)
    flood = Flood(h.broker.port, states_of(n), rate)
    time.sleep(seconds)
    sent = flood.stop()
    time.sleep(0.5)
    return ((process_cpu_s(pid) - before) / max(sent, 1) * 1e6,
            (peer[0], peer[1].cpu_us(sent)) if peer else (), sent)


@row("devices", "a house of 7 to 2,000 devices: ready, memory, what a state message costs")
def devices(bench):
    base = {}  # what the smallest house takes
    for n in (7, 100, 500, 2000):
        h = bench.house(devices=crowd(n))
        began = time.monotonic()
        h.start()
        ready = (time.monotonic() - began) * 1000
        shown = wait_for(lambda: len(devices_of(h)) or None, 20)
        pids = pids_of(h)
        memory = sum(map(rss_mb, pids.values()))
        yield Figure(f"{n} devices: shown", shown, "devices", target=f">= {n}", higher=True)
        yield Figure(f"{n} devices: start to ready", ready, "ms", peer=base.get("ready", ()))
        yield Figure(f"{n} devices: resident, three processes", memory, "MB", peer=base.get("memory", ()),
                     note=", ".join(f"{k} {rss_mb(p):.1f}" for k, p in pids.items()))
        each, peer, sent = flooded(bench, h, pids["jarvisd"], n, 1000, 4)
        yield Figure(f"{n} devices: a state message", each, "us CPU", peer=peer, note=f"{sent} at 1,000/s")
        base = base or {"ready": (f"{n} devices", ready), "memory": (f"{n} devices", memory)}
        bench.close_row()


@row("mqtt", "states of 100 lamps until the house is shown right, beside mosquitto_sub")
def mqtt(bench):
    h = bench.house(devices=crowd(100))
    h.start()
    pid = h.status()["pid"]
    for rate in (1000, 5000):
        each, peer, sent = flooded(bench, h, pid, 100, rate, 4)
        # the last word on each lamp: it must be what is shown
        last = Client(h.broker.port, "last")
        for i in range(100):
            last.publish(f"s/{i}", "on" if i % 3 else "off")
        began = time.monotonic()

        def shown_right():
            on = [d["state"].get("state") == "on" for d in sorted(devices_of(h), key=lambda d: int(d["id"][3:]))]
            return on == [bool(i % 3) for i in range(100)]
        wait_for(shown_right, 30, 0.02)
        yield Figure(f"{rate} messages a second: a message", each, "us CPU", peer=peer, note=f"{sent} sent")
        yield Figure(f"{rate} messages a second: shown right after", (time.monotonic() - began) * 1000, "ms", target="<= 1000")
        last.close()
