# SPDX-License-Identifier: Apache-2.0
"""HTTP beside nginx: CPU a request of the server that answers it, under the same load (wrk)."""
import re
import time

from lib import Figure, find, free_port, need, peer_of, process_cpu_s, row, run

NGINX = """daemon off; worker_processes 1; error_log /dev/null; pid {room}/pid;
events {{ worker_connections 512; }}
http {{ access_log off; keepalive_requests 1000000;
  client_body_temp_path {room}/a; proxy_temp_path {room}/b; fastcgi_temp_path {room}/c;
  uwsgi_temp_path {room}/d; scgi_temp_path {room}/e;
  server {{ listen 127.0.0.1:{port}; location / {{ default_type application/json; return 200 '{{"ok":true}}'; }} }} }}
"""
PATHS = (("page", "/"), ("health", "/health"), ("status", "/api/status"), ("devices", "/api/devices"),
         ("a 404", "/nothing"), ("description", "/api/openapi.json"))


def load(url, pids, seconds=4):
    """(CPU microseconds a request of these processes, requests a second)"""
    run(["wrk", "-t1", "-c32", "-d1s", url])
    before = sum(map(process_cpu_s, pids))
    out = run(["wrk", "-t1", "-c32", f"-d{seconds}s", url])
    used = sum(map(process_cpu_s, pids)) - before
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    return used / max(requests, 1) * 1e6, float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))


def nginx(bench):
    need("nginx")
    room, port = bench.room(), free_port()
    (room / "nginx.conf").write_text(NGINX.format(room=room, port=port))
    server = bench.server([find("nginx"), "-p", room, "-c", room / "nginx.conf"], port)
    time.sleep(0.3)
    children = run(["pgrep", "-P", server.pid]).split()
    return load(f"http://127.0.0.1:{port}/", [int(p) for p in children])


@row("http", "GET over 32 kept connections, CPU a request, beside nginx (return 200)")
def http(bench):
    need("wrk")
    peer = peer_of("nginx", nginx, bench)
    theirs, rate = peer[1] if peer else (0, 0)
    h = bench.house().start()
    pid = h.status()["pid"]
    for words, path in PATHS:
        ours, per_s = load(f"http://127.0.0.1:{h.port}{path}", [pid])
        yield Figure(words, ours, "us CPU", peer=("nginx", theirs) if peer else (),
                     note=f"{per_s:,.0f}/s" + (f" (nginx {rate:,.0f}/s)" if peer else ""))
