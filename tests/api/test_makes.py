# SPDX-License-Identifier: Apache-2.0
"""Every make with every kind against a real broker: what its devices tell is understood, what they
are told is what they listen to. Topics and payloads are those of the makes' own documents."""
import pytest

from conftest import wait_for

HOUSE = """devices:
  - {id: z_light, name: Z lamp, kind: light, via: zigbee2mqtt, topic: zl, color: true, color_temp: true}
  - {id: z_switch, name: Z plug, kind: switch, via: zigbee2mqtt, topic: zs}
  - {id: z_cover, name: Z blind, kind: cover, class: blind, via: zigbee2mqtt, topic: zc}
  - {id: z_climate, name: Z heating, kind: climate, via: zigbee2mqtt, topic: zh}
  - {id: z_lock, name: Z bolt, kind: lock, via: zigbee2mqtt, topic: zk}
  - {id: z_door, name: Z contact, kind: binary_sensor, class: door, via: zigbee2mqtt, topic: zd}
  - {id: z_leak, name: Z leak, kind: binary_sensor, class: moisture, via: zigbee2mqtt, topic: zw}
  - {id: z_smoke, name: Z smoke, kind: binary_sensor, class: smoke, via: zigbee2mqtt, topic: zm}
  - {id: z_move, name: Z motion, kind: binary_sensor, class: motion, via: zigbee2mqtt, topic: zo}
  - {id: z_temp, name: Z thermometer, kind: sensor, unit: "°C", via: zigbee2mqtt, topic: zt}
  - {id: t_light, name: T lamp, kind: light, via: tasmota, topic: tl, color_temp: true}
  - {id: t_switch, name: T plug, kind: switch, via: tasmota, topic: ts}
  - {id: t_cover, name: T shutter, kind: cover, class: shutter, via: tasmota, topic: tc}
  - {id: s_light, name: S lamp, kind: light, via: shelly, topic: sl}
  - {id: s_switch, name: S plug, kind: switch, via: shelly, topic: ss}
  - {id: s_cover, name: S roller, kind: cover, class: shutter, via: shelly, topic: sc}
  - {id: s_temp, name: S thermometer, kind: sensor, unit: "°C", via: shelly, topic: st}
  - {id: e_light, name: E lamp, kind: light, via: esphome, topic: en/lamp, color: true}
  - {id: e_switch, name: E plug, kind: switch, via: esphome, topic: en/plug}
  - {id: e_cover, name: E shade, kind: cover, class: shade, via: esphome, topic: en/shade}
  - {id: h_light, name: H lamp, kind: light, via: home, topic: hl}
  - {id: h_lock, name: H bolt, kind: lock, via: home, topic: hk}
"""

