# SPDX-License-Identifier: Apache-2.0
"""The matcher: instructions of a sentence by the size of the house, and its time beside hassil, which
made the format: the same sentence file, house and questions (tests/bench/hassil_peer.py)."""
import os
import pathlib
import subprocess

from lib import TOP, Figure, Skip, instructions_each, peer_of, program, row, run, table

SENTENCES = TOP / "rootfs-overlay/usr/share/jarvis/sentences/en.yaml"
PEERS = pathlib.Path(os.environ.get("JARVIS_PEERS") or
                     pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "jarvis-peers")


def hassil(devices):
    """What tests/bench/hassil_peer.py tells of a house of that size."""
    python = PEERS / "bin/python3"
    if subprocess.run([str(python), "-B", "-c", "import hassil"], capture_output=True, check=False).returncode \
            if python.exists() else True:
        raise Skip("hassil is not installed: tools/deps peers")
    return table([python, "-B", TOP / "tests/bench/hassil_peer.py", SENTENCES], input=run([program("match"), devices, 0]))


def tongue(what, sentences):
    """What tests/bench/tongue_bench.c measures, by the size of the house."""
    for devices in (13, 500, 2000):
        each = instructions_each([program("tongue"), what, devices], 1, 3) / sentences / 1000
        yield Figure(f"{devices} devices, a sentence", each, "k instr")
        times = table([program("tongue"), what, devices, 100])
        yield Figure(f"{devices} devices, median", times["median_us"], "us")
        yield Figure(f"{devices} devices, p99", times["p99_us"], "us",
                     target="<= 1000" if devices == 500 and what != "missed" else "")


@row("goals", "typed sentences, ten of twelve with \"and\" in them: what is one command and what several")
def goals(bench):
    yield from tongue("goal", 12)


@row("forgive", "typed sentences with a mistake in a word or half a name: the search for what is near")
def forgive(bench):
    yield from tongue("forgive", 8)


@row("missed", "a sentence with a name that nobody bears: what it lacks, and whether six languages let it be taught")
def missed(bench):
    yield from tongue("missed", 3)


@row("names", "a name more in a house with six languages: all of them made anew, with the speech grammar of one")
def names(bench):
    for devices in (13, 500, 2000):
        times = table([program("tongue"), "swap", devices, 10])
        yield Figure(f"{devices} devices, all six languages", times["median_us"] / 1000, "ms CPU",
                     target="<= 300" if devices == 500 else "")


@row("matcher", "a typed sentence understood, by the number of devices: instructions, and beside hassil")
def matcher(bench):
    for devices in (13, 100, 500, 2000):
        # a round is twelve sentences, two of which match nothing
        each = instructions_each([program("match"), devices], 1, 3) / 12 / 1000
        yield Figure(f"{devices} devices, a sentence", each, "k instr")
    for devices in (13, 500, 2000):
        times = table([program("match"), devices, 60])
        theirs = peer_of("hassil", hassil, devices) if devices <= 500 else ()
        if theirs:
            assert theirs[1]["understood"] == times["understood"], f"hassil understands others: {theirs[1]}, we {times}"
        yield Figure(f"{devices} devices, median", times["median_us"], "us",
                     peer=(theirs[0], theirs[1]["median_us"]) if theirs else ())
        yield Figure(f"{devices} devices, p99", times["p99_us"], "us")
