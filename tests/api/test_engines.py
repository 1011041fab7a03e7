# SPDX-License-Identifier: Apache-2.0
"""The engine slot: manifests, licences, fetching from loopback, what is refused and that nothing of it stays."""
import hashlib
import http.server
import json
import pathlib
import socket
import struct
import subprocess
import threading

import pytest

from conftest import BIN, house_in, say, wait_for

TOOL = b"#!/bin/sh\nexit 0\n"


class Shop:
    """A server of files on loopback; a path that begins with /slow never ends."""

    def __init__(self, files):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path.startswith("/moved"):
                    self.send_response(302)
                    self.send_header("Location", "/" + self.path[len("/moved/"):])
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                body = files.get(self.path.lstrip("/"))
                self.send_response(200 if body is not None or self.path == "/slow" else 404)
                self.end_headers()
                if self.path == "/slow":
                    self.server.asked.set()
                    while not self.server.over.wait(0.1):
                        pass
                elif body:
                    self.wfile.write(body)

            def log_message(self, *args):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.over, self.server.asked = threading.Event(), threading.Event()
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.over.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def shop():
    s = Shop({"ear": TOOL, "model": b"m" * 100000})
    yield s
    s.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    with house_in(tmp_path_factory.mktemp("engines"), JARVIS_WAKE_ENGINE="none") as h:
        (h.root / "etc/jarvis/engines.d").mkdir()
        yield h


def file_of(shop, path, name, content, **more):
    return {"path": path, "url": shop.url + name, "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content), **more}


def manifest(shop, name="ear", **more):
    return {"name": name, "version": "1.0", "licence": "Free as air", "kind": "dictation", "languages": ["en"],
            "program": "ear", "files": [file_of(shop, "ear", "ear", TOOL),
                                        file_of(shop, "data/model", "moved/model", b"m" * 100000)], **more}


def write(home, m, folder=None):
    path = (folder or home.root / "etc/jarvis/engines.d") / (m["name"] + ".json")
    path.write_text(json.dumps(m))
    return path


def shelf(home):
    folder = home.root / "var/lib/jarvis/engines"
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


def test_add_use_remove(home, shop):
    write(home, manifest(shop))
    assert "can be added: ear" in home.ctl("engine", "list").stdout
    refused = home.ctl("engine", "add", "ear", check=False)
    assert refused.returncode == 1 and "--yes" in refused.stderr and "Free as air" in refused.stderr
    assert shelf(home) == []
    assert "ear is installed" in home.ctl("engine", "add", "--yes", "ear").stdout
    own = home.root / "var/lib/jarvis/engines/ear"
    assert (own / "ear").read_bytes() == TOOL and (own / "ear").stat().st_mode & 0o777 == 0o755
    assert (own / "data/model").stat().st_size == 100000
    listed = home.ctl_json("engine", "list")["engines"]
    assert [(e["name"], e["kind"], e["used"]) for e in listed] == [("ear", "dictation", False)]
    wrong_kind = home.ctl("config", "set", "engine.commands", "ear", check=False)
    assert wrong_kind.returncode == 1 and "engine.dictation" in wrong_kind.stderr
    unknown = home.ctl("config", "set", "engine.dictation", "nose", check=False)
    assert unknown.returncode == 1 and "no engine 'nose' is installed" in unknown.stderr
    home.ctl("engine", "use", "ear")
    assert home.ctl_json("engine", "list")["engines"][0]["used"]
    in_use = home.ctl("engine", "remove", "ear", check=False)
    assert in_use.returncode == 1 and "jarvisctl engine use none" in in_use.stderr
    home.ctl("engine", "use", "none")
    home.ctl("engine", "remove", "ear")
    assert shelf(home) == [] and home.ctl_json("engine", "list") == {"engines": []}


@pytest.mark.parametrize("change,words", [
    (lambda m: m["files"][1].update(sha256="0" * 64), "is another file than the manifest's"),
    (lambda m: m["files"][1].update(bytes=99999), "is longer than the 99999 bytes"),
    (lambda m: m["files"][1].update(bytes=100001), "has 100000 bytes, not the 100001"),
    (lambda m: m["files"][1].update(url=m["files"][1]["url"] + "x"), "check url in the manifest"),
    (lambda m: m["files"][1].update(path="../model"), "files[1].path: '../model'"),
    (lambda m: m["files"][1].update(url="file:///etc/shadow"), "/etc/shadow"),
    (lambda m: m["files"][1].update(bytes=8 << 30), None),  # too long or no room for it: by the disk
    (lambda m: m.update(program="/bin/sh"), "program: '/bin/sh'"),
    (lambda m: m.update(name="a/b"), "name: 'a/b'"),
    (lambda m: m.pop("licence"), "licence: is missing"),
])
def test_refused_and_nothing_stays(home, shop, tmp_path, change, words):
    m = manifest(shop, "bad")
    change(m)
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(m))
    p = home.ctl("engine", "add", "--yes", str(path), check=False)
    assert p.returncode == 1 and (words is None or words in p.stderr), p.stderr
    assert "bad" not in " ".join(shelf(home))
    assert home.ctl_json("ask", "what time is it")["outcome"] == "done"


