# SPDX-License-Identifier: Apache-2.0
"""HTTP and WebSocket against the running daemon. The long tables of refusals by raw socket are in
tests/unit/web; here the same doors are tried on the whole product."""
import asyncio
import json
import os
import random
import socket
import time

import pytest
import websockets
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from conftest import wait_for


class connect:
    """A WebSocket without async in the tests (Debian 12's library has no such client)."""

    def __init__(self, url, **more):
        self.loop = asyncio.new_event_loop()
        try:
            self.ws = self.run(lambda: websockets.connect(url, open_timeout=20, **more))
        except BaseException:
            self.loop.close()
            raise

    def run(self, what, limit_s=20):
        async def bounded():
            return await asyncio.wait_for(what(), limit_s)
        return self.loop.run_until_complete(bounded())

    def recv(self, timeout):
        return self.run(self.ws.recv, timeout)

    def send(self, message):
        self.run(lambda: self.ws.send(message))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.run(self.ws.close)
        self.loop.close()


def raw(daemon, data, limit_s=20):
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=limit_s) as s:
        try:
            s.sendall(data.replace(b"@", f"localhost:{daemon.port}".encode()))
            s.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused while we were sending
        got = b""
        try:
            while True:
                part = s.recv(65536)
                if not part:
                    break
                got += part
        except ConnectionResetError:
            pass
        return got


def events_until(ws, kind, limit_s=20):
    """The first event of a kind, and the kinds before it."""
    before = []
    end = time.monotonic() + limit_s
    while True:
        assert time.monotonic() < end, f"no event '{kind}' within {limit_s} s"
        event = json.loads(ws.recv(timeout=limit_s))
        if event["type"] == kind:
            return event, before
        before.append(event["type"])


def test_health_and_ready(daemon):
    status, body, head = daemon.http("GET", "/health")
    assert (status, body["status"]) == (200, "ok")
    assert head["Cache-Control"] == "no-store"
    wait_for(lambda: daemon.http("GET", "/ready")[0] == 200)  # a second old at most
    _, body, _ = daemon.http("GET", "/ready")
    assert body["ready"] is True
    assert body["parts"]["recogniser"] and body["parts"]["store"] and body["parts"]["microphone"]


def test_status_is_what_jarvisctl_shows(daemon):
    status, page, _ = daemon.http("GET", "/api/status")
    assert status == 200
    shell = daemon.status()
    for key in ("version", "name", "state", "pid", "wake_phrase"):
        assert page[key] == shell[key]
    assert "websocket" in {t["name"] for t in page["health"]["threads"]}


def test_chat_is_done_stored_and_published(daemon):
    status, answer, _ = daemon.http("POST", "/api/chat", {"message": "turn on the kitchen light"})
    assert status == 200
    assert answer["outcome"] == "done" and answer["intent"] == "HassTurnOn" and answer["reply"]
    assert {"text", "intent", "action", "reply"} <= {m["step"] for m in answer["timeline"]}
    assert isinstance(answer["id"], int)  # no 1.8e15 that cannot be put into an address
    status, kept, _ = daemon.http("GET", f"/api/sessions/{answer['id']}")
    assert status == 200 and kept["heard"] == "turn on the kitchen light"
    assert wait_for(lambda: daemon.broker.saw("home/light/kitchen"))


def test_sessions_page_by_page(daemon):
    for _ in range(3):
        daemon.http("POST", "/api/chat", {"message": "what time is it"})
    _, first, _ = daemon.http("GET", "/api/sessions?limit=2")
    ids = [s["id"] for s in first["sessions"]]
    assert len(ids) == 2 and ids[0] > ids[1]
    _, second, _ = daemon.http("GET", f"/api/sessions?limit=1&before={ids[1]}")
    assert second["sessions"][0]["id"] < ids[1]


@pytest.mark.parametrize("body,status,words", [
    pytest.param(b'{"message": ', 400, "JSON", id="cut"),
    pytest.param(b'{"message": "a\\u0000b"}', 400, "NUL", id="escaped NUL"),
    pytest.param(b'{"message": "a\x00b"}', 400, "NUL", id="NUL"),
    pytest.param(b'{"message": "\xff"}', 400, "UTF-8", id="no UTF-8"),
    pytest.param(b'{"message": "' + b"a" * 10241 + b'"}', 413, "10240", id="too long"),
    pytest.param(b'{"message": 1}', 400, "string", id="number"),
    pytest.param(b"[" * 20000, 400, "nested", id="deep"),
])
def test_bad_bodies_are_told(daemon, body, status, words):
    got, problem, head = daemon.http("POST", "/api/chat", body, {"Content-Type": "application/json"})
    assert got == status and words in problem["detail"]
    assert head["Content-Type"] == "application/problem+json"
    assert problem["instance"] == head["X-Request-Id"]


def test_text_of_10_kb_is_answered(daemon):
    status, answer, _ = daemon.http("POST", "/api/chat", {"message": "a" * 10240})
    assert status == 200 and answer["outcome"] == "not_understood"


