# SPDX-License-Identifier: Apache-2.0
"""A small MQTT 3.1.1 client for load and for a witness with a clock: quality 0, no reconnecting."""
import socket
import struct
import threading
import time


def _text(s):
    raw = s.encode()
    return struct.pack("!H", len(raw)) + raw


def _packet(kind, body):
    n, length = len(body), b""
    while True:
        length += bytes([n % 128 | (128 if n > 127 else 0)])
        n //= 128
        if not n:
            return bytes([kind]) + length + body


def publish_packet(topic, payload, retain=False):
    return _packet(0x31 if retain else 0x30, _text(topic) + (payload if isinstance(payload, bytes) else payload.encode()))


class Client:
    """seen: [(monotonic seconds, topic, payload)] of what it subscribed to."""

    def __init__(self, port, name, topics=()):
        self.s = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.s.sendall(_packet(0x10, _text("MQTT") + b"\x04\x02\x00\x00" + _text(name)))
        self._read()
        self.seen, self.arrived = [], threading.Condition()
        if topics:
            self.s.sendall(_packet(0x82, b"\x00\x01" + b"".join(_text(t) + b"\x00" for t in topics)))
            self._read()
            threading.Thread(target=self._listen, daemon=True).start()

    def _bytes(self, n):
        got = b""
        while len(got) < n:
            part = self.s.recv(n - len(got))
            if not part:
                raise EOFError
            got += part
        return got

    def _read(self):
        kind, n, shift = self._bytes(1)[0], 0, 0
        while True:
            byte = self._bytes(1)[0]
            n |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return kind, self._bytes(n)

    def _listen(self):
        self.s.settimeout(None)
        try:
            while True:
                kind, body = self._read()
                if kind & 0xf0 == 0x30:
                    n = struct.unpack("!H", body[:2])[0]
                    with self.arrived:
                        self.seen.append((time.monotonic(), body[2:2 + n].decode(errors="replace"), body[2 + n:]))
                        self.arrived.notify_all()
        except (OSError, EOFError):
            pass

    def wait(self, test, limit_s):
        """The first message since the last call that passes; None when the time is over. Forgets
        what came before it."""
        end = time.monotonic() + limit_s
        with self.arrived:
            while True:
                for i, message in enumerate(self.seen):
                    if test(message):
                        del self.seen[:i + 1]
                        return message
                left = end - time.monotonic()
                if left <= 0 or not self.arrived.wait(left):
                    return None

    def publish(self, topic, payload, retain=False):
        self.s.sendall(publish_packet(topic, payload, retain))

    def close(self):
        self.s.close()


class Flood:
    """`packets` in turn, `rate` a second (0: as fast as they are taken), until stopped or `most` are sent."""

    def __init__(self, port, packets, rate, most=1 << 60):
        self.client, self.packets, self.rate, self.most = Client(port, "flood"), packets, rate, most
        self.sent, self.stopping = 0, threading.Event()
        self.thread = threading.Thread(target=self._send, daemon=True)
        self.thread.start()

    def _send(self):
        began, n = time.monotonic(), len(self.packets)
        try:
            while not self.stopping.is_set() and self.sent < self.most:
                due = int((time.monotonic() - began) * self.rate) if self.rate else self.sent + 50
                batch = [self.packets[(self.sent + i) % n] for i in range(min(due - self.sent, self.most - self.sent, 500))]
                if batch:
                    self.client.s.sendall(b"".join(batch))
                    self.sent += len(batch)
                else:
                    time.sleep(0.005)
        except OSError:
            pass

    def stop(self):
        self.stopping.set()
        self.thread.join(10)
        self.client.close()
        return self.sent
