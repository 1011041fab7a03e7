# SPDX-License-Identifier: Apache-2.0
"""What breaks in a real house: broker away, port taken, disk full, corrupt database, kill -9,
clock jumps, no microphone. Each has clear words, loses nothing and recovers by itself."""
import os
import signal
import socket
import subprocess

import pytest

from conftest import BIN, helper_of, wait_for


def test_broker_down_and_back(house):
    h = house()
    h.start()
    wait_for(lambda: h.status()["home"]["connected"])
    h.broker.stop()
    wait_for(lambda: "mqtt" in h.faults())
    a = h.ctl_json("ask", "turn on the kitchen light")
    assert a["outcome"] == "failed"
    assert h.ctl_json("ask", "what time is it")["outcome"] == "done"
    h.broker.start()
    h.broker.watch()
    wait_for(lambda: h.status()["home"]["connected"], 45)
    assert "mqtt" not in h.faults()
    assert h.ctl_json("ask", "turn on the kitchen light")["outcome"] == "done"
    wait_for(lambda: h.broker.saw("home/light/kitchen"))


def test_broker_refuses_credentials(house):
    h = house(broker_extra="allow_anonymous false\n")
    h.start()
    text = wait_for(lambda: h.faults().get("mqtt"))
    assert "mqtt.user" in text or "authori" in text.lower(), text


def test_port_in_use_is_told_and_the_rest_works(house):
    h = house(broker=False)
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", h.port))
        s.listen()
        h.start()
        assert str(h.port) in h.faults()["web"] and "http.port" in h.faults()["web"]
        assert h.ctl_json("ask", "what time is it")["outcome"] == "done"


def test_missing_microphone_is_told(house):
    h = house(broker=False)
    h.start(ready=False, JARVIS_AUDIO_BACKEND="alsa", JARVIS_AUDIO_CAPTURE="hw:CARD=Nowhere")
    text = wait_for(lambda: h.process.poll() is None and
                    h.ctl("status", check=False).returncode == 0 and h.faults().get("microphone"), 20)
    assert "Nowhere" in text or "sound card" in text, text
    assert h.ctl_json("ask", "what time is it")["outcome"] == "done"

@pytest.mark.parametrize("name, told", [
    ("/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict", "is not the file that is meant"),
    ("not_installed.onnx", None),
])
def test_an_embedding_that_is_none(house, name, told):
    """Another file is told; one that is not installed is no fault; the recogniser works without."""
    h = house(broker=False)
    h.start(JARVIS_STT_EMBEDDING=name)
    wait_for(lambda: not told or "embedding" in h.faults())
    assert told in h.faults().get("embedding", "") if told else "embedding" not in h.faults()
    assert h.ctl_json("ask", "what time is it")["outcome"] == "done"


def test_listen_without_a_microphone_fails_at_once(house):
    h = house(broker=False).start(ready=False, JARVIS_AUDIO_BACKEND="alsa", JARVIS_AUDIO_CAPTURE="hw:NoSuchCard")
    wait_for(lambda: h.ctl("status", check=False).returncode == 0 and h.faults().get("microphone"), 20)
    a = h.ctl("listen", check=False)
    assert a.returncode != 0 and "no microphone" in a.stdout + a.stderr



def test_corrupt_database_is_moved_aside_and_said(house):
    h = house(broker=False)
    h.start()
    h.ctl("ask", "what time is it")
    h.stop()
    db = h.root / "var/lib/jarvis/history.db"
    data = bytearray(db.read_bytes())
    data[0:4096] = os.urandom(4096)
    db.write_bytes(data)
    for side in ("-wal", "-shm"):
        p = db.with_name(db.name + side)
        if p.exists():
            p.unlink()
    h.start()
    assert list(db.parent.glob("history.db.corrupt-*"))
    assert "corrupt" in h.log_text
    assert h.ctl_json("ask", "what time is it")["outcome"] == "done"


