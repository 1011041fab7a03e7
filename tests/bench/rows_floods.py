# SPDX-License-Identifier: Apache-2.0
"""A command in the middle of a flood, beside one without: from its words until a witness at the broker has its message.
The p99 of each is to stay below 100 ms. The short forms, without times, stand in tests/api."""
import base64
import http.client
import json
import os
import socket
import struct
import sys
import threading
import time

from lib import TOP, Figure, Skip, parts, percentile, row
from mqtt import Client, Flood, publish_packet
from rows_home import crowd

sys.path.insert(0, str(TOP / "tests" / "api"))
from test_llm import Model  # noqa: E402  (a small server that speaks Ollama's protocol)

COMMANDS = 60
LARGE = 2000     # messages of 65 kB that come at once
NEVER_MS = 3000  # a command that is not done by then counts as that long
GIVE_UP = 6      # so many of them, and the flood is ended: it is lost anyway


class Page:
    """A WebSocket client with nothing to spare: sends frames without reading the answers."""

    def __init__(self, port):
        self.s = socket.create_connection(("127.0.0.1", port), timeout=10)
        key = base64.b64encode(os.urandom(16)).decode()
        self.s.sendall((f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        got = b""
        while b"\r\n\r\n" not in got:
            part = self.s.recv(4096)
            if not part:
                break
            got += part
        if b" 101 " not in got.split(b"\r\n", 1)[0]:
            raise ConnectionRefusedError(got[:200])

    @staticmethod
    def frame(message):
        raw = json.dumps(message).encode()
        head = bytes([0x81]) + (bytes([0x80 | len(raw)]) if len(raw) < 126 else struct.pack("!BH", 0xfe, len(raw)))
        return head + b"\0\0\0\0" + raw

    def send(self, message):
        self.s.sendall(self.frame(message))

    def close(self):
        self.s.close()


def ask(h, words, answers, source="127.0.0.1"):
    """The answer may come late (a hanging disk): only the publish is timed."""
    def run():
        c = http.client.HTTPConnection("127.0.0.1", h.port, timeout=60, source_address=(source, 0))
        try:
            c.request("POST", "/api/chat", json.dumps({"message": words}), {"Content-Type": "application/json"})
            answers.append(c.getresponse().status)
        except (OSError, http.client.HTTPException):
            answers.append(0)
        finally:
            c.close()
    threading.Thread(target=run, daemon=True).start()


def commands(h, name="kitchen light", count=COMMANDS, pause_s=0.12):
    """(milliseconds of each, the codes of the answers that came by then)"""
    witness = Client(h.broker.port, "witness", ["c/0"])
    times, answers = [], []
    try:
        for i in range(count):
            want = b"on" if i % 2 else b"off"
            began = time.monotonic()
            ask(h, f"turn {want.decode()} the {name}", answers)
            got = witness.wait(lambda m, w=want, b=began: m[2] == w and m[0] >= b, NEVER_MS / 1000)
            times.append((got[0] - began) * 1000 if got else float(NEVER_MS))
            if times.count(float(NEVER_MS)) >= GIVE_UP:
                break
            time.sleep(pause_s)
    finally:
        witness.close()
    return times, answers


def flood_house(bench, **env):
    h = bench.house(devices=crowd(100))
    h.start(**env)
    witness = Client(h.broker.port, "first", ["c/0"])
    for _ in range(20):  # the first command tells that all is in place
        h.http("POST", "/api/chat", {"message": "turn on the red lamp 0"})
        if witness.wait(lambda m: True, 0.5):
            break
    witness.close()
    return h


def figures(bench, words, times, answers, note=""):
    never = times.count(float(NEVER_MS))
    refused = sum(code not in (200, 0) for code in answers)
    told = f"median {percentile(times, 0.5):.1f}, max {max(times):.0f}" + (f"; {never} never done" if never else "") \
        + (f"; {refused} refused" if refused else "") + (f"; {note}" if note else "")
    worst = percentile(times, 0.99)
    yield Figure(words, worst, "ms p99", target="<= 100", note=told, peer=bench.calm)
    bench.calm = bench.calm or (words, worst)


def quiet(bench):
    yield from figures(bench, "nothing else", *commands(flood_house(bench), "red lamp 0"))


def slow_model(bench):
    model = Model(["So it goes on, and on. "] * 400, pause_s=0.1)
    h = flood_house(bench, JARVIS_LLM_KIND="ollama", JARVIS_LLM_URL=model.url, JARVIS_LLM_MODEL="test")
    ask(h, "tell me a story about the sea", [])
    time.sleep(0.5)
    yield from figures(bench, "a slow model answers somebody else", *commands(h, "red lamp 0"), note=f"{len(model.asked)} asked")
    model.shutdown()


def small_messages(bench):
    h = flood_house(bench)
    packets = [publish_packet(f"s/{i}", "on" if k % 2 else "off") for k in range(2) for i in range(1, 100)]
    flood = Flood(h.broker.port, packets, 10000)
    times, answers = commands(h, "red lamp 0")
    yield from figures(bench, "10,000 small messages a second", times, answers, note=f"{flood.stop()} sent")


def large_messages(bench):
    h = flood_house(bench)
    body = json.dumps({"state": "on", "fill": [{"k": i, "text": "x" * 40} for i in range(1000)]})[:65000].encode()
    packets = [publish_packet(f"s/{i}", body) for i in range(1, 100)]
    flood = Flood(h.broker.port, packets, 0, most=LARGE)
    times, answers = commands(h, "red lamp 0", count=COMMANDS // 2)
    yield from figures(bench, f"{LARGE:,} large messages of 65 kB at once", times, answers, note=f"{flood.stop()} sent")
    flood = Flood(h.broker.port, packets, 400)
    times, answers = commands(h, "red lamp 0")
    yield from figures(bench, "large messages of 65 kB, 400 a second", times, answers, note=f"{flood.stop()} sent")


def websocket(bench):
    h = flood_house(bench)
    page, stop, sent = Page(h.port), threading.Event(), [0]
    page.s.settimeout(1)
    frames = Page.frame({"type": "listen"}) * 20 + Page.frame({"type": "text", "message": "what time is it", "ref": 1}) * 20

    def pour():
        nonlocal page
        while not stop.is_set():
            try:
                page.s.sendall(frames)
                sent[0] += 40
            except OSError:  # refused or dropped: come back, as an ill-behaved page does
                try:
                    page.close()
                    time.sleep(0.05)
                    page = Page(h.port)
                    page.s.settimeout(1)
                except OSError:
                    time.sleep(0.05)
    thread = threading.Thread(target=pour, daemon=True)
    thread.start()
    times, answers = commands(h, "red lamp 0")
    stop.set()
    thread.join(5)
    page.close()
    yield from figures(bench, "a WebSocket that pours", times, answers, note=f"{sent[0]} frames")


def conversations(bench):
    """From 25 addresses four each: all wait for a slow model."""
    model = Model(["Well. "] * 600, pause_s=0.1)
    h = flood_house(bench, JARVIS_LLM_KIND="ollama", JARVIS_LLM_URL=model.url, JARVIS_LLM_MODEL="test")
    codes = []
    for i in range(100):
        ask(h, f"tell me story number {i}", codes, source=f"127.0.0.{2 + i // 4}")
        time.sleep(0.02)
    time.sleep(1)
    times, answers = commands(h, "red lamp 0")
    assert not codes, f"only {100 - len(codes)} conversations were open to the end; answered: {codes}"
    yield from figures(bench, "100 open conversations", times, answers, note=f"{100 - len(codes)} open to the end")
    model.shutdown()


def hanging_disk(bench):
    library = TOP / "build" / "gcc" / "tests" / "lib" / "slowdisk.so"
    if not library.exists():
        raise Skip(f"{library} is not built: make bench builds it")
    switch = bench.room() / "slow"
    h = flood_house(bench, LD_PRELOAD=library, SLOWDISK=switch)
    switch.write_text("3000")
    times, answers = commands(h, "red lamp 0")
    switch.unlink()
    yield from figures(bench, "a disk that takes 3 s for each sync", times, answers)


@row("floods", "a command in the middle of a flood, from its words to the broker, beside one without")
def floods(bench):
    bench.calm = ()  # "nothing else" becomes the base of the others
    yield from parts(bench, quiet, slow_model, small_messages, large_messages, websocket, conversations, hanging_disk)
