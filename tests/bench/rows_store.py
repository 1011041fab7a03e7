# SPDX-License-Identifier: Apache-2.0
"""The store beside PostgreSQL and Redis with every write on the disk, in the same folder."""
import os
import re
import subprocess

from lib import Figure, find, free_port, need, peer_of, percentile, program, row, run, table, wait_for


def postgres(bench):
    """rows a second in transactions of 256, and the median of one durable row, in microseconds."""
    need("initdb", "postgres", "pgbench", "psql")
    room, port = bench.room(), free_port()
    user = {"user": "nobody", "group": "nogroup", "extra_groups": ()} if os.getuid() == 0 else {}
    os.chmod(bench.folder, 0o755)
    if user:
        run(["chown", "nobody:nogroup", room])
    run([find("initdb"), "-D", room / "db", "-A", "trust", "-U", "bench", "--no-locale", "-E", "UTF8"], cwd=room, **user)
    bench.server([find("postgres"), "-D", room / "db", "-p", port, "-k", room, "-h", "127.0.0.1"], port, cwd=room, **user)
    sql = ["psql", "-h", "127.0.0.1", "-p", port, "-U", "bench", "-d", "postgres", "-q", "-At", "-c"]
    wait_for(lambda: _try(sql + ["select 1"]), 30)
    run(sql + ["create table s (id bigint primary key, heard text, detail text)"])
    room2 = bench.room()
    (room2 / "one.sql").write_text("insert into s select coalesce(max(id), 0) + 1, 'turn on the light', repeat(' ', 400) from s;\n")
    (room2 / "many.sql").write_text("insert into s select m + g, 'turn on the light', repeat(' ', 400) from generate_series(1, 256) g, "
                                    "(select coalesce(max(id), 0) m from s) x;\n")
    base = [find("pgbench"), "-h", "127.0.0.1", "-p", port, "-U", "bench", "-n", "-c", "1", "-r", "-f"]
    many = run(base + [room2 / "many.sql", "-t", "60", "postgres"])
    one = run(base + [room2 / "one.sql", "-t", "150", "postgres"])
    tps = float(re.search(r"tps = ([\d.]+)", many).group(1))
    latency = float(re.search(r"latency average = ([\d.]+) ms", one).group(1))
    return tps * 256, latency * 1000


def _try(args):
    try:
        return run(args).strip() == "1"
    except (OSError, ValueError, subprocess.SubprocessError):
        return False


def redis(bench):
    need("redis-server", "redis-benchmark")
    room, port = bench.room(), free_port()
    bench.server(["redis-server", "--port", port, "--bind", "127.0.0.1", "--dir", room, "--appendonly", "yes",
                  "--appendfsync", "always", "--save", ""], port)
    base = ["redis-benchmark", "-p", port, "-t", "lpush", "-d", "450", "--csv"]
    many = run(base + ["-c", "50", "-P", "5", "-n", "20000"])
    one = run(base + ["-c", "1", "-n", "200"])
    last = [line.replace('"', "").split(",") for line in (many.splitlines()[-1], one.splitlines()[-1])]
    return float(last[0][1]), 1e6 / float(last[1][1])


@row("store", "sessions kept for good, beside PostgreSQL and Redis (appendfsync always)")
def store(bench):
    runs = [table([program("store"), bench.room() / "db", 20000, 300]) for _ in range(3)]
    ours = {k: percentile([r[k] for r in runs], 0.5) for k in runs[0]}
    peers = {}
    for name, measure in (("PostgreSQL", postgres), ("Redis", redis)):
        got = peer_of(name, measure, bench)
        if got:
            peers[name] = got[1]
    for at, (name, key, unit, higher) in enumerate((("rows in groups", "rows_per_s", "rows/s", True),
                                                    ("one durable row, waited for", "durable_us", "us", False))):
        for whose in list(peers) or [""]:
            yield Figure(name + (f" beside {whose}" if whose else ""), ours[key], unit, higher=higher,
                         peer=(whose, peers[whose][at]) if whose else ())
    yield Figure("one durable row, p99", ours["durable_p99_us"], "us")
    yield Figure("a session by its number", ours["get_us"], "us")
    yield Figure("the newest 20", ours["newest20_us"], "us")
