# SPDX-License-Identifier: Apache-2.0
"""Two rooms never become one: whatever devices.yaml says of further names, what is said of a room acts in that room alone."""
import pytest

from conftest import house_in

DEVICES = """
areas:
  - { name: Kitchen, aliases: [Bedroom, scullery, cellar] }
  - { name: Cellar, aliases: [vault] }
devices:
  - { id: stove, name: Stove light, area: Kitchen, kind: light, via: virtual }
  - { id: bed, name: Bed lamp, area: Bedroom, kind: light, via: virtual }
  - { id: rack, name: Rack light, area: Cellar, kind: light, via: virtual }
"""


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    with house_in(tmp_path_factory.mktemp("rooms"), DEVICES) as h:
        yield h


def test_a_mistake_is_told_with_both_names(rooms):
    assert "'Bedroom' is left out of 'Kitchen': the device of line 7 stands in 'Bedroom', others in 'Kitchen'" in rooms.log_text
    assert "'cellar' is the name of the room of line 4; it is left out" in rooms.log_text


def test_each_device_stays_in_its_room(rooms):
    assert {d["id"]: d["area"] for d in rooms.ctl_json("devices")["devices"]} == {
        "stove": "Kitchen", "bed": "Bedroom", "rack": "Cellar"}
    assert {a["name"]: a.get("aliases") for a in rooms.ctl_json("areas")["areas"]} == {
        "Kitchen": ["scullery"], "Bedroom": None, "Cellar": ["vault"]}


SAID = {
    "stove": ["turn off the kitchen lights", "turn on the lights in the scullery"],
    "bed": ["turn off the bedroom lights", "turn on the lights in the bedroom"],
    "rack": ["turn off the lights in the cellar", "turn on the lights in the vault"],
}


@pytest.mark.parametrize("device", SAID)
def test_what_is_said_of_one_room_acts_there_alone(rooms, device):
    for text in SAID[device]:
        a = rooms.ctl_json("ask", text)
        assert a["outcome"] == "done", (text, a)
        assert len(a["sent"]) == 1 and device in a["sent"][0], (text, a)
