# SPDX-License-Identifier: Apache-2.0
"""A house whose people speak several languages: what is typed is understood in each, with names of any, and answered in
the language of the sentence; mistakes are mended in the language that has the fewest."""
import re

import pytest

DEVICES = """
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


@pytest.mark.parametrize("text", [
    "n'allume pas la kitchen light", "schalte das Flurlicht nicht an", "don't turn on the lampe du salon",
    "no enciendas la kitchen light", "doe de kitchen light niet aan", "non accendere la kitchen light",
    "allume la kitchen light tomorrow", "turn on the flurlicht demain", "nalume pas la kitchen light",
])
def test_denials_act_in_no_language(mixed, text):
    a = mixed.ctl_json("ask", text)
    assert a["outcome"] in ("not_understood", "cancelled", "asked"), a
    assert not a.get("sent")
