# SPDX-License-Identifier: Apache-2.0
"""What was not understood is shown with proposals, and can be taught and forgotten: by jarvisctl, over HTTP, and by
correcting Jarvis; mistakes are mended or asked about."""
import time


def missed(h):
    return {m["text"]: m for m in h.ctl_json("missed", "-n", "20")["missed"]}


def learnt_soon(h, text, reply_has):
    """Names go into the language a moment after they were taught."""
    for _ in range(60):
        a = h.ctl_json("ask", text)
        if a["outcome"] == "done":
            assert reply_has in a["reply"]
            return a
        time.sleep(0.1)
    raise AssertionError(a)


def test_missed_taught_and_forgotten(house):
    h = house().start()
    for _ in range(2):
        assert h.ctl_json("ask", "turn on the zorblax light")["outcome"] == "not_understood"
    m = missed(h)["turn on the zorblax light"]
    assert m["count"] == 2 and m["lacks"] == "zorblax light" or "zorblax" in m["lacks"]
    devices = [p["device"] for p in m["proposals"] if "device" in p]
    assert all(d.endswith("light") for d in devices)
    # taught, it is understood; told again, it is refused
    answer = h.ctl_json("learn", "name", "zorblax light", "kitchen_light")
    assert [e["device"] for e in answer["learnt"]] == ["kitchen_light"]
    learnt_soon(h, "turn on the zorblax light", "kitchen light")
    assert "already" in h.ctl("learn", "name", "zorblax light", "kitchen_light", check=False).stderr
    assert "opposite" in h.ctl("learn", "name", "light off", "kitchen_light", check=False).stderr
    assert "no device" in h.ctl("learn", "name", "blaxzor", "nothing_here", check=False).stderr
    # a sentence of one's own
    h.ctl("learn", "sentence", "abracadabra", "what time is it")
    assert h.ctl_json("ask", "Abracadabra!")["intent"] == "HassGetCurrentTime"
    # it survives, and is forgotten
    h.stop()
    h.start()
    learnt_soon(h, "turn off the zorblax light", "kitchen light")
    assert h.ctl_json("ask", "abracadabra")["intent"] == "HassGetCurrentTime"
    h.ctl("forget", "abracadabra")
    assert h.ctl_json("ask", "abracadabra")["outcome"] == "not_understood"
    assert len(h.ctl_json("learn")["learnt"]) == 1
    assert h.ctl("forget", "never", "taught", check=False).returncode == 1


def test_the_same_over_http(house):
    h = house().start()
    assert h.http("GET", "/api/learnt")[:2] == (200, {"learnt": []})
    h.http("POST", "/api/chat", {"message": "abracadabra"})
    h.http("POST", "/api/chat", {"message": "what time is it"})
    status, body, _ = h.http("GET", "/api/missed?limit=5")
    assert status == 200
    proposal = body["missed"][0]["proposals"][0]
    assert proposal == {"text": "abracadabra", "means": "what time is it"}
    status, body, _ = h.http("POST", "/api/learnt", proposal)
    assert status == 200 and body["learnt"][0]["means"] == "what time is it"
    assert h.http("POST", "/api/chat", {"message": "abracadabra"})[1]["intent"] == "HassGetCurrentTime"
    for wish, code in [(proposal, 409), ({"text": "x1y2", "device": "nobody"}, 404), ({"text": "abc"}, 400),
                       ({}, 400), ({"text": "abc", "forget": "abc"}, 400), ({"forget": "abc"}, 404),
                       ({"text": "lamp off", "device": "kitchen_light"}, 400), ({"what": 1}, 400)]:
        assert h.http("POST", "/api/learnt", wish)[0] == code, wish
    assert h.http("POST", "/api/learnt", {"forget": "abracadabra"})[:2] == (200, {"learnt": []})


def test_switched_off(house):
    h = house().start(JARVIS_STORE_MISSED="false")
    h.ctl("ask", "abracadabra", check=False)
    assert "store.missed" in h.ctl("missed", check=False).stderr
    assert h.http("GET", "/api/missed")[0] == 404


def test_switched_while_it_runs(house):
    h = house().start()
    h.ctl("ask", "abracadabra", check=False)
    for value, status in [("false", 404), ("true", 200), ("false", 404)]:
        h.ctl("config", "set", "store.missed", value)
        assert h.http("GET", "/api/missed")[0] == status
        assert ("store.missed" in h.ctl("missed", check=False).stderr) == (status == 404)
        assert "store.missed" not in h.ctl_json("status")["settings"]["restart"]


def test_mistakes(house):
    h = house().start()
    a = h.ctl_json("ask", "trun on the kichen light")
    assert a["outcome"] == "done" and "kitchen light" in a["reply"]
    assert a["corrected"] == "turn on the kitchen light"
    assert h.ctl_json("ask", "switch of the kitchen light")["outcome"] == "not_understood"


def test_learnt_from_a_correction(house):
    h = house().start()
    assert h.ctl_json("ask", "turn on the zorblax thingamajig")["outcome"] == "not_understood"
    a = h.ctl_json("ask", "I meant the kitchen light")
    assert a["outcome"] == "done" and "kitchen light" in a["reply"] and "zorblax" in a["reply"]
    # undone with what was done, else it stays
    h.ctl_json("ask", "undo that")
    for _ in range(60):
        if not h.ctl_json("learn")["learnt"]:
            break
        time.sleep(0.1)
    assert h.ctl_json("learn")["learnt"] == []
    h.ctl_json("ask", "turn on the zorblax thingamajig")
    h.ctl_json("ask", "I meant the kitchen light")
    learnt_soon(h, "turn off the zorblax thingamajig", "kitchen light")
    h.ctl_json("ask", "undo that")
    assert len(h.ctl_json("learn")["learnt"]) == 1
