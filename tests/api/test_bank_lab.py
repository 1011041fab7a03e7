# SPDX-License-Identifier: Apache-2.0
"""jarvis-lab bank: what answers fall apart into, without a voice."""
import json
import subprocess

import pytest

from conftest import BIN


def bank_of(tmp_path, names, answers, language="en"):
    devices, said = tmp_path / "devices.yaml", tmp_path / "answers.txt"
    devices.write_text("devices:\n" + "".join(
        f"  - {{ id: d{i}, name: {name}, area: Hall, kind: light, via: virtual }}\n" for i, name in enumerate(names)))
    said.write_text("\n".join(answers) + "\n")
    p = subprocess.run([str(BIN / "jarvis-lab"), "bank", "--devices", str(devices), "--language", language,
                        "--answers", str(said)], capture_output=True, text=True, timeout=60)
    assert p.returncode == 0, p.stderr
    *lines, sums = p.stdout.splitlines()
    return [line.split("\t") for line in lines], json.loads(sums)


def test_what_the_voice_bank_could_say(tmp_path):
    lines, sums = bank_of(tmp_path, ["Lamp", "Reading lamp"], [
        "Turned on the lamp.", "Turned on the lamp and the reading lamp.", "Set the lamp to 40 percent.",
        "Turned off 2 lights in the hall.", "The capital of France is Paris."])
    assert lines[0] == ["1", "Turned on the lamp."]
    assert lines[1] == ["3", "Turned on | the lamp | and the reading lamp."]
    assert lines[2] == ["2", "Set the lamp | to 40 percent."]
    assert lines[3] == ["3", "Turned off | 2 lights | in the hall."]
    assert lines[4] == ["0", "The capital of France is Paris."]
    assert sums["answers"] == 5 and sums["said"] == 4 and sums["one_piece"] == 1
    assert sums["needed"] > 1000 and sums["extra"] == 0  # a small house has its frames whole


def test_the_voice_bank_of_a_large_house_grows_by_names_not_by_products(tmp_path):
    few = bank_of(tmp_path, [f"Lamp {i}" for i in range(20)], [])[1]
    many = bank_of(tmp_path, [f"Lamp {i}" for i in range(200)], [])[1]
    assert many["extra"] > few["extra"] == 0
    assert many["needed"] - few["needed"] < 180 * 15


@pytest.mark.parametrize("args, code, words", [
    (["bank"], 2, "use: bank --devices FILE"),
    (["bank", "--devices"], 2, "use: bank"),
    (["bank", "--devices", "/nowhere"], 1, "/nowhere"),
    (["bank", "--devices", "/dev/null", "--language", "xx"], 1, "xx.yaml"),
])
def test_the_bank_laboratory_says_what_it_lacks(args, code, words):
    p = subprocess.run([str(BIN / "jarvis-lab"), *args], capture_output=True, text=True, timeout=60)
    assert p.returncode == code and words in p.stderr