# device, topic, payload, what its state has then
TOLD = [
    ("z_light", "zigbee2mqtt/zl", '{"state":"ON","brightness":254}', {"state": "on", "brightness": 100}),
    ("z_light", "zigbee2mqtt/zl", '{"state":"ON","brightness":127,"color_temp":370}', {"brightness": 50, "color_temp": 2703}),
    ("z_light", "zigbee2mqtt/zl", '{"state":"OFF","brightness":null}', {"state": "off"}),
    ("z_light", "zigbee2mqtt/zl", '{"brightness":"much","state":"ON"}', {"state": "on"}),
    ("z_switch", "zigbee2mqtt/zs", '{"state":"ON","power":3.2,"linkquality":80}', {"state": "on"}),
    ("z_cover", "zigbee2mqtt/zc", '{"position":40}', {"state": "open", "position": 40}),
    ("z_cover", "zigbee2mqtt/zc", '{"position":0,"state":"CLOSE"}', {"state": "closed", "position": 0}),
    ("z_climate", "zigbee2mqtt/zh", '{"system_mode":"heat","occupied_heating_setpoint":21.5,"local_temperature":19.8}',
     {"target": 21.5, "temperature": 19.8}),
    ("z_lock", "zigbee2mqtt/zk", '{"state":"LOCK"}', {"state": "locked"}),
    ("z_lock", "zigbee2mqtt/zk", '{"state":"UNLOCK"}', {"state": "unlocked"}),
    ("z_door", "zigbee2mqtt/zd", '{"contact":false}', {"state": "open"}),
    ("z_door", "zigbee2mqtt/zd", '{"contact":true,"battery":90}', {"state": "closed"}),
    ("z_leak", "zigbee2mqtt/zw", '{"water_leak":true}', {"state": "wet"}),
    ("z_smoke", "zigbee2mqtt/zm", '{"smoke":false}', {"state": "clear"}),
    ("z_move", "zigbee2mqtt/zo", '{"occupancy":true}', {"state": "detected"}),
    ("z_temp", "zigbee2mqtt/zt", '{"temperature":21.37,"humidity":44}', {"state": 21.37}),
    ("z_switch", "zigbee2mqtt/zs/availability", '{"state":"offline"}', {"available": False}),
    ("t_light", "stat/tl/POWER", "ON", {"state": "on"}),
    ("t_light", "stat/tl/RESULT", '{"POWER":"ON","Dimmer":30}', {"brightness": 30}),
    ("t_light", "tele/tl/STATE", '{"POWER":"OFF","Dimmer":30}', {"state": "off"}),
    ("t_switch", "stat/ts/POWER", "OFF", {"state": "off"}),
    ("t_cover", "stat/tc/RESULT", '{"Shutter1":{"Position":75,"Direction":0,"Target":75}}', {"state": "open", "position": 75}),
    ("t_switch", "tele/ts/LWT", "Offline", {"available": False}),
    ("s_light", "sl/status/light:0", '{"id":0,"output":true,"brightness":64}', {"state": "on", "brightness": 64}),
    ("s_switch", "ss/status/switch:0", '{"id":0,"output":true,"apower":0.0}', {"state": "on"}),
    ("s_cover", "sc/status/cover:0", '{"id":0,"state":"stopped","current_pos":55}', {"position": 55}),
    ("s_temp", "st/status/temperature:0", '{"id":0,"tC":18.4,"tF":65.1}', {"state": 18.4}),
    ("s_switch", "ss/online", "false", {"available": False}),
    ("e_light", "en/light/lamp/state", '{"state":"ON","brightness":255}', {"state": "on", "brightness": 100}),
    ("e_switch", "en/switch/plug/state", "ON", {"state": "on"}),
    ("e_cover", "en/cover/shade/position/state", "25", {"position": 25}),
    ("h_light", "home/light/hl", '{"power":"on","brightness":128}', {"state": "on"}),
    ("h_lock", "home/lock/hk", '{"state":"locked"}', {"state": "locked"}),
]

# device, command, value, what the broker's witness sees
TELL = [
    ("z_light", "brightness", 50, 'zigbee2mqtt/zl/set {"brightness":127}'),
    ("z_light", "color", "#ff0000", 'zigbee2mqtt/zl/set {"color":{"r":255,"g":0,"b":0}}'),
    ("z_light", "color_temp", 4000, 'zigbee2mqtt/zl/set {"color_temp":250}'),
    ("z_light", "toggle", None, 'zigbee2mqtt/zl/set {"state":"'),
    ("z_cover", "stop", None, 'zigbee2mqtt/zc/set {"state":"STOP"}'),
    ("z_cover", "position", 30, 'zigbee2mqtt/zc/set {"position":30}'),
    ("z_climate", "temperature", 21.5, '_heating_setpoint":21.5}'),
    ("z_lock", "lock", None, 'zigbee2mqtt/zk/set {"state":"LOCK"}'),
    ("t_light", "on", None, "cmnd/tl/POWER ON"),
    ("t_light", "brightness", 20, "cmnd/tl/Dimmer 20"),
    ("t_cover", "close", None, "cmnd/tc/Backlog ShutterClose"),
    ("t_cover", "position", 60, "cmnd/tc/Backlog ShutterPosition 60"),
    ("s_light", "on", None, 'sl/rpc {"id":1,"src":"jarvis","method":"Light.Set","params":{"id":0,"on":true}}'),
    ("s_light", "brightness", 33, '"params":{"id":0,"on":true,"brightness":33}}'),
    ("s_cover", "position", 10, "sc/command/cover:0 pos,10"),
    ("e_light", "brightness", 100, 'en/light/lamp/command {"state":"ON","brightness":255}'),
    ("e_switch", "off", None, "en/switch/plug/command OFF"),
    ("e_cover", "open", None, "en/cover/shade/command OPEN"),
    ("h_light", "off", None, 'home/light/hl {"power":"off"}'),
    ("h_lock", "unlock", None, 'home/lock/hk {"state":"unlocked"}'),
]


