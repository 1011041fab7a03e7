# SPDX-License-Identifier: Apache-2.0
"""Black-box fixtures: a private broker, a private house and jarvisd in it, all on loopback.

`house` makes houses; `daemon` is a started one with the simulated microphone (silence).
Every wait is bounded; everything started is ended."""
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
BIN = TOP / "build" / "bin"
MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(what, limit_s=20, every_s=0.05):
    """Calls what() until it gives something true; fails with its name when it never does."""
    end = time.monotonic() + limit_s
    while True:
        got = what()
        if got:
            return got
        if time.monotonic() > end:
            raise AssertionError(f"waited {limit_s} s in vain for {getattr(what, '__name__', what)}")
        time.sleep(every_s)


def helper_of(house, name):
    """The number of a helper's process; waits while it is down, for 0 would be the whole process group."""
    return wait_for(lambda: house.status()["speech"][name], 30)


class Broker:
    """The real mosquitto and mosquitto_sub as an independent witness."""

    def __init__(self, folder, extra=""):
        self.port = free_port()
        self.folder = folder
        self.conf = folder / "mosquitto.conf"
        self.conf.write_text(
            f"listener {self.port} 127.0.0.1\npersistence false\n"
            + (extra or "allow_anonymous true\n"))
        self.process = None
        self.witness = None
        self.seen = folder / "witness.txt"
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [MOSQUITTO, "-c", str(self.conf)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def broker_listens():
            with socket.socket() as s:
                return s.connect_ex(("127.0.0.1", self.port)) == 0
        wait_for(broker_listens)

    def watch(self):
        self.witness = subprocess.Popen(
            ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(self.port), "-t", "#", "-F", "%t %p"],
            stdout=self.seen.open("w"))
        time.sleep(0.3)  # its subscription has no other sign

    def saw(self, text):
        return self.seen.exists() and text in self.seen.read_text()

    def publish(self, topic, payload, retain=False):
        subprocess.run(["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.port), "-t", topic, "-m", payload]
                       + (["-r"] if retain else []), check=True, timeout=10)

    def stop(self):
        for p in (self.witness, self.process):
            if p and p.poll() is None:
                p.kill()
                p.wait(10)
        self.witness = self.process = None


class House:
    def __init__(self, folder):
        self.root = folder
        self.env = {}
        self.process = None
        self.broker = None
        self.port = free_port()
        for sub in ("etc/jarvis", "var/lib/jarvis", "run/jarvis"):
            (folder / sub).mkdir(parents=True, exist_ok=True)
        shutil.copy(TOP / "rootfs-overlay/etc/jarvis/devices.yaml", folder / "etc/jarvis")
        (folder / "etc/jarvis/jarvis.yaml").write_text("device: {area: Kitchen}\n")

    @property
    def log_text(self):
        return (self.root / "jarvisd.log").read_text(errors="replace")

    def start(self, ready=True, **env):
        self.env.update({k: str(v) for k, v in env.items()})
        full = dict(os.environ, JARVIS_HTTP_PORT=str(self.port), JARVIS_AUDIO_BACKEND="sim",
                    JARVIS_AUDIO_CAPTURE="", JARVIS_AUDIO_PLAYBACK="", JARVIS_AUDIO_REALTIME="false")
        if self.broker:
            full["JARVIS_MQTT_PORT"] = str(self.broker.port)
        else:
            full["JARVIS_MQTT_ENABLED"] = "false"
        full.update(self.env)
        self.process = subprocess.Popen(
            [str(BIN / "jarvisd"), "--root", str(self.root)],
            stdout=(self.root / "jarvisd.log").open("a"), stderr=subprocess.STDOUT, env=full)
        if ready:
            def daemon_ready():
                assert self.process.poll() is None, "jarvisd ended:\n" + self.log_text
                try:
                    s = self.status()
                    return s["speech"]["ready"] and s["audio"]["capture_open"]
                except (OSError, AssertionError, subprocess.SubprocessError, ValueError):
                    return False
            wait_for(daemon_ready, 30)
        return self

    def stop(self, sig=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(sig)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
                raise AssertionError("jarvisd did not end within 20 s of " + sig.name)
        code = self.process.returncode if self.process else None
        self.process = None
        return code

    def ctl(self, *args, check=True, timeout=60):
        p = subprocess.run([str(BIN / "jarvisctl"), "--root", str(self.root), *args],
                           capture_output=True, text=True, timeout=timeout)
        if check:
            assert p.returncode == 0, p.stderr
        return p

    def ctl_json(self, *args):
        # 3 and 4: a sentence that was not understood, or not done; its outcome says so as well
        p = self.ctl("--json", *args, check=False)
        assert p.returncode in (0, 3, 4), p.stdout + p.stderr
        return json.loads(p.stdout)

    def status(self):
        return self.ctl_json("status")

    def faults(self):
        return {f["part"]: f["text"] for f in self.status()["health"]["faults"]}

    def http(self, method, path, body=None, headers=None, timeout=30):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            send = dict(headers or {})
            if isinstance(body, (dict, list)):
                body = json.dumps(body)
                send.setdefault("Content-Type", "application/json")
            c.request(method, path, body, send)
            r = c.getresponse()
            data = r.read()
            kind = r.getheader("Content-Type", "")
            return r.status, (json.loads(data) if "json" in kind and data else data), dict(r.getheaders())
        finally:
            c.close()

    def ws_url(self):
        return f"ws://127.0.0.1:{self.port}/ws"


@pytest.fixture
def house(tmp_path):
    made = []

    def make(broker=True, broker_extra=""):
        folder = tmp_path / f"house{len(made)}"
        folder.mkdir()
        h = House(folder)
        if broker:
            h.broker = Broker(folder, broker_extra)
        made.append(h)
        return h
    yield make
    for h in made:
        try:
            h.stop(signal.SIGKILL)
        finally:
            if h.broker:
                h.broker.stop()


@contextlib.contextmanager
def house_in(folder, devices=None, more="", **env):
    """A started house with a watched broker, which both end whatever happens: with devices.yaml of its own, or
    with more of them than the demo home has."""
    h = House(folder)
    h.broker = Broker(h.root)
    h.broker.watch()
    path = h.root / "etc/jarvis/devices.yaml"
    path.write_text((path.read_text() if devices is None else devices) + more)
    try:
        yield h.start(**env)
    finally:
        try:
            h.stop()
        finally:
            h.broker.stop()


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    with house_in(tmp_path_factory.mktemp("house")) as h:
        yield h


def chat(h, words, **more):
    """(status, answer) of a typed sentence. Five a second may ask: the rest come again."""
    def answered():
        status, answer, _ = h.http("POST", "/api/chat", {"message": words, **more})
        return None if status == 429 else (status, answer)
    return wait_for(answered, every_s=0.25)


def say(text, path, lead_ms=500):
    """The text in flite's voice (made from a person's recordings) after some silence."""
    raw = path.with_suffix(".flite.wav")
    subprocess.run(["flite", "-voice", "slt", "-t", text, "-o", str(raw)], check=True, timeout=60)
    subprocess.run([str(BIN / "jarvis-lab"), "join", "--lead-ms", str(lead_ms), str(raw), str(path)],
                   check=True, timeout=60)
    return path
