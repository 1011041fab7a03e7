# SPDX-License-Identifier: Apache-2.0
"""The disk as a user meets it: a store that cannot open says so at every door and opens by itself;
what a damaged file cost stays told, whatever is said and however often the box is started."""
import contextlib
import signal
import subprocess

import pytest

from conftest import wait_for


def state_of(h):
    return h.root / "var/lib/jarvis"


def damage_header(db):
    with db.open("r+b") as f:
        f.write(b"this was a database once " * 4)


def damage_all(db):
    db.write_bytes(b"\x5a" * db.stat().st_size)


def damage_to_empty(db):
    db.write_bytes(b"")


def test_store_that_cannot_open_says_so_and_opens_by_itself(house):
    h = house(broker=False)
    in_the_way = state_of(h) / "history.db"
    in_the_way.mkdir()
    h.start()
    assert "history.db" in h.faults()["store"] and "tries again" in h.faults()["store"]
    for path in ("/api/sessions", "/api/sessions/1"):
        status, problem, headers = h.http("GET", path)
        assert status == 503 and headers["Retry-After"] and "history" in problem["detail"], problem
    p = h.ctl("history", check=False)
    assert p.returncode != 0 and "tries again" in p.stderr
    a = h.ctl_json("ask", "what time is it")
    assert a["outcome"] == "done"  # it hears and acts all the same
    assert not h.status()["store"]["open"]
    in_the_way.rmdir()
    wait_for(lambda: "store" not in h.faults(), 30)
    a = h.ctl_json("ask", "what is the date")
    status, page, _ = h.http("GET", "/api/sessions?limit=1")
    assert status == 200 and page["sessions"][0]["heard"] == "what is the date"


def test_a_clean_end_leaves_whole_files(house):
    """What was committed stands in the file itself, which a person may copy, and not in a journal beside it."""
    h = house(broker=False)
    h.start()
    assert h.ctl_json("ask", "what time is it")["outcome"] == "done"
    assert h.stop() == 0
    left = sorted(f.name for f in state_of(h).iterdir() if f.name.startswith(("history.db", "config.db")))
    assert left == ["config.db", "config.db.made", "history.db", "history.db.made"]


def test_a_full_disk_keeps_nothing_back(house):
    """What was answered while the disk was full is in the history when there is room, and the fault ends by itself."""
    h = house(broker=False)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(state_of(h))], capture_output=True).returncode != 0:
        pytest.skip("a small disk takes root")
    try:
        h.start()
        assert h.ctl_json("ask", "what time is it")["outcome"] == "done"
        filler = state_of(h) / "filler"
        with contextlib.suppress(OSError), filler.open("wb") as f:
            while True:
                f.write(bytes(512))
                f.flush()
        asked = []
        while "store" not in h.faults():  # what the log had room for is kept
            asked.append(h.ctl_json("ask", "what time is it"))
            assert len(asked) < 200
        asked += [h.ctl_json("ask", "turn on the kitchen fan" if n % 2 else "what time is it") for n in range(5)]
        assert {a["outcome"] for a in asked} & {"done"}
        assert "disk is full" in h.faults()["store"]
        h.ctl("mute", "on")
        wait_for(lambda: "mute memory" in h.faults())
        p = h.ctl("learn", "name", "zorblax", "kitchen_light", check=False)
        assert p.returncode != 0 and "could not be kept so far" in p.stderr
        assert "taught names" in h.faults()
        filler.unlink()
        wait_for(lambda: not {"store", "mute memory", "taught names"} & h.faults().keys(), 40)  # nobody has asked for anything since
        wait_for(lambda: all(h.http("GET", f"/api/sessions/{a['id']}")[0] == 200 for a in asked), 10)
        h.stop(signal.SIGKILL)
        h.start()
        assert h.status()["audio"]["muted"] is True
        assert h.http("GET", "/api/learnt")[1]["learnt"][0]["text"] == "zorblax"
    finally:
        h.stop()
        subprocess.run(["umount", str(state_of(h))], check=True)


def test_both_losses_stay_told(house):
    """Each file's loss is a fault of its own: none hides the other, at any start, until they are acknowledged."""
    h = house(broker=False)
    h.start()
    h.ctl_json("ask", "what time is it")
    h.stop()
    for name in ("history.db", "config.db"):
        (state_of(h) / name).unlink()
    for _ in range(2):
        h.start()
        wait_for(lambda: {"history", "states"} <= h.faults().keys())
        assert "history.db" in h.faults()["history"] and "config.db" in h.faults()["states"]
        h.stop(signal.SIGKILL)
    h.start()
    assert h.http("POST", "/api/acknowledge/states")[0] == 202
    wait_for(lambda: not {"history", "states"} & h.faults().keys())
    h.stop(signal.SIGKILL)
    h.start()
    assert not {"history", "states"} & h.faults().keys()


@pytest.mark.parametrize("damage, saved", [(damage_header, True), (damage_all, False), (damage_to_empty, False)])
def test_loss_stays_told(house, damage, saved):
    h = house(broker=False)
    h.start()
    first = h.ctl_json("ask", "what time is it")["id"]
    h.stop()
    damage(state_of(h) / "history.db")
    for _ in range(2):
        h.start()
        text = h.faults()["history"]
        assert "history.db" in text and "rows were saved" in text and "jarvisctl acknowledge" in text
        assert h.ctl_json("ask", "what time is it")["outcome"] == "done"
        assert h.faults()["history"] == text
        assert "store" not in h.faults()
        h.stop(signal.SIGKILL)
    h.start()
    assert (h.http("GET", f"/api/sessions/{first}")[0] == 200) == saved
    if saved:
        h.ctl("acknowledge")
    else:  # the page's way
        assert h.http("POST", "/api/acknowledge/history")[0] == 202
    wait_for(lambda: "history" not in h.faults())
    h.stop(signal.SIGKILL)
    h.start()
    assert "history" not in h.faults()
