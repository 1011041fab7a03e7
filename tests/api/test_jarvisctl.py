# SPDX-License-Identifier: Apache-2.0
"""jarvisctl for people and for scripts: exit codes, JSON everywhere, help, man page, completion."""
import json
import re
import socket
import subprocess

import pytest

from conftest import BIN, TOP

USAGE = subprocess.run([str(BIN / "jarvisctl"), "--help"], capture_output=True, text=True, timeout=20).stdout
COMMANDS = re.findall(r"^  ([a-z]+)\b", USAGE, re.M)


def test_the_usage_names_the_commands():
    assert {"status", "ask", "listen", "say", "devices", "areas", "sentences", "log", "history", "config", "mute",
            "reload"} <= set(COMMANDS)


@pytest.mark.parametrize("args,code", [
    (["ask", "what", "time", "is", "it"], 0),
    (["ask", "fold the laundry with great enthusiasm"], 3),
    (["ask"], 2),
    (["sentences", "test", "turn on the kitchen light"], 0),
    (["sentences", "test", "fold the laundry with great enthusiasm"], 3),
    (["sentences", "try", "x"], 2),
    (["config"], 2),
    (["config", "put", "a", "b"], 2),
    (["config", "get", "nothing.like.it"], 1),
    (["mute", "perhaps"], 2),
    (["mute", "on", "off"], 2),
    (["history", "-n", "0"], 2),
    (["history", "-n", "999"], 0),
    (["history", "-n", "1000001"], 2),
    (["learn", "name", "sesame", "no_such_device"], 1),
    (["log", "-n"], 2),
    (["--json=yes", "status"], 2),
    (["bogus"], 2),
    (["status", "--follow"], 2),
    (["status", "now"], 2),
    (["--nonsense"], 2),
    ([], 2),
    (["--help"], 0),
    (["--version"], 0),
])
def test_exit_codes_are_documented(daemon, args, code):
    p = daemon.ctl(*args, check=False)
    assert p.returncode == code, p.stdout + p.stderr
    assert (p.stdout if code in (0, 3, 4) else p.stderr).strip()


WRONG = [["bogus"], ["config"], ["config", "put", "a", "b"], ["config", "get", "languish"], ["log", "-n"], ["sentences", "try", "x"],
         ["history", "-n", "x"], ["history", "-n", "0"], ["--folow"], ["log", "--folow"], ["log", "--follow=9"], ["status", "now"],
         ["status", "-f"], ["mute", "perhaps"], ["learn", "name", "x"], ["learn", "name", "x", "no_such_device"], ["forget", "x"],
         ["config", "set", "language", "xx"], ["--root"], ["-x"], []]


@pytest.mark.parametrize("args", WRONG)
def test_every_complaint_is_json(daemon, args):
    """Wherever --json stands among the options, and whatever is wrong: one object, nothing beside it, no 0."""
    places = [["--json", *args]] + ([[*args, "--json"]] if len(args) < 2 and args != ["--root"] else [])
    for words in places:
        p = daemon.ctl(*words, check=False)
        assert p.returncode in (1, 2), words
        assert set(json.loads(p.stdout)) == {"error"} and not p.stderr, words


def test_help_and_version_are_json_too():
    def told(*args):
        p = subprocess.run([str(BIN / "jarvisctl"), "--json", *args], capture_output=True, text=True, timeout=20, check=True)
        return json.loads(p.stdout)
    assert set(told("--version")) == {"version"}
    assert told("--help") == {"help": USAGE}
    assert "jarvisctl log [-f]" in told("log", "--help")["help"]


def test_what_cannot_be_written_is_no_success(daemon):
    with open("/dev/full", "w", encoding="ascii") as full:
        for args in (["--json", "status"], ["devices"], ["log"], ["--help"], ["--json", "bogus"]):
            p = subprocess.run([str(BIN / "jarvisctl"), "--root", str(daemon.root), *args], stdout=full, stderr=subprocess.PIPE,
                               text=True, timeout=20)
            assert p.returncode == 1 and "cannot be written" in p.stderr and "make room" in p.stderr, args


