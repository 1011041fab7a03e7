# SPDX-License-Identifier: Apache-2.0
"""systemd's side: readiness and watchdog messages, the unit file, installation into a folder."""
import os
import shutil
import socket
import subprocess

import pytest

from conftest import TOP, wait_for

GROUP = 1 if os.geteuid() == 0 else os.getgid()  # root may give a file to any, others to their own


def test_ready_and_watchdog_are_told(house, tmp_path):
    h = house(broker=False)
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(path)
        s.settimeout(20)
        h.start(NOTIFY_SOCKET=path, WATCHDOG_USEC="1000000")
        seen = ""
        while "WATCHDOG=1" not in seen or "READY=1" not in seen:
            seen += s.recv(4096).decode() + "\n"
        assert "STATUS=listening" in seen
        h.stop()
        s.settimeout(1)
        try:
            while True:
                seen += s.recv(4096).decode() + "\n"
        except (TimeoutError, socket.timeout):
            pass
        assert "STOPPING=1" in seen


UNITS = TOP / "rootfs-overlay/usr/lib/systemd/system"


@pytest.mark.parametrize("unit, most", [("jarvisd.service", 2.0), ("jarvis-stt@.service", 1.0),
                                        ("jarvis-tts@.service", 1.0)])
def test_unit_file_is_hardened(unit, most):
    tool = shutil.which("systemd-analyze")
    if not tool:
        pytest.skip("systemd-analyze is not installed")
    unit = UNITS / unit
    p = subprocess.run([tool, "security", "--offline=yes", "--no-pager", str(unit)],
                       capture_output=True, text=True, timeout=60)
    line = [x for x in p.stdout.splitlines() if "Overall exposure level" in x]
    if not line:
        pytest.skip("systemd-analyze cannot look at a file here: " + p.stderr.strip())
    assert float(line[0].split(":")[1].split()[0]) <= most, line[0]


def test_units_are_valid(tmp_path):
    """As they are installed: every setting is known, every program is there."""
    tool = shutil.which("systemd-analyze")
    if not tool:
        pytest.skip("systemd-analyze is not installed")
    dest = tmp_path / "root"
    subprocess.run(["make", "--no-print-directory", "install", f"DESTDIR={dest}"], cwd=TOP, check=True,
                   capture_output=True, timeout=300)
    for name, text in (("bin/kill", ""), ("usr/lib/systemd/system/sysinit.target", "[Unit]\n")):
        (dest / name).parent.mkdir(parents=True, exist_ok=True)
        (dest / name).write_text(text)
        (dest / name).chmod(0o755 if name == "bin/kill" else 0o644)
    for unit in ("jarvisd.service", "jarvis-stt.socket", "jarvis-tts.socket", "jarvis-stt@x.service",
                 "jarvis-tts@x.service"):
        p = subprocess.run([tool, "verify", "--man=no", f"--root={dest}", unit], capture_output=True,
                           text=True, timeout=60)
        words = [x for x in p.stderr.splitlines() if "jarvis" in x]
        assert not words, "\n".join(words)


def children_of(pid):
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return [int(x) for x in found.stdout.split()]