def test_who_leaves_ends_it(home, shop, tmp_path):
    m = manifest(shop, "slow")
    m["files"][0]["url"] = shop.url + "slow"
    path = write(home, m, tmp_path)
    client = subprocess.Popen([str(BIN / "jarvisctl"), "--root", str(home.root), "engine", "add", "--yes", str(path)],
                              stderr=subprocess.DEVNULL)
    assert shop.server.asked.wait(20)
    assert home.ctl_json("engine", "list")["busy"] == "slow"
    other = home.ctl("engine", "add", "--yes", str(write(home, manifest(shop, "other"), tmp_path)), check=False)
    assert other.returncode == 1 and "one at a time" in other.stderr
    assert home.ctl_json("ask", "what time is it")["outcome"] == "done"  # nobody waits for it
    client.kill()
    client.wait(10)
    wait_for(lambda: "busy" not in home.ctl_json("engine", "list"))
    assert shelf(home) == []


def test_a_setting_that_names_nothing_is_a_fault(house):
    h = house(broker=False)
    h.start(JARVIS_ENGINE_DICTATION="lost", JARVIS_WAKE_ENGINE="none")
    assert "no engine 'lost' is installed" in h.faults()["engine"]
    assert h.ctl_json("ask", "what time is it")["outcome"] == "done"


