# SPDX-License-Identifier: Apache-2.0
"""A house whose people speak several languages: what is typed is understood in each, with names of any, and answered in
the language of the sentence; mistakes are mended in the language that has the fewest."""
import re

import pytest

from conftest import wait_for

DEVICES = """
areas:
  - { name: Kitchen, aliases: [cuisine, Küche] }
  - { name: Salon, aliases: [living room] }
devices:
  - { id: kitchen, name: Kitchen light, area: Kitchen, kind: light, via: virtual }
  - { id: salon, name: Lampe du salon, area: Salon, kind: light, via: virtual }
  - { id: flur, name: Flurlicht, area: Flur, kind: light, via: virtual }
  - { id: heat, name: Thermostat, area: Salon, kind: climate, via: virtual }
"""


# words that an answer of each language has
LANGUAGES = {"en": r"Turned|Switched| is on", "fr": r"allumé|éteint", "de": r"geschaltet| an\b| aus\b", "es": r"encend|apag",
             "nl": r" aan(gezet)?\b", "it": r"acces|spent"}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    from conftest import House
    h = House(tmp_path_factory.mktemp("mixed"))
    (h.root / "etc/jarvis/devices.yaml").write_text(DEVICES)
    h.start()
    yield h
    h.stop()


@pytest.mark.parametrize("text,device,language", [
    ("turn on the kitchen light", "kitchen", "en"),
    ("turn on the lampe du salon", "salon", "en"),
    ("allume la lampe du salon", "salon", "fr"),
    ("allume la kitchen light", "kitchen", "fr"),
    ("éteins le flurlicht", "flur", "fr"),
    ("schalte das Flurlicht an", "flur", "de"),
    ("mach die Lampe du salon aus", "salon", "de"),
    ("enciende la kitchen light", "kitchen", "es"),
    ("doe de kitchen light aan", "kitchen", "nl"),
    ("accendi la kitchen light", "kitchen", "it"),
    ("alume la lampe du salon", "salon", "fr"),
    ("trun on the lampe du salon", "salon", "en"),
    ("schlate das Flurlicht an", "flur", "de"),
])
def test_each_language_with_any_name(mixed, text, device, language):
    a = mixed.ctl_json("ask", text)
    assert a["outcome"] == "done", a
    assert a["slots"]["name"]["value"] == device
    assert re.search(LANGUAGES[language], a["reply"]), a["reply"]


@pytest.mark.parametrize("text,device", [
    ("turn off the lights in the kitchen", "kitchen"), ("éteins les lumières de la cuisine", "kitchen"),
    ("turn off the lights in the küche", "kitchen"), ("schalte das Licht in der Küche aus", "kitchen"),
    ("turn off the living room lights", "salon"), ("éteins les lumières du salon", "salon"),
])
def test_a_room_by_each_of_its_names(mixed, text, device):
    a = mixed.ctl_json("ask", text)
    assert a["outcome"] == "done" and len(a["sent"]) == 1 and device in a["sent"][0], a


def test_rooms_tell_their_names(mixed):
    areas = {a["name"]: a.get("aliases") for a in mixed.ctl_json("areas")["areas"]}
    assert areas == {"Kitchen": ["cuisine", "Küche"], "Salon": ["living room"], "Flur": None}


def test_a_name_taught_in_one_language_counts_in_each(mixed):
    assert "zibeline" in mixed.ctl_json("ask", "allume la lampe zibeline")["lacks"]["text"]
    mixed.ctl("learn", "name", "lampe zibeline", "salon")

    def known():
        return mixed.ctl_json("ask", "allume la lampe zibeline")["outcome"] == "done"
    wait_for(known)
    for text in ("turn off the lampe zibeline", "schalte die lampe zibeline an", "apaga la lampe zibeline"):
        a = mixed.ctl_json("ask", text)
        assert a["outcome"] == "done" and a["slots"]["name"]["value"] == "salon", (text, a)


@pytest.mark.parametrize("text", [
    "n'allume pas la kitchen light", "schalte das Flurlicht nicht an", "don't turn on the lampe du salon",
    "no enciendas la kitchen light", "doe de kitchen light niet aan", "non accendere la kitchen light",
    "allume la kitchen light tomorrow", "turn on the flurlicht demain", "nalume pas la kitchen light",
])
def test_denials_act_in_no_language(mixed, text):
    a = mixed.ctl_json("ask", text)
    assert a["outcome"] in ("not_understood", "cancelled", "asked"), a
    assert not a.get("sent")
