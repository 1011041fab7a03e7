// SPDX-License-Identifier: Apache-2.0
// The live connection: a WebSocket that comes back by itself, each time a little later.
const FIRST_MS = 500;
const LONGEST_MS = 15000;

/**
 * Connects and stays connected.
 * onEvent(object) gets every event; onDown(seconds) each second while waiting (0: trying now);
 * onUp() when the connection stands. Returns {retry(), send(object) -> sent?}.
 */
export function connect({ onEvent, onDown, onUp }) {
  let socket = null;
  let tries = 0;
  let timer = 0;

  function wait(ms) {
    clearTimeout(timer);
    onDown(Math.ceil(ms / 1000));
    if (ms <= 0) open();
    else timer = setTimeout(() => wait(ms - Math.min(ms, 1000)), Math.min(ms, 1000));
  }

  function lost(which) {
    if (which !== socket) return;
    socket = null;
    const ms = Math.min(LONGEST_MS, FIRST_MS * 2 ** tries) * (0.75 + Math.random() / 2);
    tries += 1;
    wait(ms);
  }

  function open() {
    clearTimeout(timer);
    const mine = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`);
    socket = mine;
    mine.addEventListener('message', (e) => {
      const event = JSON.parse(e.data);
      if (event.type === 'hello') {
        tries = 0;
        onUp();
      }
      onEvent(event);
    });
    mine.addEventListener('close', () => lost(mine));
  }

  open();
  return {
    retry() {
      if (!socket) wait(0);
    },
    send(object) {
      if (socket?.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(object));
      return true;
    },
  };
}
