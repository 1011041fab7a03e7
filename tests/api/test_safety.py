# SPDX-License-Identifier: Apache-2.0
"""docs/safety.md through the whole daemon: what typed sentences publish, and what they never may.

One house with everything that may be opened, and sentences of six languages. A row names what may be reached;
anything else at the broker is a wrong action. Rows that must do something name it with `must`."""
import contextlib

import pytest

from conftest import chat, house_in, wait_for

HOUSE = """devices:
  - {name: Kitchen lamp, area: Kitchen, kind: light, id: lamp_k, command_topic: d/lamp_k, dimmable: false}
  - {name: Hall lamp, area: Hall, kind: light, id: lamp_h, command_topic: d/lamp_h, dimmable: false}
  - {name: Boiler, area: Kitchen, kind: switch, id: boiler, command_topic: d/boiler}
  - {name: Coffee machine, area: Kitchen, kind: switch, id: coffee, command_topic: d/coffee}
  - {name: Kitchen blind, area: Kitchen, kind: cover, class: blind, id: blind_k, command_topic: d/blind_k}
  - {name: Hall shutter, area: Hall, kind: cover, class: shutter, id: shutter_h, command_topic: d/shutter_h}
  - {name: Garage door, area: Garage, kind: cover, class: garage, id: garage, command_topic: d/garage}
  - {name: Yard gate, area: Yard, kind: cover, class: gate, id: gate, command_topic: d/gate}
  - {name: Terrace door, area: Kitchen, kind: cover, class: door, id: terrace, command_topic: d/terrace}
  - {name: Roof window, area: Hall, kind: cover, class: window, id: roof, command_topic: d/roof}
  - {name: Front door, area: Hall, kind: lock, id: front, command_topic: d/front}
  - {name: Cellar door, area: Garage, kind: lock, id: cellar, command_topic: d/cellar}
  - {name: Thermostat, area: Kitchen, kind: climate, id: heat, temperature_topic: d/heat}
  - {name: Party, kind: scene, id: party, command_topic: d/party}
  - {name: Kitchen window, area: Kitchen, kind: binary_sensor, class: window, id: sensor, state_topic: s/sensor}
"""
LAMPS = {"lamp_k", "lamp_h"}
SWITCHED = LAMPS | {"boiler", "coffee"}
COVERS = {"blind_k", "shutter_h"}
GUARDED = {"garage", "gate", "terrace", "roof", "front", "cellar"}

# what a collective sentence may reach at most, and what it must; opening words never reach what is guarded
REACH = [
    # (sentences, may, must)
    (["open all the blinds", "open everything", "open everything in the garage", "open all the covers",
      "open all covers in the kitchen", "open the doors", "open all the gates", "open all windows",
      "unlock everything", "unlock all the doors", "unlock the locks", "open the house", "open up",
      "set all covers to 100 percent", "raise everything", "open every door"], COVERS, set()),
    (["ouvre tout", "ouvre tous les volets", "ouvre toutes les portes", "ouvre les portails", "déverrouille tout",
      "déverrouille toutes les portes", "ouvre tout dans le garage", "ouvre toutes les fenêtres"], COVERS, set()),
    (["öffne alles", "öffne alle rollläden", "öffne alle türen", "alle tore auf", "entsperre alles",
      "schließ alle türen auf", "mach alle fenster auf"], COVERS, set()),
    (["abre todo", "abre todas las puertas", "desbloquea todo", "sube todas las persianas"], COVERS, set()),
    (["open alles", "open alle deuren", "ontgrendel alles", "doe alle ramen open"], COVERS, set()),
    (["apri tutto", "apri tutte le porte", "sblocca tutto", "apri tutte le finestre"], COVERS, set()),
    (["turn everything on", "turn on everything in the kitchen", "toggle everything", "switch it all on",
      "allume tout", "schalte alles ein", "enciende todo", "zet alles aan", "accendi tutto"], LAMPS, set()),
    (["turn everything off", "éteins tout", "schalte alles aus", "apaga todo", "zet alles uit", "spegni tutto"],
     SWITCHED, set()),
    (["turn off everything but the hall lamp", "turn everything off except for the hall", "éteins tout sauf la hall lamp",
      "schalte alles aus außer der Hall lamp", "apaga todo menos la hall lamp", "zet alles uit behalve de hall lamp",
      "spegni tutto tranne la hall lamp"], SWITCHED - {"lamp_h"}, SWITCHED - {"lamp_h"}),
    (["turn off everything except the hall lamp and the boiler", "éteins tout sauf la hall lamp et le boiler"],
     {"lamp_k", "coffee"}, {"lamp_k", "coffee"}),
    (["turn off all the lights except the kitchen", "éteins toutes les lumières sauf kitchen"], {"lamp_h"}, {"lamp_h"}),
    (["turn off everything but the lights"], {"boiler", "coffee"}, {"boiler", "coffee"}),
    (["open all the covers except the kitchen blind"], {"shutter_h"}, {"shutter_h"}),
    (["turn off all the lights", "éteins toutes les lumières", "schalte alle lichter aus"], LAMPS, LAMPS),
    (["turn on the kitchen lamp", "please turn on the kitchen lamp", "kitchen lamp on"], {"lamp_k"}, {"lamp_k"}),
    (["open the kitchen blind"], {"blind_k"}, {"blind_k"}),
    (["open the garage door"], {"garage"}, {"garage"}),
    (["lock the front door"], {"front"}, {"front"}),
    (["lock all the doors", "lock everything"], {"front", "cellar"}, set()),
]

