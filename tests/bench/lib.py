# SPDX-License-Identifier: Apache-2.0
"""What the rows of the benchmark share: the table of rows, figures, and ways to count.

    @row("http", "HTTP beside nginx")           a row: `make bench ROWS=http`
    def http(bench):
        yield Figure("page", 12.4, "us", peer=("nginx", 8.2), target="<= 16")

A figure is better when it is lower, unless it says `higher`. The kept figures (figures.json) are
only written with --write; every run tells how it stands beside them. The machine is noisy:
instruction counts and ratios to a peer of the same run count, times do not. Each row has a peer (or
a base of our own, as "nothing else" is for a flood) or counts instructions; a part that a row lacks
is told with its reason, and the other parts and rows go on."""
import dataclasses
import importlib
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import traceback

TOP = pathlib.Path(__file__).resolve().parents[2]
BIN = TOP / "build" / "bin"
KEPT = TOP / "tests" / "bench" / "figures.json"
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / "tests" / "api"))
from conftest import BIN as _BIN, Broker, House, free_port, say, wait_for  # noqa: E402,F401

ROWS = {}
MODULES = ("rows_sound", "rows_text", "rows_speech", "rows_bank", "rows_turns", "rows_early", "rows_store", "rows_web", "rows_home", "rows_box", "rows_floods")


class Skip(Exception):
    """A row that cannot be had here, with the reason and the remedy."""


class Failed(Exception):
    """Parts of a row failed; they were told."""


@dataclasses.dataclass
class Figure:
    name: str
    value: float
    unit: str
    target: str = ""      # "<= 100", ">= 30000"
    peer: tuple = ()      # (whose, value)
    note: str = ""
    higher: bool = False  # more is better

    def good(self):
        words = self.target.split()
        if not words:
            return True
        return self.value <= float(words[1]) if words[0] == "<=" else self.value >= float(words[1])


@dataclasses.dataclass
class Row:
    name: str
    words: str
    run: object
    long: bool


def row(name, words, long=False):
    def keep(run):
        ROWS[name] = Row(name, words, run, long)
        return run
    return keep


def load_rows():
    for module in MODULES:
        importlib.import_module(module)
    return ROWS


# ---- ways to count ---------------------------------------------------------------------------

def need(*programs):
    missing = [p for p in programs if not find(p)]
    if missing:
        raise Skip(f"{', '.join(missing)} is not installed: tools/deps run bench")


def why(e):
    """A failure in one line: what it was, where it was noticed, and the last words of a program."""
    at = traceback.extract_tb(e.__traceback__)[-1:]
    said = (getattr(e, "stderr", None) or "").strip().splitlines()[-1:]
    words = " ".join(str(e).split())
    return (f"{type(e).__name__}: {words[-400:]}" + (f" ({pathlib.Path(at[0].filename).name}:{at[0].lineno})" if at else "")
            + (f"; it said: {said[0]}" if said else ""))


def peer_of(whose, measure, *args):
    """(whose, figure), or () with the reason told: a peer that cannot be had costs no figure of ours."""
    try:
        return whose, measure(*args)
    except Exception as e:  # pylint: disable=broad-except
        print(f"  without {whose}: {e if isinstance(e, Skip) else why(e)}", flush=True)
        return ()


def parts(bench, *steps):
    """The figures of each step; one that fails is told and the rest go on, then the row fails."""
    failed = []
    for step in steps:
        try:
            yield from step(bench)
        except Exception as e:  # pylint: disable=broad-except
            print(f"  FAILED {step.__name__}: {why(e)}", flush=True)
            failed.append(step.__name__)
        bench.close_row()
    if failed:
        raise Failed(", ".join(failed))


