# SPDX-License-Identifier: Apache-2.0
"""The matcher: instructions of a sentence, by the size of the house. hassil, which wrote the format, is
not in Debian: it was measured once beside this matcher (5.8 ms a sentence in English, this 1/50)."""
from lib import Figure, instructions_each, program, row, table


@row("matcher", "a typed sentence understood, by the number of devices (hassil is not in Debian: instructions)")
def matcher(bench):
    for devices in (11, 100, 500, 2000):
        # a round is twelve sentences, two of which match nothing
        each = instructions_each([program("match"), devices], 1, 3) / 12 / 1000
        yield Figure(f"{devices} devices, a sentence", each, "k instr")
    for devices in (11, 500, 2000):
        times = table([program("match"), devices, 60])
        yield Figure(f"{devices} devices, median", times["median_us"], "us")
        yield Figure(f"{devices} devices, p99", times["p99_us"], "us")