@pytest.mark.parametrize("args", [
    ["status"], ["devices"], ["areas"], ["mute"], ["reload"], ["history"], ["config", "get"],
    ["config", "get", "language"], ["config", "get", "languish"], ["config", "set", "language", "xx"],
    ["ask", "what time is it"], ["ask", "blah blah"], ["sentences", "test", "turn on the fan"],
    ["log", "-n", "1"], ["log", "-n", "999"], ["history", "-n", "999"], ["missed", "-n", "999"], ["learn"], ["acknowledge"],
])
def test_every_answer_and_error_is_json(daemon, args):
    p = daemon.ctl("--json", *args, check=False)
    for line in p.stdout.strip().splitlines():
        j = json.loads(line)
        assert isinstance(j, dict)
        assert p.returncode in (0, 3, 4) or set(j) == {"error"}
    assert p.stdout.strip() and not p.stderr
    assert not re.search(r"\d[eE][+-]?\d", re.sub(r'"[^"]*"', "", p.stdout)), "a number is not whole"


def test_an_id_can_be_passed_on(daemon):
    a = daemon.ctl_json("ask", "what time is it")
    raw = daemon.ctl("--json", "history", "-n", "1").stdout
    assert f'"id":{a["id"]}' in raw
    assert daemon.http("GET", f"/api/sessions/{a['id']}")[0] == 200


def test_n_is_how_many_come(daemon):
    """More than one frame holds, in order, each once: sessions with long sentences, texts not understood, lines of the log."""
    before = len(daemon.ctl_json("history", "-n", "1000")["sessions"])
    for i in range(25):
        daemon.ctl("ask", f"juggle {i} pears " + "with the greatest of ease " * 120, check=False)
    for n in (1, 7, 23, 25):
        heard = [s["heard"].split()[1] for s in daemon.ctl_json("history", "-n", str(n))["sessions"]]
        assert heard == [str(24 - i) for i in range(n)]
        missed = [m["text"].split()[1] for m in daemon.ctl_json("missed", "-n", str(n))["missed"]]
        assert missed == heard
    ids = [s["id"] for s in daemon.ctl_json("history", "-n", "1000")["sessions"]]
    assert len(ids) == before + 25 and ids == sorted(set(ids), reverse=True)
    lines = daemon.ctl("--json", "log", "-n", "512").stdout.splitlines()
    numbers = [json.loads(line)["seq"] for line in lines]
    assert len(lines) > 64 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(daemon.ctl("log", "-n", "70").stdout.splitlines()) == 70


def test_a_sentence_that_nobody_said_is_told_in_words(daemon):
    p = daemon.ctl("listen", check=False)
    assert p.returncode == 4 and "nobody spoke" in p.stdout and "No data" not in p.stdout


def test_error_without_a_daemon_is_json(tmp_path):
    p = subprocess.run([str(BIN / "jarvisctl"), "--root", str(tmp_path), "--json", "status"], capture_output=True,
                       text=True, timeout=20)
    assert p.returncode == 1
    assert "jarvisd is not running" in json.loads(p.stdout)["error"]


@pytest.mark.parametrize("value", ["-25", "-1", "0"])
def test_a_value_may_be_negative(house, value):
    h = house()
    h.start()
    h.ctl("config", "set", "wake.threshold_exp", value)
    assert h.ctl_json("config", "get", "wake.threshold_exp") == {"wake.threshold_exp": int(value)}


@pytest.mark.parametrize("args,words", [
    (["conf", "get"], "did you mean config?"),
    (["config", "get", "audio.volum"], "did you mean audio."),
    (["config", "get", "lang"], "did you mean language?"),
    (["config", "set", "languag", "fr"], "did you mean language?"),
])
def test_did_you_mean(daemon, args, words):
    assert words in daemon.ctl(*args, check=False).stderr