def control(home, cmd, **args):
    """One request on the control socket itself, for what jarvisctl would not send; its last frame."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
        s.settimeout(30)
        s.connect(str(home.root / "run/jarvis/control.sock"))
        s.send(struct.pack("=HHI", 0x4a56, 16, 7) + json.dumps({"cmd": cmd, **args}).encode())
        while True:
            frame = s.recv(65536)
            _, kind, serial = struct.unpack("=HHI", frame[:8])
            assert serial == 7
            if kind == 18:
                return json.loads(frame[8:])


@pytest.mark.parametrize("licence", ["", "MIT", "free as air", "Free as air "])
def test_what_is_fetched_is_what_was_agreed_to(home, shop, licence):
    answer = control(home, "engine.add", manifest=json.dumps(manifest(shop)), licence=licence)
    assert "licence" in answer["error"]
    assert shelf(home) == []


@pytest.mark.parametrize("cmd,args,words", [
    ("engine.add", {}, "is missing"),
    ("engine.add", {"manifest": "{}", "licence": "x", "run": "/bin/sh"}, "run"),
    ("engine.add", {"manifest": "not json", "licence": "x"}, "manifest"),
    ("engine.add", {"manifest": "x" * 40000, "licence": "x"}, "manifest"),
    ("engine.show", {"manifest": 7}, "manifest"),
    ("engine.show", {"manifest": "{\"name\":\"a\"}"}, "is missing"),
    ("engine.remove", {"name": "../../etc"}, "no engine"),
    ("engine.remove", {"name": ""}, "name"),
    ("engine.remove", {"name": "none"}, "no engine"),
])
def test_requests_that_no_client_of_ours_sends(home, cmd, args, words):
    assert words in control(home, cmd, **args)["error"]
    assert home.ctl_json("engine", "list") == {"engines": []}


def test_a_newer_version_takes_the_place_of_the_older(home, shop):
    write(home, manifest(shop))
    home.ctl("engine", "add", "--yes", "ear")
    home.ctl("engine", "use", "ear")
    worse = manifest(shop, version="2.0")
    worse["files"][1]["sha256"] = "1" * 64
    write(home, worse)
    assert home.ctl("engine", "add", "--yes", "ear", check=False).returncode == 1
    assert home.ctl_json("engine", "list")["engines"][0]["version"] == "1.0"
    better = manifest(shop, version="2.0", files=manifest(shop)["files"][:1])
    write(home, better)
    home.ctl("engine", "add", "--yes", "ear")
    listed = home.ctl_json("engine", "list")["engines"]
    assert [(e["version"], e["used"]) for e in listed] == [("2.0", True)]
    own = home.root / "var/lib/jarvis/engines/ear"
    assert sorted(p.name for p in own.iterdir()) == ["ear", "manifest.json"]  # nothing of the older one
    assert shelf(home) == ["ear"]
    home.ctl("engine", "use", "none")
    home.ctl("engine", "remove", "ear")


def test_it_is_there_after_a_restart_and_rubbish_is_not(house, shop, tmp_path):
    h = house(broker=False)
    h.start(JARVIS_WAKE_ENGINE="none")
    h.ctl("engine", "add", "--yes", str(write(h, manifest(shop), tmp_path)))
    h.ctl("engine", "use", "ear")
    h.stop()
    folder = h.root / "var/lib/jarvis/engines"
    (folder / ".nose.new").mkdir()
    (folder / ".nose.new/link").symlink_to("/etc")
    (folder / "stranger").mkdir()
    (folder / "elsewhere").symlink_to("/usr")
    h.start()
    assert [(e["name"], e["used"]) for e in h.ctl_json("engine", "list")["engines"]] == [("ear", True)]
    assert not (folder / ".nose.new").exists() and (folder / "stranger").exists()
    assert h.ctl("config", "get", "engine.dictation").stdout.split()[-1] == "ear"
    h.stop()
    (folder / "ear/manifest.json").write_text("{")  # a disk that damages it
    h.start()
    assert h.ctl_json("engine", "list") == {"engines": []}
    assert "no engine 'ear' is installed" in h.faults()["engine"]
    h.ctl("engine", "use", "none")
    wait_for(lambda: "engine" not in h.faults())


def test_a_file_of_this_machine(home, tmp_path):
    source = tmp_path / "ear"
    source.write_bytes(TOOL)
    m = {"name": "local", "version": "1", "licence": "ours", "kind": "dictation", "languages": ["*"], "program": "ear",
         "files": [{"path": "ear", "url": f"file://{source}", "bytes": len(TOOL),
                    "sha256": hashlib.sha256(TOOL).hexdigest()}]}
    source.chmod(0o600)
    p = home.ctl("engine", "add", "--yes", str(write(home, m, tmp_path)), check=False)
    assert p.returncode == 1 and "all may read" in p.stderr
    source.chmod(0o644)
    home.ctl("engine", "add", "--yes", str(write(home, m, tmp_path)))
    assert shelf(home) == ["local"]
    home.ctl("engine", "remove", "local")


def test_a_manifest_that_is_no_file(home, tmp_path):
    for path, words in ((tmp_path, "is no regular file"), ("/dev/zero", "is no regular file"),
                        (tmp_path / "none.json", "no such file")):
        p = home.ctl("engine", "add", "--yes", str(path), check=False)
        assert p.returncode == 1 and words in p.stderr
    long = tmp_path / "long.json"
    long.write_text(" " * 40000)
    assert "more than the 32768" in home.ctl("engine", "add", "--yes", str(long), check=False).stderr
    zero = tmp_path / "zero.json"
    zero.write_bytes(b"{}\0{}")
    assert "is no JSON" in home.ctl("engine", "add", "--yes", str(zero), check=False).stderr


FRENCH = """éteins EY T AE N
allume AA L IY M
allume(2) AA L UW M
allume(3) AE L Y UW M
la L AA
le L AH
les L EY
l'heure L AH R
lampe L AA M P
lampe(2) L AO M P
lumière L UW M Y EH R
ouvre UW V R
ferme F EH R M
volet V OW L EH
cuisine K W IY Z IY N
dans D AA
oui W IY
non N OW N
quelle K EH L
heure AH R
est EH
il IY L
jarvis JH AA R V IH S
x ZH
y HH UH NG
z TH IY AW
q CH OY DH SH G ER AY B
"""
HOUSE_FR = "devices:\n" + "".join(
    f"  - {{id: {i}, name: {n}, area: Cuisine, kind: {k}, via: home, topic: home/{i}}}\n"
    for i, n, k in (("lampe", "Lampe", "light"), ("volet", "Volet", "cover")))
MODEL = pathlib.Path("/usr/share/pocketsphinx/model/en-us/en-us")


def french(tmp_path):
    """The package's English model under the name of another language, with a dictionary of ours."""
    dictionary = tmp_path / "fr.dict"
    dictionary.write_text(FRENCH)
    files = [(f"model/{p.name}", p) for p in sorted(MODEL.iterdir())] + [("fr.dict", dictionary)]
    return {"name": "french", "version": "1", "licence": "BSD-2-Clause", "kind": "commands", "languages": ["fr"],
            "model": "model", "dictionary": "fr.dict",
            "files": [{"path": path, "url": f"file://{p}", "bytes": p.stat().st_size,
                       "sha256": hashlib.sha256(p.read_bytes()).hexdigest()} for path, p in files]}


