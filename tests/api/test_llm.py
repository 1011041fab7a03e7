# SPDX-License-Identifier: Apache-2.0
"""What is no command goes to a language model; its answer is spoken while it is written; the wake
word interrupts it. The model is a small server of ours that speaks Ollama's protocol."""
import http.server
import json
import threading
import time

import pytest

from conftest import say, wait_for


class Model(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, pieces, pause_s=0.0, status=200):
        self.pieces, self.pause_s, self.status = pieces, pause_s, status
        self.asked, self.cut = [], threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_POST(self):
        s = self.server
        s.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(s.status)
        self.send_header("Content-Type", "application/x-ndjson")
        self.end_headers()
        try:
            for piece in s.pieces:
                line = {"model": "test", "message": {"role": "assistant", "content": piece}, "done": False}
                self.wfile.write(json.dumps(line).encode() + b"\n")
                self.wfile.flush()
                time.sleep(s.pause_s)
            self.wfile.write(b'{"model":"test","done":true}\n')
        except OSError:
            s.cut.set()


@pytest.fixture
def model():
    made = []

    def make(*args, **kw):
        made.append(Model(*args, **kw))
        return made[-1]
    yield make
    for m in made:
        m.shutdown()
        m.server_close()


def start(h, m, **env):
    return h.start(JARVIS_LLM_KIND="ollama", JARVIS_LLM_URL=m.url, JARVIS_LLM_MODEL="test", **env)


def test_unmatched_text_is_answered_by_the_model(house, model):
    m = model(["Once upon a time ", "there was a **lamp**. ", "It shone."])
    h = start(house(broker=False), m)
    a = h.ctl_json("ask", "tell me a story about the sea")
    assert a["reply"] == "Once upon a time there was a lamp. It shone."
    assert a["outcome"] == "done"
    assert m.asked[0]["messages"][-1]["content"] == "tell me a story about the sea"
    assert h.ctl_json("ask", "what time is it")["intent"] == "HassGetCurrentTime"
    assert len(m.asked) == 1  # a command never leaves the house


def test_sentences_of_one_conversation_belong_together(house, model):
    m = model(["It is blue."])
    h = start(house(broker=False), m)
    for conversation in (7001, 7001, 7002, None):
        body = {"message": "what colour has the sea"}
        if conversation:
            body["conversation"] = conversation
        status, _, _ = h.http("POST", "/api/chat", body)
        assert status == 200
    remembered = [sum(1 for turn in asked["messages"] if turn["role"] == "user") for asked in m.asked]
    assert remembered == [1, 2, 1, 1]


def test_model_down_is_said_honestly(house, model):
    m = model([])
    h = start(house(broker=False), m)
    m.shutdown()
    m.server_close()
    a = h.ctl_json("ask", "tell me a story about the sea")
    assert a["outcome"] == "failed"
    assert a["reply"]
    assert h.ctl_json("ask", "what time is it")["outcome"] == "done"


def test_commands_go_before_a_slow_answer(house, model):
    m = model(["A word. "] * 200, pause_s=0.2)
    h = house()
    start(h, m)
    h.broker.watch()
    told = {}

    def ask():
        told["answer"] = h.ctl("ask", "tell me a story about the sea", check=False)
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    wait_for(lambda: m.asked, 15)
    assert h.ctl_json("ask", "turn on the kitchen light")["outcome"] == "done"
    assert wait_for(lambda: h.broker.saw("home/light/kitchen"))  # the witness is a process of its own
    assert h.ctl_json("ask", "what time is it")["outcome"] == "done"
    assert asking.is_alive() and not m.cut.is_set()  # the model still writes
    assert h.ctl_json("ask", "stop")["outcome"] == "done"
    asking.join(10)
    assert "answer" in told
    assert m.cut.wait(10), "the model's connection stayed open"


def test_what_the_model_does_wrong_is_a_fault(house, model):
    m = model(["It shines. "], status=500)
    h = start(house(broker=False), m)
    assert "llm" not in h.faults()
    assert h.ctl_json("ask", "tell me a story about the sea")["outcome"] == "failed"
    wait_for(lambda: "500" in h.faults().get("llm", ""))
    m.status = 200
    assert h.ctl_json("ask", "tell me a story about the sea")["outcome"] == "done"
    wait_for(lambda: "llm" not in h.faults())


def test_wake_word_interrupts_a_long_answer(house, model, tmp_path):
    m = model(["This is sentence number %d of a very long answer. " % i for i in range(200)], pause_s=0.2)
    h = house()
    h.broker.watch()
    wav = say("Jarvis. Turn on the kitchen light.", tmp_path / "in.wav", lead_ms=6000)
    start(h, m, JARVIS_AUDIO_CAPTURE=wav)
    asking = threading.Thread(target=h.ctl, args=("ask", "--speak", "tell me a story about the sea"),
                              kwargs={"check": False}, daemon=True)
    asking.start()
    wait_for(lambda: h.status()["state"] == "speaking", 15)
    wait_for(lambda: h.broker.saw("home/light/kitchen"), 30)
    assert m.cut.wait(10), "the model's connection stayed open"

    def both_sessions():
        s = h.ctl_json("history", "-n", "5")["sessions"]
        return len(s) >= 2 and s[0]["outcome"] == "done" and s
    s = wait_for(both_sessions)
    assert s[0]["heard"] == "turn on the kitchen light"
    assert s[1]["outcome"] == "cancelled"
    asking.join(10)
