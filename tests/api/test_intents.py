# SPDX-License-Identifier: Apache-2.0
"""jarvis-lab intents: sentence tests as Home Assistant's collection writes them, both layouts."""
import json
import os
import pathlib
import subprocess

import pytest

from conftest import BIN

COMMON = """
language: en
lists:
  level: { range: { from: 0, to: 100 } }
  degrees: { range: { type: temperature, from: 5, to: 35, fractions: halves } }
  what: { wildcard: true }
  colour: { values: [red, { in: "(violet|purple)", out: purple }] }
expansion_rules:
  the: "(the|my)"
  set: "(set|make) [<the>]"
skip_words: [please]
"""
LIGHTS = """
language: en
intents:
  HassTurnOn:
    data:
      - sentences: ["turn on [<the>] {name}", "{name} on"]
        requires_context: { domain: light }
      - sentences: ["turn on [<the>] {name}"]
        excludes_context: { domain: light }
        response: other
      - sentences: ["lights on"]
        requires_context: { area: { slot: true } }
        slots: { domain: light }
        response: area
  HassLightSet:
    data:
      - sentences: ["<set> {name} [to] {level}[ ]%", "{name} {colour:color}"]
  HassClimateSetTemperature:
    data:
      - sentences: ["<set> heating to {degrees:temperature}"]
        required_keywords: [heating]
  HassGetState:
    data:
      - sentences: ["are any lights (on;now)"]
        slots: { domain: light, state: "on" }
        response: any
      - sentences: ["how is {name}"]
        response: one
      - sentences: ["play {what}"]
        expansion_rules: { the: "a" }
  HassRespond:
    data:
      - sentences: ["who are you"]
        slots: { response: "A test." }
"""
RESPONSES = """
language: en
responses:
  intents:
    HassTurnOn:
      default: "Turned on {{ slots.name }}"
      other: "Started {{ state.name | lower }}, a {{ state.domain }}"
      area: "{{ query.total_results }} in {{ slots.area }}"
    HassLightSet:
      default: |
        {% if slots.color is defined %}Now {{ slots.color }}
        {% else %}Now {{ slots.level }} percent{% endif %}
    HassClimateSetTemperature: { default: "{{ slots.temperature }}!" }
    HassGetState:
      any: "{{ 'Yes' if query.matched else 'No' }}, {{ query.matched | map(attribute='name') | join(' and ') }}"
      one: "{{ state.state_with_unit }} {{ state_attr(state.entity_id, 'wind') or '' }}"
      default: "Playing {{ slots.what }} at {{ slots.time.hour }}:{{ slots.date.weekday() }}"
"""
FIXTURES = """
language: en
floors: [{ name: Upstairs, id: up }]
areas: [{ name: Kitchen, id: k, floor: up }, { name: Hall, id: h }]
entities:
  - { name: "[big] Lamp", id: light.lamp, area: k, state: "on" }
  - { name: Spot, id: light.spot, area: h, state: "off" }
  - { name: Fan, id: fan.fan, area: k }
  - { name: Garden, id: sensor.garden, state: "21", attributes: { unit_of_measurement: "C", wind: 3 } }
  - { name: Door, id: binary_sensor.door, state: { in: open, out: "on" } }
"""
TESTS = """
language: en
tests:
  - sentences: ["turn on the lamp", "please turn on my big lamp", "lamp on"]
    intent: { name: HassTurnOn, slots: { name: [lamp, big lamp] } }
    response: [Turned on lamp, Turned on big lamp]
  - sentences: ["Turn on the fan!"]
    intent: { name: HassTurnOn, slots: { name: Fan } }
    response: "Started fan, a fan"
  - sentences: ["lights on"]
    intent: { name: HassTurnOn, slots: { area: Kitchen, domain: light }, context: { area: Kitchen } }
    response: "1 in Kitchen"
  - sentences: ["set spot to fifty %", "make my spot 50%"]
    intent: { name: HassLightSet, slots: { name: Spot, level: 50 } }
    response: [Now fifty percent, Now 50 percent]
  - sentences: ["spot violet"]
    intent: { name: HassLightSet, slots: { name: Spot, color: purple } }
    response: "Now violet"
  - sentences: ["set heating to twenty and a half", "make heating to 20.5"]
    intent: { name: HassClimateSetTemperature, slots: { temperature: 20.5 } }
    response: ["twenty and a half!", "20.5!"]
  - sentences: ["are any lights on now", "are any lights now on"]
    intent: { name: HassGetState, slots: { domain: light, state: "on" } }
    response: "Yes, big lamp"
  - sentences: ["how is garden"]
    intent: { name: HassGetState, slots: { name: Garden } }
    response: "21 C 3"
  - sentences: ["how is door"]
    intent: { name: HassGetState, slots: { name: Door } }
    response: "open"
  - sentences: ["play some music"]
    intent: { name: HassGetState, slots: { what: some music } }
    response: |
      Playing some  music at 1:1
  - sentences: ["who are you?"]
    intent: { name: HassRespond, slots: { response: "A test." } }
    response: "A test."
"""
# the newer layout
INTENTS = """
HassTurnOff:
  slot_combinations:
    domain_only: { context_area: true, slots: [domain] }
    name_only: { slots: [name] }
"""
RULES = 'language: en\nexpansion_rules: { the: "(the|that)", light: "(light|lights)" }\n'
LISTS = "lists: { level: { range: { from: 0, to: 9 } } }\n"
DOMAIN_ONLY = """
language: en
data:
  - sentences: ["<light> off [in <the> room]"]
    inferred_domain: light
    response: all_here
"""
NAME_ONLY = """
language: en
data:
  - sentences: ["<the> {name} off [at {level}]"]
    name_domains: [light, switch]
"""
OFF_RESPONSES = """
language: en
responses: { intents: { HassTurnOff: { default: "{{ slots.name }} is off", all_here: "All off" } } }
"""
DOMAIN_TESTS = """
language: en
tests:
  - sentences: ["lights off", "light off in that room"]
    slots: { domain: light }
    response: All off
"""
NAME_TESTS = """
language: en
entities: [{ name: Desk, domain: light }, { name: Blind, domain: cover }]
tests:
  - sentences: ["that desk off"]
    slots: { name: Desk }
    response: desk is off
  - sentences: ["the desk off at 7"]
    slots: { name: Desk, level: 7 }
"""