@pytest.mark.parametrize("seed", range(5))
def test_kill_9_keeps_every_acknowledged_session(house, seed):
    h = house(broker=False)
    h.start()
    acknowledged = []
    for i in range(4 + seed):
        status, a, _ = h.http("POST", "/api/chat", {"message": "what time is it"})
        assert status == 200
        acknowledged.append(a["id"])
    h.stop(signal.SIGKILL)
    h.start()
    kept = {s["id"] for s in h.ctl_json("history", "-n", "20")["sessions"]}
    assert set(acknowledged) <= kept


def test_mute_survives_kill_9_and_the_switch_counts_from_the_start(house):
    h = house(broker=False)
    h.start()
    h.ctl("mute", "on")
    h.ctl("ask", "what time is it")  # what was put before it is on the disk, too
    h.stop(signal.SIGKILL)
    h.start()
    assert h.status()["audio"]["muted"] is True
    h.ctl("mute", "off")
    h.stop()
    h.start(JARVIS_MUTE_BACKEND="sim", JARVIS_MUTE_CHIP="down")
    assert h.status()["audio"]["muted"] is True
    assert "the switch on the box" in h.ctl("mute", "off", check=False).stderr
    assert h.status()["audio"]["muted"] is True


@pytest.mark.parametrize("damage", ["empty", "gone", "cut"])
def test_a_mute_that_was_lost_stays(house, damage):
    """Its words are gone with the file, not the wish of who muted it: nobody is heard until somebody says so."""
    h = house(broker=False)
    h.start()
    h.ctl("mute", "on")
    h.stop()
    config = h.root / "var/lib/jarvis/config.db"
    if damage == "empty":
        config.write_bytes(b"")
    elif damage == "gone":
        config.unlink()
    else:
        os.truncate(config, 5000)
    h.start()
    assert h.status()["audio"]["muted"] is True
    assert "jarvisctl mute off" in h.faults()["mute memory"]
    assert "config.db" in h.faults()["states"]
    h.ctl("acknowledge")  # of what was lost, and no word about the microphone
    wait_for(lambda: "states" not in h.faults())
    h.stop()
    h.start()
    assert h.status()["audio"]["muted"] is True
    h.ctl("mute", "off")
    assert h.status()["audio"]["muted"] is False
    wait_for(lambda: "mute memory" not in h.faults())
    h.stop()
    h.start()
    assert h.status()["audio"]["muted"] is False


def test_taught_names_that_cannot_be_read_are_not_written_over(house):
    h = house(broker=False)
    h.start()
    h.ctl("learn", "name", "snazzle", "fan")
    h.stop()
    learnt = h.root / "var/lib/jarvis/learnt.json"
    damaged = learnt.read_text()[:-3]
    learnt.write_text(damaged)
    h.start()
    assert "learnt.json" in h.faults()["taught names"]
    for args in (("learn", "name", "gizmo", "fan"), ("forget", "snazzle")):
        p = h.ctl(*args, check=False)
        assert p.returncode == 1 and "mend the file" in p.stderr, p.stderr
    assert learnt.read_text() == damaged
    assert "learnt.json" in h.faults()["taught names"]


def test_kill_9_of_the_daemon_leaves_no_helper_behind(house):
    h = house(broker=False)
    h.start()
    s = h.status()["speech"]
    h.stop(signal.SIGKILL)

    def helpers_gone():
        return all(not os.path.exists(f"/proc/{pid}") or
                   "Z" in open(f"/proc/{pid}/stat").read().split(")")[1][:3]
                   for pid in (s["stt_pid"], s["tts_pid"]))
    wait_for(helpers_gone, 10)


def test_disk_full_is_told_and_recovers(house, tmp_path):
    h = house(broker=False)
    state = h.root / "var/lib/jarvis"
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(state)],
                      capture_output=True).returncode != 0:
        pytest.skip("mounting a small tmpfs needs root")
    try:
        h.start()
        filler = state / "filler"
        fd = os.open(filler, os.O_WRONLY | os.O_CREAT)
        try:
            while True:
                os.write(fd, b"x" * 4096)
        except OSError:
            pass
        finally:
            os.close(fd)

        def disk_full_told():
            a = h.ctl_json("ask", "what time is it")
            assert a["outcome"] == "done"  # it still answers
            return "store" in h.faults()
        wait_for(disk_full_told, 30)
        filler.unlink()

        def recovered():
            h.ctl_json("ask", "what is the date")
            return "store" not in h.faults()
        wait_for(recovered, 30)
        s = h.ctl_json("history", "-n", "1")["sessions"]
        assert s[0]["heard"] == "what is the date"
    finally:
        h.stop(signal.SIGKILL)
        subprocess.run(["umount", str(state)], capture_output=True)


SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t id, struct timespec *ts)
{
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int r = real(id, ts);
    if (id == CLOCK_REALTIME && access(JUMP_FILE, F_OK) == 0) ts->tv_sec += 10L * 365 * 86400;
    return r;
}
"""


def test_wall_clock_jump_changes_nothing_but_dates(house, tmp_path):
    jump = tmp_path / "jump"
    src = tmp_path / "shim.c"
    src.write_text(SHIM)
    shim = tmp_path / "shim.so"
    subprocess.run(["gcc", "-shared", "-fPIC", f'-DJUMP_FILE="{jump}"', str(src), "-o", str(shim),
                    "-ldl"], check=True)
    h = house(broker=False)
    h.start(LD_PRELOAD=shim)
    first = h.ctl_json("ask", "what time is it")
    jump.touch()
    second = h.ctl_json("ask", "what time is it")
    jump.unlink()
    third = h.ctl_json("ask", "what time is it")
    assert first["id"] < second["id"] < third["id"]
    assert all(x["outcome"] == "done" for x in (first, second, third))
    assert h.faults() == {}
    kept = {s["id"] for s in h.ctl_json("history", "-n", "5")["sessions"]}
    assert {first["id"], second["id"], third["id"]} <= kept


def test_stopped_helper_is_replaced(house):
    h = house(broker=False)
    h.start()
    pid = helper_of(h, "tts_pid")
    os.kill(pid, signal.SIGSTOP)
    try:
        def replaced():
            return h.status()["speech"]["tts_pid"] not in (0, pid)
        wait_for(replaced, 30)
    finally:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def test_terminates_cleanly(house):
    h = house()
    h.start()
    assert h.stop() == 0
    assert "stopping" in h.log_text


def with_sentences(house, lists, slots):
    """A started house whose own sentences switch something on."""
    h = house()
    (h.root / "etc/jarvis/sentences").mkdir()
    (h.root / "etc/jarvis/sentences/en.yaml").write_text(
        f"language: en\nlists: {lists}\nintents:\n  HassTurnOn:\n    data:\n      - {slots}\n")
    h.start()
    h.broker.watch()
    return h


def test_what_cannot_be_read_in_a_list_does_nothing_else(house):
    """The value is named where it stands, and where a sentence would have said it; the others are done."""
    h = with_sentences(house, '{ things: { values: ["the (night", { in: relax, out: Kitchen light }] } }',
                       '{ sentences: ["begin {things:name}"] }')
    assert "en.yaml line 2" in h.faults()["sentences"] and "not closed" in h.faults()["sentences"]
    told = h.ctl_json("ask", "begin the night")
    assert told["outcome"] == "not_understood" and "'the (night'" in told["refused"], told
    assert "refused: 'the (night'" in h.ctl("ask", "begin the night", check=False).stdout
    assert h.ctl_json("ask", "begin relax")["outcome"] == "done"
    wait_for(lambda: h.broker.saw("kitchen"))


def test_a_template_that_costs_too_much_is_named(house):
    h = with_sentences(house, "{ any: { wildcard: true } }",
                       '{ sentences: ["{any:a} {any:b} {any:c} {any:d} {any:e} {any:f} never"], slots: { name: Fan } }')
    told = h.ctl_json("ask", "a b c d " * 40 + "never mind it")
    assert told["outcome"] == "not_understood"
    assert "{any:f} never'" in told["refused"] and "en.yaml line 6" in told["refused"] and "simpler" in told["refused"]
    assert h.ctl_json("ask", "what time is it")["outcome"] == "done"