def say_french(text, tmp_path):
    """The wake word as everybody says it, and a French sentence behind it."""
    wake, sentence, out = tmp_path / "wake.wav", tmp_path / "sentence.wav", tmp_path / "said.wav"
    subprocess.run(["flite", "-voice", "slt", "-t", "Jarvis", "-o", str(wake)], check=True, timeout=60)
    subprocess.run(["espeak-ng", "-v", "fr+f3", "-s", "130", "-w", str(sentence), text], check=True, timeout=60)
    subprocess.run([str(BIN / "jarvis-lab"), "join", "--lead-ms", "500", str(wake), str(sentence), str(out)],
                   check=True, timeout=60)
    return out


def house_fr(house):
    h = house()
    h.broker.watch()
    (h.root / "etc/jarvis/devices.yaml").write_text(HOUSE_FR)
    (h.root / "etc/jarvis/jarvis.yaml").write_text("device: {area: Cuisine}\nlanguage: fr\n")
    return h


def test_commands_in_another_language(house, tmp_path):
    h = house_fr(house)
    h.start()
    assert "an engine for it" in h.faults()["stt.language"]
    assert h.status()["speech"]["grammar_words"] == 0
    h.ctl("engine", "add", "--yes", str(write(h, french(tmp_path), tmp_path)))
    h.ctl("engine", "use", "french")

    def hears_french():
        s = h.status()["speech"]
        return s["ready"] and s["grammar_words"] > 0 and "stt.language" not in h.faults()
    wait_for(hears_french, 30)
    fsg = (h.root / "run/jarvis/grammar-fr.fsg").read_text()
    assert "eteins" in fsg and "lampe" in fsg
    h.stop()
    h.start(JARVIS_AUDIO_CAPTURE=say_french("allume la lampe", tmp_path))

    def session_done():
        sessions = h.ctl_json("history", "-n", "1")["sessions"]
        return sessions and sessions[0]
    s = wait_for(session_done, 40)
    assert (s["heard"], s["intent"], s["outcome"]) == ("allume la lampe", "HassTurnOn", "done")
    assert wait_for(lambda: h.broker.saw("home/lampe"))
    h.stop()


def one_session(h, wav, **env):
    h.start(JARVIS_AUDIO_CAPTURE=wav, **env)

    def session_done():
        sessions = h.ctl_json("history", "-n", "1")["sessions"]
        return sessions and sessions[0]
    return wait_for(session_done, 60)