@pytest.mark.parametrize("request_bytes,status", [
    pytest.param(b"GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421, id="foreign Host"),
    pytest.param(b"GET /health HTTP/1.1\r\nHost: @\r\nHost: @\r\n\r\n", 400, id="two Hosts"),
    pytest.param(b"GET /health HTTP/1.1\r\nHost: @\nX: y\r\n\r\n", 400, id="bare LF"),
    pytest.param(b"GET /health HTTP/1.1\r\nHost: @\r\nX: a\r\n b\r\n\r\n", 400, id="folded field"),
    pytest.param(b"POST /api/chat HTTP/1.1\r\nHost: @\r\nContent-Length: 3\r\n"
                 b"Transfer-Encoding: chunked\r\n\r\n", 400, id="two lengths"),
    pytest.param(b"POST /api/chat HTTP/1.1\r\nHost: @\r\nContent-Length: 99999999\r\n"
                 b"Content-Type: application/json\r\n\r\n", 413, id="long body, unread"),
    pytest.param(b"POST /api/chat HTTP/1.1\r\nHost: @\r\nOrigin: http://evil.example\r\n"
                 b"Content-Length: 2\r\n\r\n{}", 403, id="foreign page"),
    pytest.param(b"GET /" + b"a" * 40000 + b" HTTP/1.1\r\nHost: @\r\n\r\n", None, id="long line"),
])
def test_refused(daemon, request_bytes, status):
    got = raw(daemon, request_bytes)
    if status:
        assert got.startswith(f"HTTP/1.1 {status} ".encode()), got[:200]
    else:
        assert not got.startswith(b"HTTP/1.1 2"), got[:200]


def test_noise_does_not_hurt(daemon):
    seed = int(os.environ.get("SEED", random.randrange(1 << 32)))
    print("SEED", seed)
    r = random.Random(seed)
    for _ in range(60):
        noise = r.randbytes(r.randrange(1, 3000))
        raw(daemon, r.choice([b"", b"GET / HTTP/1.1\r\nHost: @\r\n", b"POST /api/chat HTTP/1.1\r\n"]) + noise)
    assert daemon.http("GET", "/health")[0] == 200


def test_socket_tells_what_happens(daemon):
    with connect(daemon.ws_url()) as ws:
        hello, before = events_until(ws, "hello")
        assert before == [] and hello["state"] == "idle" and hello["faults"] == []
        assert "kitchen_light" in {d["id"] for d in hello["devices"]}
        level, _ = events_until(ws, "level")
        assert level["level_db"] <= 0
        ws.send(json.dumps({"type": "text", "message": "what time is it", "ref": 9}))
        session, before = events_until(ws, "session")
        assert "state" in before and session["session"]["heard"] == "what time is it"
        answer, _ = events_until(ws, "answer")
        assert answer["ref"] == 9 and answer["outcome"] == "done"


def test_device_change_reaches_the_page(house):
    h = house()
    h.start()
    wait_for(lambda: h.status()["home"]["connected"])
    with connect(h.ws_url()) as ws:
        events_until(ws, "hello")
        h.broker.publish("home/light/kitchen", '{"power":"on","brightness":128}', retain=True)
        event, _ = events_until(ws, "device")
        assert event["device"]["id"] == "kitchen_light"
        assert event["device"]["state"]["state"] == "on"
        h.broker.stop()
        fault, _ = events_until(ws, "fault")
        assert fault["part"] == "mqtt" and fault["ok"] is False and fault["text"]


def test_push_to_talk(daemon):
    with connect(daemon.ws_url()) as ws:
        events_until(ws, "hello")
        ws.send('{"type":"listen"}')
        state, _ = events_until(ws, "state")
        assert state["state"] == "listening"
        while state["state"] != "idle":  # nobody speaks: it gives up by itself
            state, _ = events_until(ws, "state", 30)


def test_socket_refuses_nonsense(daemon):
    with connect(daemon.ws_url()) as ws:
        events_until(ws, "hello")
        for _ in range(5):
            ws.send("nonsense")
            assert "JSON" in events_until(ws, "error")[0]["text"]
        with pytest.raises(ConnectionClosed) as end:
            while True:
                ws.recv(timeout=20)
        assert end.value.rcvd.code == 1008


@pytest.mark.parametrize("payload,code", [
    pytest.param(b"\x00\x01", 1003, id="binary"), pytest.param("x" * 65537, 1009, id="too long")])
def test_socket_closes_with_a_code(daemon, payload, code):
    with connect(daemon.ws_url()) as ws:
        ws.send(payload)
        with pytest.raises(ConnectionClosed) as end:
            while True:
                ws.recv(timeout=20)
        assert end.value.rcvd.code == code


def test_socket_of_a_foreign_page_is_refused(daemon):
    with pytest.raises(InvalidHandshake):
        connect(daemon.ws_url(), origin="http://evil.example")


def test_sockets_are_told_when_the_daemon_ends(house):
    h = house(broker=False)
    h.start()
    with connect(h.ws_url()) as ws:
        events_until(ws, "hello")
        h.stop()
        with pytest.raises(ConnectionClosed) as end:
            while True:
                ws.recv(timeout=20)
        assert end.value.rcvd.code == 1001
