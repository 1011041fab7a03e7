# SPDX-License-Identifier: Apache-2.0
"""Typed sentences, jarvisctl, settings and history against the running daemon."""
import json

import pytest

from conftest import wait_for


@pytest.mark.parametrize("text,intent,topic", [
    ("turn on the kitchen light", "HassTurnOn", "home/light/kitchen"),
    ("turn off the kitchen light", "HassTurnOff", "home/light/kitchen"),
    ("what time is it", "HassGetCurrentTime", None),
])
def test_ask(daemon, text, intent, topic):
    a = daemon.ctl_json("ask", text)
    assert a["intent"] == intent
    assert a["outcome"] == "done"
    assert a["reply"]
    if topic:
        assert wait_for(lambda: daemon.broker.saw(topic))


def test_not_understood_is_said_honestly(daemon):
    a = daemon.ctl_json("ask", "fold the laundry with great enthusiasm")
    assert a["outcome"] == "not_understood"
    assert "understand" in a["reply"]


def test_device_state_is_tracked_and_survives(house):
    h = house()
    h.start()
    h.broker.publish("home/light/kitchen", '{"power":"on","brightness":128}')

    def light_is_on():
        _, devices, _ = h.http("GET", "/api/devices")
        d = {d["id"]: d for d in (devices["devices"] if isinstance(devices, dict) else devices)}
        return json.dumps(d["kitchen_light"]["state"]).find("on") >= 0
    wait_for(light_is_on)
    h.ctl("ask", "what time is it")  # its commit is behind the device row's
    h.stop()
    h.start()
    assert light_is_on()


@pytest.mark.parametrize("key,value,words", [
    ("audio.volume_percent", "101", "0..100"),
    ("audio.volume_percent", "loud", "'loud'"),
    ("audio.volum", "5", "did you mean"),
    ("http.port", "70000", "65535"),
])
def test_bad_setting_is_refused_and_the_old_stays(daemon, key, value, words):
    before = daemon.ctl_json("config", "get")
    p = daemon.ctl("config", "set", key, value, check=False)
    assert p.returncode == 1
    assert words in p.stderr and key in p.stderr
    assert daemon.ctl_json("config", "get") == before


def test_setting_is_kept_over_a_restart(house):
    h = house(broker=False)
    h.start()
    h.ctl("config", "set", "audio.volume_percent", "33")
    h.stop()
    h.start()
    assert h.ctl_json("config", "get", "audio.volume_percent") == {"audio.volume_percent": 33}


def test_secrets_are_masked(house):
    h = house(broker=False)
    h.start(JARVIS_LLM_KEY="sk-very-secret")
    assert "sk-very-secret" not in h.ctl("config", "get").stdout
    assert "sk-very-secret" not in h.log_text


def test_bad_settings_file_is_told_with_line_and_range(house):
    h = house(broker=False)
    (h.root / "etc/jarvis/jarvis.yaml").write_text(
        "audio:\n  volume_percent: 900\n  volum: 3\nhttp:\n  port: x\n")
    h.start()
    for words in ("jarvis.yaml line 2", "0..100", "line 3", "did you mean", "line 5", "'x'"):
        assert words in h.log_text, words


def test_malformed_yaml_is_told_and_defaults_stay(house):
    h = house(broker=False)
    (h.root / "etc/jarvis/jarvis.yaml").write_text("audio: [1, 2\nfoo: }\n")
    (h.root / "etc/jarvis/devices.yaml").write_text("devices:\n - {name: x\n")
    h.start()
    assert "jarvis.yaml line" in h.log_text
    assert "devices.yaml line" in h.log_text
    assert h.ctl_json("ask", "what time is it")["outcome"] == "done"


def test_history_shows_the_newest_first(daemon):
    daemon.ctl("ask", "what time is it")
    daemon.ctl("ask", "what is the date")
    s = daemon.ctl_json("history", "-n", "2")["sessions"]
    assert [x["heard"] for x in s] == ["what is the date", "what time is it"]
    assert s[0]["id"] > s[1]["id"]


def test_log_and_help(daemon):
    assert "ready after" in daemon.ctl("log", "-n", "60").stdout
    assert daemon.ctl("nonsense", check=False).returncode == 2


def test_ctl_without_daemon_says_what_to_do(house):
    h = house(broker=False)
    p = h.ctl("status", check=False)
    assert p.returncode == 1
    assert "jarvisd" in p.stderr


def test_second_daemon_refuses(daemon):
    import subprocess
    from conftest import BIN
    p = subprocess.run([str(BIN / "jarvisd"), "--root", str(daemon.root)], capture_output=True,
                       text=True, timeout=30)
    assert p.returncode != 0
    assert "another jarvisd" in p.stderr