# denied, put off, asked, told, conditional, about others: nothing moves
NOTHING = [
    "don't turn on the kitchen lamp", "do not open the garage door", "never open the yard gate",
    "turn on the kitchen lamp in ten minutes", "open the garage door tomorrow", "turn off the boiler at noon",
    "if it rains close the kitchen blind", "when I leave lock the front door", "turn on the lamp unless it is day",
    "is the kitchen lamp on", "did you open the garage door", "who opened the yard gate", "why is the boiler on",
    "she said turn on the kitchen lamp", "I could turn on the kitchen lamp", "I would like a kitchen lamp",
    "the garage door is open", "the kitchen lamp was on all night", "my neighbour opened his garage door",
    "what happens when I open the garage door", "how do I open the garage door", "can you open the garage door or not",
    "turn on the television", "open the fridge", "unlock my phone", "turn on", "open", "unlock", "the garage door",
    "n'allume pas la lampe", "ne ferme pas les volets", "allume la lampe dans dix minutes", "est-ce que le portail est ouvert",
    "mach nicht das licht an", "öffne das tor nicht", "ist das licht an", "no enciendas la luz", "no abras la puerta",
    "doe het licht niet aan", "non accendere la luce", "non aprire il cancello",
    "turn off everything but the spaceship", "turn off everything except", "turn off nothing but the boiler", "turn on everything but the boiler",
    "don't turn off everything but the kitchen lamp", "éteins tout sauf le vaisseau", "mach alles aus außer dem Raumschiff",
    "turn off everything but the spaceship and the boiler", "open everything except the garage door",
    "turn on the kitchen lamp and open the pod bay doors", "open the garage door no don't",
    "turn on turn off the kitchen lamp", "kitchen lamp on off", "open close the garage door",
    "open the garage door \u202e nepo", "\u0000open the garage door", "OPEN THE GARAGE DOORS OF ALL NEIGHBOURS",
]


class Witness:
    """What was published for devices since the last look."""

    def __init__(self, h):
        self.h, self.n = h, 0

    def reached(self):
        self.n += 1
        mark = f"mark/{self.n}"
        self.h.broker.publish(mark, "x")
        wait_for(lambda: self.h.broker.saw(mark + " "))
        text = self.h.broker.seen.read_text()
        part = text.split(f"mark/{self.n - 1} ")[-1].split(mark + " ")[0]
        return {line.split()[0][2:] for line in part.splitlines() if line.startswith("d/")}


@contextlib.contextmanager
def watched(factory, devices, **env):
    with house_in(factory.mktemp("safety"), devices, JARVIS_AUDIO_BACKEND="null", **env) as h:
        wait_for(lambda: h.status()["home"]["connected"])
        yield h, Witness(h)


@pytest.fixture(name="guarded_house", scope="module")
def make_guarded_house(tmp_path_factory):
    with watched(tmp_path_factory, HOUSE) as both:
        yield both


@pytest.mark.parametrize("words,may,must", [(w, may, must) for row, may, must in REACH for w in row])
def test_reach(guarded_house, words, may, must):
    h, witness = guarded_house
    status, answer = chat(h, words)
    reached = witness.reached()
    assert status == 200, answer
    assert reached <= may, f"'{words}' reached {reached - may}: {answer['reply']}"
    assert must <= reached, f"'{words}' did not reach {must - reached}: {answer['reply']}"
    if reached:
        assert answer["outcome"] == "done" and answer["reply"]


@pytest.mark.parametrize("words", NOTHING)
def test_nothing_moves(guarded_house, words):
    h, witness = guarded_house
    status, answer = chat(h, words)
    assert not witness.reached(), f"'{words}' did something: {answer}"
    assert status in (200, 400), answer
    assert status != 200 or answer["reply"], words


UNDONE = """devices:
  - {name: Desk lamp, area: Office, kind: light, command_topic: d/desk, state_topic: s/desk}
  - {name: Hall lamp, area: Hall, kind: light, command_topic: d/hall}
  - {name: Porch lamp, area: Porch, kind: light, command_topic: d/porch, availability_topic: a/porch}
"""