@pytest.fixture(scope="module")
def makes(tmp_path_factory):
    from conftest import Broker, House
    h = House(tmp_path_factory.mktemp("makes"))
    (h.root / "etc/jarvis/devices.yaml").write_text(HOUSE)
    h.broker = Broker(h.root)
    h.broker.watch()
    try:
        h.start()
        wait_for(lambda: h.status()["home"]["connected"])
        yield h
    finally:
        try:
            h.stop()
        finally:
            h.broker.stop()


def state_of(house, device):
    _, answer, _ = house.http("GET", "/api/devices")
    return next(d["state"] for d in answer["devices"] if d["id"] == device)


def test_all_are_loaded(makes):
    assert makes.status()["home"]["devices"] == HOUSE.count("- {id:")
    assert "devices" not in makes.faults()


@pytest.mark.parametrize("device,command,value,seen", TELL)
def test_told_in_its_own_way(makes, device, command, value, seen):
    body = {"command": command} if value is None else {"command": command, "value": value}
    status, answer, _ = makes.http("POST", f"/api/devices/{device}", body)
    assert status == 200, answer
    wait_for(lambda: makes.broker.saw(seen))


@pytest.mark.parametrize("device,topic,payload,has", TOLD)
def test_what_it_tells_is_understood(makes, device, topic, payload, has):
    makes.broker.publish(topic, payload)

    def understood():
        state = state_of(makes, device)
        return all(state.get(k) == v for k, v in has.items())
    try:
        wait_for(understood, 5)
    except AssertionError:
        raise AssertionError(f"{topic} {payload}: {state_of(makes, device)}") from None


@pytest.mark.parametrize("topic,payload", [
    ("zigbee2mqtt/zl", "not JSON"), ("zigbee2mqtt/zl", '{"state":{}}'), ("zigbee2mqtt/zl", "[" * 200),
    ("zigbee2mqtt/zl", '{"brightness":1e400}'), ("stat/tl/POWER", "MAYBE"), ("ss/status/switch:0", '{"output":"'),
    ("en/cover/shade/position/state", "sideways"),
])
def test_nonsense_changes_nothing(makes, topic, payload):
    before = makes.http("GET", "/api/devices")[1]
    makes.broker.publish(topic, payload)
    makes.broker.publish("home/light/hl", '{"power":"off"}')  # behind it
    wait_for(lambda: state_of(makes, "h_light").get("state") == "off")
    after = makes.http("GET", "/api/devices")[1]
    known = {d["id"]: {k: v for k, v in d["state"].items() if k in ("state", "position", "brightness")}
             for d in before["devices"] if d["id"] != "h_light"}
    for d in after["devices"]:
        for key, value in known.get(d["id"], {}).items():
            assert d["state"].get(key) == value, d["id"]
    makes.broker.publish("home/light/hl", '{"power":"on"}')
    wait_for(lambda: state_of(makes, "h_light").get("state") == "on")


def test_its_own_command_is_no_report(makes):
    """Where one topic is wish and state, what we said comes back: it tells nothing of the lamp."""
    makes.broker.publish("home/light/hl", '{"power":"on","brightness":128}')
    wait_for(lambda: state_of(makes, "h_light").get("state") == "on")
    for command, said in (("off", '{"power":"off"}'), ("off", '{"power":"off"}')):
        status, answer, _ = makes.http("POST", "/api/devices/h_light", {"command": command})
        assert status == 200, answer
        wait_for(lambda: makes.broker.saw("home/light/hl " + said))
        makes.broker.publish("stat/ts/POWER", "ON")  # behind whatever comes back
        wait_for(lambda: state_of(makes, "t_switch")["state"] == "on")
        assert state_of(makes, "h_light")["state"] == "on", "a wish was taken for the state"
        makes.broker.publish("stat/ts/POWER", "OFF")
        wait_for(lambda: state_of(makes, "t_switch")["state"] == "off")
    makes.broker.publish("home/light/hl", '{"power":"off"}')  # the lamp itself
    wait_for(lambda: state_of(makes, "h_light")["state"] == "off")