def write(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def collection(tmp_path):
    write(tmp_path, {
        "sentences/en/_common.yaml": COMMON,
        "sentences/en/lights.yaml": LIGHTS,
        "sentences/en/HassTurnOff/domain_only.yaml": DOMAIN_ONLY,
        "sentences/en/HassTurnOff/name_only.yaml": NAME_ONLY,
        "rules/en/common.yaml": RULES,
        "lists/all.yaml": LISTS,
        "intents.yaml": INTENTS,
        "responses/en/all.yaml": RESPONSES,
        "responses/en/off.yaml": OFF_RESPONSES,
        "tests/en/_fixtures.yaml": FIXTURES,
        "tests/en/lights.yaml": TESTS,
        "tests/en/HassTurnOff/domain_only.yaml": DOMAIN_TESTS,
        "tests/en/HassTurnOff/name_only.yaml": NAME_TESTS,
    })
    return tmp_path


def lab(root, *more, lang="en", tests=None):
    p = subprocess.run([str(BIN / "jarvis-lab"), "intents", "--data", str(root), "--lang", lang, "--tests",
                        str(tests or root / "tests" / lang), *more], capture_output=True, text=True, timeout=60)
    return p.returncode, [json.loads(line) for line in p.stdout.splitlines()], p.stderr


def bad(lines):
    return [(x["text"], x["verdict"], x.get("response")) for x in lines if x.get("verdict", "right") != "right"]


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_both_layouts(collection):
    code, lines, err = lab(collection)
    assert bad(lines) == [] and err == ""
    sums = lines[-1]
    assert code == 0 and sums["sentences"] == sums["right"] == sums["as_required"] == len(lines) - 1
    assert sums["responses"] == sums["responses_right"] == sums["sentences"] - 1
    assert sums["templates"] == 13 and sums["complaints"] == 0
    assert 0 < sums["median_usec"] <= sums["p99_usec"] <= sums["max_usec"]
    assert all(x["usec"] > 0 and x["line"] > 0 and x["file"] for x in lines[:-1])


def test_the_layouts_keep_their_rules_apart(collection):
    """<the> of the one is "the|my", of the other "the|that"; {level} ends at 100 and at 9."""
    tests = collection / "tests/en"
    edit(tests / "HassTurnOff/name_only.yaml", '["that desk off"]', '["my desk off", "the desk off at 70"]')
    edit(tests / "lights.yaml", '"Turn on the fan!"', '"turn on that fan"')
    code, lines, _ = lab(collection, "--bad")
    assert code == 1
    assert [(t, v) for t, v, _ in bad(lines)] == [
        ("my desk off", "none"), ("the desk off at 70", "none"), ("turn on that fan", "none")]


@pytest.mark.parametrize("old, new, text, verdict", [
    ("name: HassTurnOn, slots: { name: Fan }", "name: HassTurnOff, slots: { name: Fan }", "Turn on the fan!", "wrong"),
    ("slots: { name: Fan }", "slots: { name: Spot }", "Turn on the fan!", "wrong"),
    ("slots: { name: Fan }", "slots: { name: Fan, area: Hall }", "Turn on the fan!", "wrong"),
    ("slots: { name: Fan }", "slots: {}", "Turn on the fan!", "wrong"),
    ("slots: { name: Garden }", "slots: { name: Garden }, x: 1", None, None),
    (", context: { area: Kitchen }", "", "lights on", "none"),
    ("Started fan, a fan", "Started fan", "Turn on the fan!", "right, another response"),
    ("[Turned on lamp, Turned on big lamp]", "[A, B]", "lamp on", "right, another response"),
    ("who are you?", "who is she?", "who is she?", "none"),
])
def test_verdicts(collection, old, new, text, verdict):
    edit(collection / "tests/en/lights.yaml", old, new)
    code, lines, _ = lab(collection, "--bad")
    assert code == (1 if text else 0)
    assert {(t, v) for t, v, _ in bad(lines) if t == text} == ({(text, verdict)} if text else set())


def test_required_failures(collection):
    """A sentence that must fail is as required when it does, and is told when it does not."""
    failures = collection / "tests/en/_test_failures.yaml"
    edit(collection / "tests/en/lights.yaml", "Started fan, a fan", "Started something")
    write(collection, {"tests/en/_test_failures.yaml": "language: en\ntests:\n  - Turn on the fan!\n"})
    code, lines, _ = lab(collection)
    assert code == 0 and lines[-1]["must_fail"] == 1
    assert bad(lines) == [("Turn on the fan!", "wrong, as it must be", "Started fan, a fan")]
    failures.write_text("tests: [{ sentences: [Turn on the fan!, lamp on] }]\n")
    code, lines, _ = lab(collection)
    assert code == 1 and lines[-1]["must_fail"] == 2
    assert ("lamp on", "right, though it must not be", "Turned on lamp") in bad(lines)


def test_faults_are_told_with_their_place(collection):
    edit(collection / "responses/en/all.yaml", '"{{ slots.temperature }}!"', '"{{ slots.temperature }!"')
    edit(collection / "sentences/en/lights.yaml", '"who are you"', '"who are you", "who (are", "<nix> you"')
    code, lines, err = lab(collection, "--bad")
    assert code == 1 and lines[-1]["complaints"] == 3
    assert "responses/en/all.yaml line 13" in err and "box answers in its own words" in err
    assert "en/lights.yaml line 33: column" in err and "'(' is not closed by ')'" in err
    assert "there is no expansion rule <nix>" in err


def test_a_template_that_loops_ends(collection):
    loops = "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}"
    edit(collection / "responses/en/all.yaml", '"Turned on {{ slots.name }}"', f'"{loops}"')
    code, lines, err = lab(collection, "--bad")
    assert code == 1 and "too many rounds" in err and err.count("all.yaml line 6") == 1
    assert {x[0] for x in bad(lines)} == {"turn on the lamp", "please turn on my big lamp", "lamp on"}


@pytest.mark.parametrize("what, words", [
    ("no sentences", "no sentences for the language"),
    ("no tests", "no such file"),
    ("no fixtures", "_fixtures.yaml"),
    ("broken tests", "lights.yaml line"),
    ("broken name", "the name 'spot (' of the fixtures: column"),
    ("empty", "no test was found"),
])
def test_what_cannot_be_measured(collection, what, words):
    tests = collection / "tests/en"
    if what == "no sentences":
        edit(collection / "sentences/en/_common.yaml", "language: en", "language: en")
        (collection / "sentences").rename(collection / "words")
    elif what == "no tests":
        tests.rename(collection / "away")
    elif what == "no fixtures":
        (tests / "_fixtures.yaml").unlink()
    elif what == "broken tests":
        (tests / "lights.yaml").write_text("tests: [\n")
    elif what == "broken name":
        edit(tests / "_fixtures.yaml", "name: Spot", "name: 'Spot ('")
    else:
        for path in tests.glob("**/*.yaml"):
            if path.name[0] != "_":
                path.unlink()
    code, lines, err = lab(collection)
    assert code == 2 and words in err.lower()


def test_usage(tmp_path):
    for args in ([], ["--data", "x"], ["--nix"], ["--data", "x", "--lang", "en", "--tests", "y", "more"]):
        p = subprocess.run([str(BIN / "jarvis-lab"), "intents", *args], capture_output=True, text=True, timeout=20)
        assert p.returncode == 2 and "use: intents --data" in p.stderr


@pytest.mark.parametrize("lang", ["en", "fr", "es"])
def test_the_community_own_tests(lang):
    data = os.environ.get("JARVIS_DATA")
    if not data:
        pytest.skip("JARVIS_DATA is not set: no community sentences")
    root = pathlib.Path(data) / "intents"
    code, lines, _ = lab(root, "--bad", lang=lang)
    assert bad(lines) == [] and code == 0
    sums = lines[-1]
    assert sums["right"] == sums["sentences"] > 700
    assert sums["responses_right"] == sums["responses"] > 700