@pytest.fixture(name="undone_house", scope="module")
def make_undone_house(tmp_path_factory):
    with watched(tmp_path_factory, UNDONE) as both:
        yield both


def known(h, device, key, value):
    got = {d["id"]: d for d in h.ctl_json("devices")["devices"]}[device]
    return got.get("state", {}).get(key) == value if isinstance(got.get("state"), dict) else False


def test_undo_tells_of_nobody_that_it_did_not_ask(undone_house):
    """Who never told its state is left, and is not called silent; who was away was never told anything."""
    h, witness = undone_house
    h.broker.publish("s/desk", "OFF", retain=True)
    h.broker.publish("a/porch", "offline", retain=True)
    wait_for(lambda: known(h, "desk_lamp", "state", "off") and known(h, "porch_lamp", "available", False))
    _, answer = chat(h, "turn on all the lights", conversation=5)
    assert witness.reached() == {"desk", "hall"}
    assert "The porch lamp did not answer." in answer["reply"]
    _, answer = chat(h, "undo that", conversation=5)
    assert witness.reached() == {"desk"}
    assert answer["reply"] == "Put the desk lamp back as before. I do not know how the hall lamp was before."


NAMED = """devices:
  - {name: Desk, area: Kitchen, kind: light, id: desk, command_topic: d/desk}
  - {name: Ceiling, area: Kitchen, kind: light, id: ceiling, command_topic: d/ceiling}
  - {name: Left, area: Kitchen, kind: cover, class: blind, id: left, command_topic: d/left}
  - {name: Everything, area: Garage, kind: switch, id: everything, command_topic: d/everything}
  - {name: Blinds, area: Garage, kind: cover, class: blind, id: blinds, command_topic: d/blinds}
  - {name: TV, area: Garage, kind: switch, id: tv, command_topic: d/tv}
  - {name: "On", area: Garage, kind: switch, id: "on", command_topic: d/on}
""" + "".join(f"  - {{name: {name}, area: Garage, kind: light, id: g{i}, command_topic: d/g{i}}}\n"
              for i, name in enumerate(["Lights", "Lumières", "Lichter", "Luces", "Lichten", "Luci"]))
NAMED_LAMPS = {"desk", "ceiling"} | {f"g{i}" for i in range(6)}
# what is said, what is reached where the box stands in the kitchen, and where nobody knows
COLLECTIVE = [
    ("turn on the lights", {"desk", "ceiling"}, NAMED_LAMPS), ("turn off the lights", {"desk", "ceiling"}, NAMED_LAMPS),
    ("allume les lumières", {"desk", "ceiling"}, NAMED_LAMPS), ("schalte die Lichter ein", {"desk", "ceiling"}, NAMED_LAMPS),
    ("enciende las luces", {"desk", "ceiling"}, NAMED_LAMPS), ("doe de lichten aan", {"desk", "ceiling"}, NAMED_LAMPS),
    ("accendi le luci", {"desk", "ceiling"}, NAMED_LAMPS), ("turn on the lights in the garage", {"g0"}, {"g0"}),
    ("open the blinds", {"left"}, {"left", "blinds"}), ("close all the blinds", {"left", "blinds"}, {"left", "blinds"}),
    ("turn on the tv", {"tv"}, {"tv"}), ("turn off everything", NAMED_LAMPS | {"everything", "tv", "on"},
                                         NAMED_LAMPS | {"everything", "tv", "on"}),
    ("turn on", set(), set()), ("turn on on", {"on"}, {"on"}),
]


@pytest.fixture(name="named_house", scope="module", params=["Kitchen", ""])
def make_named_house(tmp_path_factory, request):
    with watched(tmp_path_factory, NAMED, JARVIS_DEVICE_AREA=request.param) as both:
        yield *both, request.param != ""


@pytest.mark.parametrize("words,here,anywhere", COLLECTIVE)
def test_a_name_for_several_takes_no_sentence_away(named_house, words, here, anywhere):
    h, witness, is_here = named_house
    _, answer = chat(h, words)
    assert witness.reached() == (here if is_here else anywhere), answer["reply"]


@pytest.mark.parametrize("name", ["everything", "all", "lights", "them", "two", "all of them", "tout", "les deux", "alles",
                                  "Lichter", "todo", "luces", "gordijnen", "tutto", "le luci", "vingt et un"])
def test_nothing_but_a_word_of_the_language_is_taught(named_house, name):
    h, _, _ = named_house
    told = h.ctl("learn", "name", name, "desk", check=False)
    assert told.returncode != 0 and told.stderr.strip(), told.stdout
    assert name.split()[0] in told.stderr