class Served:
    """The helpers behind sockets, as the units do it, without systemd as the first process."""

    def __init__(self, house):
        self.folder = house.root / "run/jarvis-helpers"
        self.folder.mkdir()
        self.servers = [subprocess.Popen(
            ["systemd-socket-activate", "--seqpacket", "--accept", "-l", str(self.folder / name),
             str(TOP / "build/bin" / name)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for name in ("jarvis-stt", "jarvis-tts")]
        wait_for(lambda: all((self.folder / n).is_socket() for n in ("jarvis-stt", "jarvis-tts")))

    def helpers(self):
        return [pid for s in self.servers for pid in children_of(s.pid) if not is_dead(pid)]

    def stop(self):
        for s in self.servers:
            s.kill()
            s.wait(10)


def is_dead(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
            return f.read().rsplit(")", 1)[1].split()[0] in "ZX"
    except OSError:
        return True


def test_helpers_that_are_served(house):
    """They are connected to and not started, come back when they are killed, and end with the daemon."""
    if not shutil.which("systemd-socket-activate"):
        pytest.skip("systemd-socket-activate is not installed")
    h = house(broker=False)
    served = Served(h)
    try:
        h.start()
        assert len(served.helpers()) == 2
        assert not [p for p in children_of(h.process.pid) if not is_dead(p)]
        assert h.ctl_json("ask", "what time is it")["outcome"] == "done"
        before = served.helpers()
        for pid in before:
            os.kill(pid, 9)
        wait_for(lambda: len(served.helpers()) == 2 and not set(before) & set(served.helpers()), 30)
        wait_for(lambda: h.status()["speech"]["ready"], 30)
        h.stop()
        wait_for(lambda: not served.helpers())  # nobody has killed them: we have hung up
    finally:
        served.stop()


def test_nobody_else_reads_what_is_kept(house):
    """What is written holds names, sentences and passwords: for the daemon's user, and at most its group."""
    h = house(broker=False)
    lent = h.root / "run/jarvis-grammar"
    lent.mkdir()
    os.chown(lent, -1, GROUP)
    lent.chmod(0o2750)
    before = os.umask(0)
    try:
        h.start()
    finally:
        os.umask(before)
    h.ctl_json("ask", "what time is it")
    h.ctl("learn", "name", "zorblax", "kitchen_light")
    h.ctl("config", "set", "audio.volume_percent", "60")
    h.ctl("mute", "on")
    h.ctl("mute", "off")
    h.stop()
    found = [f for f in h.root.rglob("*") if f.is_file() and "etc" not in f.parts and f.name != "jarvisd.log"]
    assert {"history.db", "config.db", "learnt.json", "settings.yaml"} <= {f.name for f in found}
    wide = [f"{f} {f.stat().st_mode:o}" for f in found if f.stat().st_mode & 0o137]
    assert not wide, wide
    grammar = lent / "grammar-en.fsg"  # helpers of another user read it by their group
    assert grammar.stat().st_gid == GROUP and grammar.stat().st_mode & 0o777 == 0o640


def test_install_into_a_folder(tmp_path):
    dest = tmp_path / "root"
    subprocess.run(["make", "--no-print-directory", "install", f"DESTDIR={dest}"], cwd=TOP, check=True,
                   capture_output=True, timeout=300)
    for path in ("usr/bin/jarvisd", "usr/bin/jarvisctl", "usr/bin/jarvis-lab", "usr/lib/jarvis/jarvis-stt",
                 "usr/lib/jarvis/jarvis-tts", "usr/lib/systemd/system/jarvisd.service",
                 "usr/lib/systemd/system/jarvis-stt.socket", "usr/lib/systemd/system/jarvis-stt@.service",
                 "usr/lib/systemd/system/jarvis-tts.socket", "usr/lib/systemd/system/jarvis-tts@.service",
                 "usr/lib/sysusers.d/jarvis.conf", "etc/jarvis/jarvis.yaml", "etc/jarvis/devices.yaml",
                 "usr/share/jarvis/sentences/en.yaml", "usr/share/jarvis/responses/en.yaml",
                 "usr/share/doc/jarvis/README.md"):
        assert (dest / path).is_file(), path
    mine = dest / "etc/jarvis/jarvis.yaml"
    assert mine.stat().st_mode & 0o777 == 0o640  # it may hold passwords
    mine.write_text("language: fr\n")
    subprocess.run(["make", "--no-print-directory", "install", f"DESTDIR={dest}"], cwd=TOP, check=True,
                   capture_output=True, timeout=300)
    assert mine.read_text() == "language: fr\n"  # a person's file stays
    assert (dest / "etc/jarvis/jarvis.yaml.new").is_file()


def test_restart_after_kill_as_systemd_would(house):
    h = house(broker=False)
    h.start()
    before = h.ctl_json("ask", "what time is it")["id"]
    for _ in range(3):
        h.process.kill()
        h.process.wait(10)
        h.start()
    kept = [s["id"] for s in h.ctl_json("history", "-n", "5")["sessions"]]
    assert before in kept
    assert not [p for p in os.listdir(h.root / "run/jarvis") if p.endswith(".tmp")]
    wait_for(lambda: h.status()["speech"]["wake"])