def find(program):
    """Also what Debian keeps off the PATH."""
    return shutil.which(program) or next(
        (str(p) for p in sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{program}"), reverse=True)),
        shutil.which(program, path="/usr/sbin:/sbin"))


def program(name):
    """tests/bench/NAME_bench.c of the plain variant."""
    path = TOP / "build" / "gcc" / "tests" / "bench" / f"{name}_bench"
    if not path.exists():
        raise Skip(f"{path} is not built: make bench builds it")
    return str(path)


def run(args, limit_s=300, **more):
    return subprocess.run([str(a) for a in args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=limit_s, check=True, **more).stdout


def cpu_of(args, times=5):
    """Median CPU seconds of a command and its children."""
    def once():
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([str(a) for a in args], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True,
                       timeout=300)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return statistics.median(once() for _ in range(times))


def instructions(args):
    need("valgrind")
    p = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"] + [str(a) for a in args],
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=600, check=True)
    return int(re.search(r"Collected : (\d+)", p.stderr).group(1))


def instructions_each(args, few, many):
    """Per round of a bench program whose last argument is the number of rounds: what it does
    before the first round falls out."""
    return (instructions([*args, many]) - instructions([*args, few])) / (many - few)


def table(args, **more):
    """{name: value} of the lines `name<TAB>value` that a bench program prints."""
    return {k: float(v) for k, v in (line.split("\t")[:2] for line in run(args, **more).splitlines() if "\t" in line)}


def process_cpu_s(pid):
    """All threads, by the scheduler's own count (nanoseconds)."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except OSError:
            pass  # a thread that ended
    return total / 1e9


def rss_mb(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


def pss_mb(pid):
    """Resident, with each page that n processes share counted as an nth."""
    return int(re.search(r"^Pss:\s+(\d+)", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M).group(1)) / 1024


def wakeups(pid):
    """Voluntary context switches of all threads."""
    return sum(int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", (t / "status").read_text(), re.M).group(1))
               for t in pathlib.Path(f"/proc/{pid}/task").iterdir())


def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def listens(port):
    with socket.socket() as s:
        try:
            s.connect(("127.0.0.1", port))
            # where nobody listens the kernel may join such a socket to itself
            return s.getsockname() != s.getpeername()
        except OSError:
            return False


# ---- what runs beside ------------------------------------------------------------------------

class Bench:
    """One run: a folder that goes away, and houses and servers that end with it."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="jarvis-bench-"))
        self.closing = []

    def room(self):
        return pathlib.Path(tempfile.mkdtemp(dir=self.folder))

    def house(self, broker=True, devices=None, settings="device: {area: Kitchen}\n"):
        h = House(self.room())
        (h.root / "etc/jarvis/jarvis.yaml").write_text(settings)
        if devices is not None:
            (h.root / "etc/jarvis/devices.yaml").write_text(devices)
        if broker:
            # a broker that gathers small packets adds 40 ms to the first of them: its habit, not ours
            h.broker = Broker(h.root, "allow_anonymous true\nset_tcp_nodelay true\n")
            self.closing.append(h.broker.stop)
        self.closing.append(lambda: h.stop(signal.SIGKILL))
        return h

    def server(self, args, port, **more):
        """A peer's server on loopback, ended with the row."""
        p = subprocess.Popen([str(a) for a in args], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
        self.closing.append(lambda: (p.terminate(), p.wait(20)))
        wait_for(lambda: listens(port), 30)
        return p

    def close_row(self):
        while self.closing:
            try:
                self.closing.pop()()
            except Exception as e:  # pylint: disable=broad-except
                print(f"  bench: {why(e)}")

    def close(self):
        self.close_row()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


LIGHT = ('- {{name: "{name}", id: dev{n}, area: "{area}", kind: light, state_topic: "s/{n}", command_topic: "c/{n}", '
         'payload_on: "on", payload_off: "off"}}\n')


def pids_of(h):
    s = h.status()
    return {"jarvisd": s["pid"], "jarvis-stt": s["speech"]["stt_pid"], "jarvis-tts": s["speech"]["tts_pid"]}


def joined_wav(bench, phrase, times, gap_s=4.5):
    """One sound file with the phrase several times (sox joins them)."""
    need("sox", "flite")
    one = say(phrase, bench.room() / "one.wav", lead_ms=1500)
    padded, out = one.with_name("padded.wav"), one.with_name("many.wav")
    run(["sox", one, padded, "pad", "0", str(gap_s)])
    run(["sox", *([padded] * times), out])
    return out


# ---- telling ---------------------------------------------------------------------------------

def short(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def ratio(value):
    return f"{value:.2f}" if value >= 0.1 else f"{value:.2g}"


def beside(figure, kept):
    words = []
    if figure.peer:
        whose, value = figure.peer
        words.append(f"{whose} {short(value)}, ratio {ratio(figure.value / value)}" if value else f"{whose} 0")
    before = kept.get("value")
    if before is not None:
        words.append(f"kept {short(before)}" + (f" ({(figure.value / before - 1) * 100:+.0f} %)" if before else ""))
    if figure.note:
        words.append(figure.note)
    return "; ".join(words)


def read_kept():
    return json.loads(KEPT.read_text()) if KEPT.exists() else {}


@dataclasses.dataclass
class Outcome:
    """What a run came to: [(row, [figure])] of the rows that were whole, and the names of what was not."""
    done: list = dataclasses.field(default_factory=list)
    figures: int = 0
    missed: list = dataclasses.field(default_factory=list)
    skipped: list = dataclasses.field(default_factory=list)
    failed: list = dataclasses.field(default_factory=list)

    def words(self, rows):
        return (f"bench: {self.figures} figures of {rows} rows"
                + (f"; targets missed: {'; '.join(self.missed)}" if self.missed else "")
                + (f"; skipped: {', '.join(self.skipped)}" if self.skipped else "")
                + (f"; FAILED: {', '.join(self.failed)}" if self.failed else ""))

    def code(self):
        return 1 if self.missed or self.failed else 0


def measure_row(one, bench, kept, out):
    figures = []
    try:
        for figure in one.run(bench):
            figures.append(figure)
            verdict = "" if figure.good() else "  MISSED"
            print(f"  {figure.name:<54} {short(figure.value):>10} {figure.unit:<12} {figure.target:<10}{verdict} "
                  f"{beside(figure, kept.get(f'{one.name}: {figure.name}', {}))}", flush=True)
            if verdict:
                out.missed.append(f"{one.name}: {figure.name}")
        if not figures:
            raise Failed("it has no figures")
    except Skip as e:
        print(f"  SKIP: {e}")
        out.skipped.append(one.name)
    except Exception as e:  # pylint: disable=broad-except
        print(f"  FAILED: {why(e)}")
        out.failed.append(one.name)
    finally:
        bench.close_row()
        out.figures += len(figures)
    return figures


def measure(names, bench, keep=None):
    """An Outcome; figures are told as they come. `keep` is given each row that is whole when it is done:
    half a row never takes the place of kept figures."""
    kept, out = read_kept(), Outcome()
    for at, name in enumerate(names, 1):
        one = ROWS[name]
        began = time.monotonic()
        print(f"\n[{at}/{len(names)}] {one.name}: {one.words}", flush=True)
        figures = measure_row(one, bench, kept, out)
        print(f"  ({time.monotonic() - began:.0f} s)", flush=True)
        if name not in out.skipped + out.failed:
            out.done.append((one, figures))
            if keep:
                keep([(one, figures)])
    return out


def write(done):
    """The kept figures and the page; rows that did not run now keep what they had."""
    kept = read_kept()
    for one, figures in done:
        kept = {k: v for k, v in kept.items() if not k.startswith(one.name + ": ")}
        for f in figures:
            kept[f"{one.name}: {f.name}"] = {
                "value": round(f.value, 4), "unit": f.unit, "target": f.target, "note": f.note,
                **({"peer": f.peer[0], "peer_value": round(f.peer[1], 4)} if f.peer else {})}
    order = {name: i for i, name in enumerate(ROWS)}
    kept = dict(sorted(kept.items(), key=lambda item: order.get(item[0].split(":")[0], 99)))
    KEPT.write_text(json.dumps(kept, indent=1) + "\n")
    write_page(kept)


def write_page(kept):
    lines = ["# Figures", "",
             "Written by `tools/bench --write` from `tests/bench/figures.json`, with which every later `make bench` compares.",
             "One development machine (2 cores, x86-64, Debian 12, shared and noisy): instruction counts and ratios to a peer of",
             "the same run count, times are medians. Nothing here was measured on a Raspberry Pi.", ""]
    last = None
    for key, f in kept.items():
        name, figure = key.split(": ", 1)
        if name != last:
            lines += [f"## {name}: {ROWS[name].words if name in ROWS else ''}", "",
                      "| what | figure | target | peer in the same run | ratio | note |", "|---|---|---|---|---|---|"]
            last = name
        times = ratio(f["value"] / f["peer_value"]) if f.get("peer_value") else ""
        peer = f"{f['peer']} {short(f['peer_value'])}" if "peer" in f else ""
        lines.append(f"| {figure} | {short(f['value'])} {f['unit']} | {f['target']} | {peer} | {times} | {f['note']} |")
        following = list(kept)[list(kept).index(key) + 1:][:1]
        if following and not following[0].startswith(name + ": "):
            lines.append("")
    (TOP / "docs" / "bench.md").write_text("\n".join(lines) + "\n")
