# SPDX-License-Identifier: Apache-2.0
"""hassil_peer.py SENTENCES.yaml: the same sentences, house and questions as match_bench, asked of hassil.

Standard input: what `match_bench DEVICES 0` prints. Prints `understood`, `median_us`, `load_us` as a bench
program does. Run by a Python that has hassil (tools/deps peers)."""
import json
import statistics
import sys
import time

import yaml
from hassil import Intents, recognize_best
from hassil.intents import TextSlotList

ROUNDS = 2


def slot_lists(devices):
    """The names and rooms of the house, with the context that the sentences ask for."""
    names, areas = [], {}
    for d in devices:
        context = {"domain": d["kind"], **({"device_class": d["class"]} if "class" in d else {})}
        if d.get("area"):
            areas[d["area"]] = None
        names += [(name, d["name"], context) for name in [d["name"], *d.get("aliases", [])]]
    return {"name": TextSlotList.from_tuples(names, allow_template=False),
            "area": TextSlotList.from_tuples([(a, a) for a in areas], allow_template=False)}


def main(path):
    asked = json.load(sys.stdin)
    with open(path, encoding="utf-8") as f:
        intents = Intents.from_dict(yaml.safe_load(f))
    lists = slot_lists(asked["devices"])

    def understand(text):
        return recognize_best(text, intents, slot_lists=lists, intent_context={"area": "Kitchen"},
                              language="en", best_slot_name="name")
    began = time.perf_counter()
    understood = sum(understand(s) is not None for s in asked["sentences"])  # templates are parsed when first used
    print(f"first_us\t{(time.perf_counter() - began) * 1e6:.1f}\nunderstood\t{understood}")
    times = []
    for _ in range(ROUNDS):
        for s in asked["sentences"]:
            began = time.perf_counter()
            understand(s)
            times.append((time.perf_counter() - began) * 1e6)
    print(f"median_us\t{statistics.median(times):.1f}\nmean_us\t{statistics.mean(times):.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