def test_devices_and_areas(daemon):
    devices = daemon.ctl_json("devices")["devices"]
    assert [d["id"] for d in devices] == [d["id"] for d in daemon.http("GET", "/api/devices")[1]["devices"]]
    assert "kitchen_light" in daemon.ctl("devices").stdout
    areas = {a["name"]: a["devices"] for a in daemon.ctl_json("areas")["areas"]}
    assert "kitchen_light" in areas["Kitchen"]
    assert daemon.http("GET", "/api/areas")[1] == daemon.ctl_json("areas")


def test_more_devices_than_fit_into_one_answer(house):
    h = house()
    h.root.joinpath("etc/jarvis/devices.yaml").write_text("devices:\n" + "".join(
        f"  - name: lamp number {i} in the long corridor\n    id: lamp_{i}\n    kind: light\n    area: Corridor\n"
        f"    state_topic: a/{i}\n    command_topic: b/{i}\n" for i in range(180)))
    h.start()
    assert [d["id"] for d in h.ctl_json("devices")["devices"]] == [f"lamp_{i}" for i in range(180)]


def test_mute_tells_and_takes(daemon):
    assert "is on" in daemon.ctl("mute").stdout
    assert "is off" in daemon.ctl("mute", "on").stdout
    assert daemon.ctl_json("mute") == {"muted": True}
    assert "(muted)" in daemon.ctl("status").stdout
    assert daemon.ctl_json("mute", "off") == {"muted": False}


def test_what_was_not_understood_offers_sentences(daemon):
    p = daemon.ctl("ask", "fold the laundry with great enthusiasm", check=False)
    assert p.stdout.count("  try: ") == 3


def test_reload_says_what_was_loaded(daemon):
    assert "devices: 7" in daemon.ctl("reload").stdout


def test_help_of_each_command():
    for command in COMMANDS:
        p = subprocess.run([str(BIN / "jarvisctl"), command, "--help"], capture_output=True, text=True, timeout=20)
        assert p.returncode == 0 and p.stdout.startswith(f"jarvisctl {command}"), command


def complete(*words):
    script = TOP / "rootfs-overlay/usr/share/bash-completion/completions/jarvisctl"
    p = subprocess.run(["bash", "-c", 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _jarvisctl; '
                        'echo "${COMPREPLY[@]}"', "-", str(script), *words],
                       capture_output=True, text=True, timeout=20, check=True)
    return p.stdout.split()


def test_completion_knows_the_commands():
    offered = complete("jarvisctl", "")
    assert set(COMMANDS) == {w for w in offered if not w.startswith("-")}
    assert complete("jarvisctl", "mute", "o") == ["on", "off"]
    assert complete("jarvisctl", "--json", "config", "s") == ["set"]
    assert "--follow" in complete("jarvisctl", "log", "-")


def test_man_page_names_each_command():
    page = (TOP / "rootfs-overlay/usr/share/man/man1/jarvisctl.1").read_text()
    for command in COMMANDS:
        assert re.search(rf"^\.B {command}\b", page, re.M), command


def test_idle_clients_lock_nobody_out(house):
    h = house()
    h.start()
    idle = []
    for _ in range(40):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        s.connect(str(h.root / "run/jarvis/control.sock"))
        idle.append(s)
    assert h.ctl_json("ask", "what time is it")["outcome"] == "done"
    for s in idle:
        s.close()


def test_words_that_nobody_can_pronounce_are_named(house):
    h = house()
    h.root.joinpath("etc/jarvis/devices.yaml").write_text(
        "devices:\n  - name: zzyzxq lamp\n    id: odd\n    kind: light\n    state_topic: a\n    command_topic: b\n")
    h.start()
    speech = h.status()["speech"]
    words = speech["grammar_unknown_words"]
    assert len(words) == min(speech["grammar_unknown"], 20)
    shown = h.ctl("status").stdout
    if h.status()["speech"]["grammar_unknown_words"]:  # where the voice gives, after a moment, none for it
        assert "zzyzxq" in words and "zzyzxq" in shown
