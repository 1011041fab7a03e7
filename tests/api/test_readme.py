# SPDX-License-Identifier: Apache-2.0
"""What README.md promises, taken from its own text: the sentences of its table and its commands are tried in the
house of `make run`, so that a claim which is no longer true fails here."""
import re
import shlex

import pytest

from conftest import TOP, chat, house_in, wait_for

# what the table asks about and the house of `make run` lacks
DOORS = """
  - {name: Front door, area: Hall, kind: lock, command_topic: d/front, state_topic: s/front}
  - {name: Back door, area: Hall, kind: binary_sensor, class: door, state_topic: s/back}
"""
README = (TOP / "README.md").read_text()


def row(name):
    """The quoted sentences of a row of the table of what is understood."""
    line = next(line for line in README.splitlines() if line.startswith(f"| {name} |"))
    return re.findall(r'"([^"]+)"', line)


def commands():
    """The jarvisctl lines of "Using it"."""
    part = README.split("## Using it")[1].split("```")[1]
    return [line.split("#")[0].strip() for line in part.splitlines() if line.startswith("jarvisctl ")]


@pytest.fixture(name="demo", scope="module")
def make_demo(tmp_path_factory):
    with house_in(tmp_path_factory.mktemp("readme"), more=DOORS, JARVIS_AUDIO_BACKEND="null") as h:
        # a house that tells how it is, so that what is asked and changed by steps has an answer
        for topic, payload in (("home/light/kitchen", '{"power":"on","brightness":128}'), ("house/blinds", '{"state":"CLOSE"}'),
                               ("home/light/living-room", '{"power":"on","brightness":128}'), ("s/back", "off"),
                               ("s/front", "UNLOCKED")):
            h.broker.publish(topic, payload, retain=True)
        wait_for(lambda: "unlocked" in h.ctl("devices").stdout)
        yield h


def ask(h, words):
    return chat(h, words, conversation=1)[1]


def test_the_table_is_there():
    assert len(row("works")) >= 15
    assert len(row("not yet")) >= 2
    assert len(commands()) >= 6


def test_works(demo):
    """In their order: "turn it off" means what stood before it."""
    bad = []
    for words in row("works"):
        answer = ask(demo, words)
        if answer["outcome"] not in ("done", "asked") and words != "never mind":
            bad.append(f"{words}: {answer['outcome']}, {answer['reply']}")
    assert not bad, "\n".join(bad)


def test_not_yet_does_nothing(demo):
    """Also in a sentence: what is not understood yet is said, and moves nothing."""
    before = demo.status()["home"]["published"]
    for words in row("not yet"):
        for sentence in (words, f"turn on the kitchen light {words}"):
            answer = ask(demo, sentence)
            assert answer["reply"], sentence
            assert not answer.get("sent"), f"{sentence}: {answer}"
    assert demo.status()["home"]["published"] == before


@pytest.mark.parametrize("line", commands())
def test_command(demo, line):
    """Each line ends well; `listen` has nobody to hear in this house and says so in time."""
    args = shlex.split(line)[1:]
    p = demo.ctl(*args, check=False)
    if args[0] == "listen":
        assert p.returncode in (3, 4), p.stdout + p.stderr
    else:
        assert p.returncode == 0, p.stdout + p.stderr
    assert (p.stdout + p.stderr).strip() or args[0] == "say"


def test_files_that_are_linked():
    """Every relative link of the README and of the pages in docs/ leads somewhere."""
    missing = []
    for page in [TOP / "README.md", *sorted((TOP / "docs").rglob("*.md"))]:
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
            if "://" not in link and not (page.parent / link).exists():
                missing.append(f"{page.relative_to(TOP)}: {link}")
    assert not missing, "\n".join(missing)


def test_make_targets_that_are_named():
    """`make x` in README and docs is a target."""
    rules = (TOP / "Makefile").read_text() + (TOP / "tools/targets.mk").read_text()
    known = {t for line in re.findall(r"^([a-z][a-z -]*):", rules, re.M) for t in line.split()}
    named = set()
    for page in [TOP / "README.md", *sorted((TOP / "docs").glob("*.md"))]:
        named |= set(re.findall(r"`(?:sudo )?make ([a-z][a-z-]*)", page.read_text()))
    assert named - known == set()
