# SPDX-License-Identifier: Apache-2.0
"""A voice on another machine: Piper's HTTP server as far as we ask it, in a thread, on loopback. It hums instead
of speaking, so that a test can tell by the pitch who was heard."""
import http.server
import io
import json
import math
import struct
import threading
import time
import wave

RATE_HZ = 22050
MS_A_LETTER = 25


def hum(text, pitch_hz, rate_hz=RATE_HZ):
    """WAV: silence, a hum as long as the text, silence."""
    n, quiet = rate_hz * MS_A_LETTER * len(text) // 1000, rate_hz // 10
    tone = [int(9000 * math.sin(2 * math.pi * pitch_hz * i / rate_hz)) for i in range(n)]
    out = io.BytesIO()
    with wave.open(out, "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(2)
        w.setframerate(rate_hz)
        w.writeframes(struct.pack("<%dh" % (n + 2 * quiet), *[0] * quiet, *tone, *[0] * quiet))
    return out.getvalue()


class Piper:
    def __init__(self, pitch_hz=440, port=0):
        self.asked = []  # (when, text)
        self.hangs = False  # takes a request and never answers it
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.asked.append((time.monotonic(), body["text"]))
                while outer.hangs:
                    time.sleep(0.05)
                sound = hum(body["text"], pitch_hz)
                self.send_response(200)
                self.send_header("Content-Type", "audio/wav")
                self.send_header("Content-Length", str(len(sound)))
                self.end_headers()
                self.wfile.write(sound)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def texts(self):
        return [text for _, text in self.asked]

    def stop(self):
        self.hangs = False
        self.server.shutdown()
        self.server.server_close()
