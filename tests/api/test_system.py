# SPDX-License-Identifier: Apache-2.0
"""systemd's side: readiness and watchdog messages, the unit file, installation into a folder."""
import os
import shutil
import socket
import subprocess

import pytest

from conftest import TOP, wait_for


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


def test_unit_file_is_valid_and_hardened():
    tool = shutil.which("systemd-analyze")
    if not tool:
        pytest.skip("systemd-analyze is not installed")
    unit = TOP / "rootfs-overlay/usr/lib/systemd/system/jarvisd.service"
    p = subprocess.run([tool, "security", "--offline=yes", "--no-pager", str(unit)],
                       capture_output=True, text=True, timeout=60)
    line = [x for x in p.stdout.splitlines() if "Overall exposure level" in x]
    if not line:
        pytest.skip("systemd-analyze cannot look at a file here: " + p.stderr.strip())
    assert float(line[0].split(":")[1].split()[0]) <= 2.0, line[0]


def test_install_into_a_folder(tmp_path):
    dest = tmp_path / "root"
    subprocess.run(["make", "--no-print-directory", "install", f"DESTDIR={dest}"], cwd=TOP, check=True,
                   capture_output=True, timeout=300)
    for path in ("usr/bin/jarvisd", "usr/bin/jarvisctl", "usr/bin/jarvis-lab", "usr/lib/jarvis/jarvis-stt",
                 "usr/lib/jarvis/jarvis-tts", "usr/lib/systemd/system/jarvisd.service",
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