def test_the_engine_that_is_there_already(house, tmp_path):
    """jarvis-dictate in a whole house: what is no command is heard, and nothing is done."""
    h = house()
    h.broker.watch()
    h.start(JARVIS_WAKE_ENGINE="none")
    assert "pocketsphinx-en" in h.ctl("engine", "list").stdout
    h.ctl("engine", "add", "--yes", "pocketsphinx-en")
    h.ctl("engine", "use", "pocketsphinx-en")
    wait_for(lambda: [e["name"] for e in h.status()["speech"]["ears"] if e["ready"]] == ["jarvis-stt", "pocketsphinx-en"])
    assert "hears        jarvis-stt, then pocketsphinx-en" in h.ctl("status").stdout
    h.stop()
    # its language model is loaded while nobody speaks yet
    wav = say("Jarvis. Tell me a story about the ocean.", tmp_path / "in.wav", lead_ms=8000)
    s = one_session(h, wav, JARVIS_WAKE_ENGINE="pocketsphinx", JARVIS_ENGINE_MS="20000")
    assert "story" in s["heard"] and s["outcome"] == "not_understood"
    assert not h.broker.saw("home/")
    assert "engine.dictation" not in h.faults()
    h.stop()


ENGINE = """#!/usr/bin/python3
import json, os, signal, socket, struct, sys, time
s = socket.socket(fileno=3)
manner = {manner!r}
while True:
    frame = s.recv(65536)
    if not frame:
        sys.exit(0)
    _, kind, serial = struct.unpack("=HHI", frame[:8])
    def answer(kind, payload):
        s.send(struct.pack("=HHI", 0x4a56, kind, serial) + payload)
    if kind == 1:
        answer(2, frame[8:])
    elif kind == 16:
        answer(17, json.dumps({{"wire": 9 if manner == "newer" else 1}}).encode())
    elif kind == 24:
        answer(25, struct.pack("=QQQdII", 0, 0, 0, 0.0, 0, 0))
    elif kind == 26:
        if manner == "crashes":
            os.kill(os.getpid(), signal.SIGKILL)
        if manner == "garbles":
            s.send(b"no frame of ours")
        if manner == "hangs":
            time.sleep(1000)
        if manner == "pries":
            try:
                text = open("/etc/passwd").read()
            except OSError as e:
                text = "the door is closed to " + type(e).__name__
            try:
                socket.socket(socket.AF_INET)
            except OSError as e:
                text += " and " + type(e).__name__
            answer(27, json.dumps({{"text": text}}).encode())
        answer(27, json.dumps({{"text": "nobody knows what this means"}}).encode())
"""


@pytest.mark.parametrize("manner,heard,fault", [
    ("good", "nobody knows what this means", None),
    ("pries", "the door is closed to PermissionError and PermissionError", None),
    ("crashes", "", None),
    ("garbles", "", None),
    ("hangs", "", None),
    ("newer", "", "version 9 of the wire"),
])
def test_an_engine_of_its_own_program(house, tmp_path, manner, heard, fault):
    """A program that was brought, confined and supervised: whatever it does, one session, and the wake word goes on."""
    h = house(broker=False)
    program = tmp_path / "ear"
    program.write_text(ENGINE.format(manner=manner))
    m = {"name": "own", "version": "1", "licence": "ours", "kind": "dictation", "languages": ["en"], "program": "ear",
         "files": [{"path": "ear", "url": f"file://{program}", "bytes": program.stat().st_size,
                    "sha256": hashlib.sha256(program.read_bytes()).hexdigest()}]}
    h.start(JARVIS_WAKE_ENGINE="none", JARVIS_ENGINE_MS="1500", JARVIS_ENGINE_MAY_ACT="true")
    h.ctl("engine", "add", "--yes", str(write(h, m, tmp_path)))
    h.ctl("engine", "use", "own")
    h.stop()
    s = one_session(h, say("Jarvis. Tell me a story about the ocean.", tmp_path / "in.wav"), JARVIS_WAKE_ENGINE="pocketsphinx")
    assert s["heard"] == heard and s["outcome"] == "not_understood"
    if fault:
        assert fault in h.faults()["engine.dictation"]
    assert h.status()["speech"]["stt_restarts"] == 0 and "recogniser" not in h.faults()
    assert h.ctl_json("ask", "what time is it")["outcome"] == "done"
    h.stop()
