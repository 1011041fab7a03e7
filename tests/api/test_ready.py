# SPDX-License-Identifier: Apache-2.0
"""From the first moment on, and through every change: a right sentence is done, never "not understood".

Each case asks as soon as it can, over and over: what falls into a window waits for it to close."""
import concurrent.futures
import time

import pytest
import yaml

from conftest import wait_for

LAMP = {"name": "Lava lamp", "area": "Kitchen", "kind": "light", "via": "virtual"}


@pytest.fixture
def h(house):
    return house(broker=False)


def devices_file(h):
    return h.root / "etc/jarvis/devices.yaml"


def add_device(h, **device):
    text = yaml.safe_load(devices_file(h).read_text())
    text["devices"].append(device)
    devices_file(h).write_text(yaml.safe_dump(text))


def outcomes(h, sentence, times):
    """What came of the sentence, asked by several at once."""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return {a["outcome"] for a in pool.map(lambda _: h.ctl_json("ask", sentence), range(times))}


def test_from_the_first_moment(h):
    for _ in range(5):
        h.start(ready=False)
        wait_for(lambda: h.ctl("--json", "mute", check=False).returncode == 0, every_s=0.001)
        a = h.ctl_json("ask", "what is the state of the kitchen light")
        assert a["outcome"] == "done", a
        h.stop()


def test_a_device_that_came(h):
    h.start()
    add_device(h, id="lava", **LAMP)
    h.ctl("reload")
    assert outcomes(h, "turn on the lava lamp", 16) == {"done"}
    readings = h.ctl_json("sentences", "test", "turn on the lava lamp")["readings"]
    assert readings


def test_a_name_that_was_taught(h):
    h.start()
    add_device(h, id="lava", **LAMP)
    h.ctl("reload")
    h.ctl("learn", "name", "zorblax", "lava")
    assert outcomes(h, "turn on the zorblax", 16) == {"done"}
    h.ctl("forget", "zorblax")
    assert h.ctl_json("ask", "turn on the zorblax")["outcome"] == "not_understood"


def test_a_name_that_moved(h):
    """The device that bore it is not touched any more."""
    h.start()
    add_device(h, id="first", **LAMP)
    h.ctl("reload")
    for other, device in enumerate(["second", "third", "fourth"]):
        text = yaml.safe_load(devices_file(h).read_text())
        text["devices"][-1] |= {"id": f"other{other}", "name": f"Old lamp {other}"}
        devices_file(h).write_text(yaml.safe_dump(text))
        add_device(h, id=device, **LAMP)
        h.ctl("reload")
        a = h.ctl_json("ask", "turn on the lava lamp")
        assert a["outcome"] == "done" and a["slots"]["name"]["value"] == device, a


def test_a_language_that_was_set(h):
    h.start()
    add_device(h, id="lava", **LAMP)
    h.ctl("reload")
    for language, sentence in [("de", "schalte die lava lamp ein"), ("fr", "allume la lava lamp"),
                               ("en", "turn on the lava lamp")]:
        h.ctl("config", "set", "language", language)
        assert outcomes(h, sentence, 8) == {"done"}, language


def test_own_sentences(h):
    h.start()
    own = h.root / "etc/jarvis/sentences/en.yaml"
    own.parent.mkdir(exist_ok=True)
    for n, word in enumerate(["blorp", "florp", "glorp"]):
        own.write_text("language: en\nintents:\n  HassGetCurrentTime:\n    data:\n"
                       f"      - sentences: [{word} it]\n")
        h.ctl("reload")
        assert h.ctl_json("ask", f"{word} it")["outcome"] == "done", n


def test_while_it_goes_on(h):
    """A command that the old sentences know is done whatever is read meanwhile."""
    h.start()
    end = time.monotonic() + 3
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        def change():
            while time.monotonic() < end:
                h.ctl("reload")
        busy = pool.submit(change)
        while time.monotonic() < end:
            a = h.ctl_json("ask", "what time is it")
            assert a["outcome"] == "done", a
        busy.result()