TWINS = """devices:
  - {name: Scullery, area: Scullery, kind: light, id: light, command_topic: d/light}
  - {name: Scullery, area: Scullery, kind: switch, id: switch, command_topic: d/switch}
  - {name: Lamp, area: Attic, kind: light, id: plain, command_topic: d/plain}
  - {name: Lamp, area: Attic, kind: light, id: reading, aliases: [reading lamp], command_topic: d/reading}
  - {name: West, area: Attic, kind: cover, class: blind, id: blind, command_topic: d/blind}
  - {name: West, area: Attic, kind: cover, class: curtain, id: curtain, command_topic: d/curtain}
  - {name: Spot, area: Den, kind: light, id: one, command_topic: d/one}
  - {name: Spot, area: Den, kind: light, id: two, command_topic: d/two}
"""


@pytest.fixture(name="twins", scope="module")
def make_twins(tmp_path_factory):
    with watched(tmp_path_factory, TWINS) as both:
        yield both


@pytest.mark.parametrize("said,asked,answers", [
    ("turn on the scullery", "the light or the switch", [("the light", {"light"}), ("the switch", {"switch"}), ("the scullery", set()),
                                                         ("both", {"light", "switch"}), ("the second", {"switch"})]),
    ("turn on the lamp", "the lamp or the reading lamp", [("the lamp", {"plain"}), ("reading lamp", {"reading"}), ("neither", set())]),
    ("close the west", "the blind or the curtain", [("the curtain please", {"curtain"}), ("not the blind", set())]),
    ("turn on the spot", "nothing tells them apart", [("the first", {"one"}), ("the last one", {"two"}), ("the den", set())]),
])
def test_asking_back_can_be_answered(twins, said, asked, answers):
    """Devices of one name in one room are told apart by what they are, and each can be chosen."""
    h, witness = twins
    for i, (answer, want) in enumerate(answers):
        talk = 1000 + i
        _, question = chat(h, said, conversation=talk)
        assert question["outcome"] == "asked" and asked in question["reply"], question
        assert not witness.reached()
        _, done = chat(h, answer, conversation=talk)
        assert witness.reached() == want, f"{said}, {answer}: {done['reply']}"


def test_only_what_cannot_be_told_apart_is_a_complaint(twins):
    fault = twins[0].faults()["devices"]
    assert "line 9: name: 'Spot'" in fault and "give one another name, an alias or an area" in fault
    assert "Scullery" not in fault and "West" not in fault and "faults;" not in fault


ONE_LAMP = """devices:
  - {name: Lamp, area: Living room, kind: light, id: lamp, command_topic: d/lamp}
  - {name: Ceiling, area: Bedroom, kind: light, id: ceiling, command_topic: d/ceiling}
  - {name: Bedside, area: Bedroom, kind: light, id: bedside, command_topic: d/bedside}
  - {name: Ventilateur, area: Bedroom, kind: switch, id: fan, command_topic: d/fan, state_topic: s/fan}
areas:
  - {name: Bedroom, aliases: [chambre, Schlafzimmer, dormitorio, slaapkamer, camera da letto]}
"""


IN_BEDROOM = ["turn on the lamp in the bedroom", "turn off the lamp in the bedroom", "dim the lamp in the bedroom",
              "allume la lampe de la chambre", "schalte die Lampe im Schlafzimmer ein",
              "enciende la lámpara del dormitorio", "doe de lamp in de slaapkamer aan",
              "accendi la lampada in camera da letto"]


@pytest.fixture(name="lamps", scope="module")
def make_lamps(tmp_path_factory):
    with watched(tmp_path_factory, ONE_LAMP) as both:
        yield both


def test_one_lamp_of_a_room_is_not_all_of_it(lamps):
    """Which one is meant nobody knows: neither both, nor the lamp of that name elsewhere."""
    h, witness = lamps
    reached = {}
    for words in IN_BEDROOM:
        assert chat(h, words)[0] == 200
        reached[words] = witness.reached()
    assert not any(reached.values()), reached


def test_lamps_of_a_room_are_all_of_it(lamps):
    h, witness = lamps
    status, answer = chat(h, "turn on the lamps in the bedroom")
    assert status == 200 and witness.reached() == {"ceiling", "bedside"}, answer


def test_an_answer_never_tells_the_state_before(lamps):
    """Its ways of saying it take turns; none of them may say what the device told last."""
    h, witness = lamps
    for words, before, wrong in (("allume le ventilateur", "OFF", "éteint"), ("éteins le ventilateur", "ON", "allumé")):
        for _ in range(4):
            h.broker.publish("s/fan", before)
            status, answer = chat(h, words)
            assert status == 200 and witness.reached() == {"fan"} and wrong not in answer["reply"], answer
