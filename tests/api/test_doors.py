# SPDX-License-Identifier: Apache-2.0
"""Floods and hoarders at the doors of the running daemon: whoever makes work pays for it, the house does not."""
import os
import socket

import pytest

from conftest import wait_for

OPENING = ("GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n")


def ws_open(h):
    s = socket.create_connection(("127.0.0.1", h.port), timeout=30)
    s.sendall(OPENING.format(port=h.port).encode())
    assert b" 101 " in s.recv(4096)
    return s


def ws_frame(text):
    data = text.encode()
    return bytes([0x81, 0x80 | len(data), 0, 0, 0, 0]) + data


def resident_kb(h):
    with open(f"/proc/{h.process.pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))


@pytest.mark.parametrize("text", ['{"type":"listen"}', '{"type":"text","message":"what time is it"}', "nonsense"])
def test_a_flood_costs_the_flooder(house, text):
    h = house()
    h.start()
    assert h.ctl_json("ask", "what time is it")["outcome"] == "done"
    before = resident_kb(h)
    s = ws_open(h)
    try:
        for _ in range(200):
            s.sendall(ws_frame(text) * 100)
    except OSError:
        pass  # it may be thrown out
    answers = [h.ctl_json("ask", "what time is it") for _ in range(3)]
    assert all(a["outcome"] == "done" for a in answers)
    assert resident_kb(h) - before < 16 * 1024
    kept = h.ctl_json("history", "-n", "20")["sessions"]
    assert len([k for k in kept if k["source"] == "voice"]) <= 6, "at most the burst was taken"
    s.close()


def test_connections_that_say_nothing_lock_nobody_out(house):
    h = house()
    h.start()
    idle = [socket.create_connection(("127.0.0.1", h.port), timeout=30) for _ in range(150)]
    for _ in range(5):
        assert h.http("GET", "/health")[0] == 200
    for s in idle:
        s.close()


def test_pages_that_say_nothing_lock_nobody_out(house):
    h = house()
    h.start()
    idle = [ws_open(h) for _ in range(40)]
    s = ws_open(h)
    s.sendall(ws_frame('{"type":"text","message":"what time is it","ref":7}'))
    got = b""
    while b'"ref":7' not in got:
        more = s.recv(65536)
        assert more, "the page was closed before its answer"
        got += more
    for other in idle:
        other.close()


def test_descriptors_come_back(house):
    h = house()
    h.start()
    h.http("GET", "/health")
    before = len(os.listdir(f"/proc/{h.process.pid}/fd"))
    for _ in range(100):
        s = socket.create_connection(("127.0.0.1", h.port), timeout=30)
        s.sendall(b"GET /he")
        s.close()
    assert h.http("GET", "/nothing")[0] == 404
    # the library does not see the end of a request that never was whole: ours ends it
    assert wait_for(lambda: len(os.listdir(f"/proc/{h.process.pid}/fd")) <= before + 4, 30)
