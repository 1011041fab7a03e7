// SPDX-License-Identifier: Apache-2.0
// What can be tapped on a device: one row of the table for each kind. A tap asks the house and
// waits; what is shown as the state is what the device tells, never what was hoped for.
import { el } from './dom.js';
import { t } from './words.js';

const SURE_MS = 5000; // how long "really?" stays
const WAYS_IN = ['door', 'garage', 'gate', 'window'];

// Where the device does not say what it can do.
const USUAL = {
  light: ['on', 'off'], switch: ['on', 'off'], cover: ['open', 'close', 'stop'], scene: ['on'],
  climate: ['temperature'], lock: ['lock', 'unlock'],
};

const isKnown = (state) => Boolean(state?.state) && state.state !== 'unknown' && !state.stale;

/** Opens the house: asks twice. */
function isGuarded(device, command) {
  if (device.kind === 'lock') return command === 'unlock';
  return device.kind === 'cover' && WAYS_IN.includes(device.class) && command !== 'stop';
}

/** A button that sends one command; a guarded one has to be pressed a second time. */
function button(device, command, act, name = command) {
  const words = t(`do.${name}`);
  const node = el('button', { type: 'button', class: 'small quiet', 'aria-label': `${words}: ${device.name}` }, words);
  let timer = 0;
  const calm = () => {
    clearTimeout(timer);
    timer = 0;
    node.textContent = words;
    node.setAttribute('aria-label', `${words}: ${device.name}`);
    node.classList.remove('sure');
  };
  node.addEventListener('click', () => {
    if (isGuarded(device, command) && !timer) {
      const sure = t('sure', words);
      node.textContent = sure;
      node.setAttribute('aria-label', `${sure} ${device.name}`);
      node.classList.add('sure');
      timer = setTimeout(calm, SURE_MS);
      return;
    }
    calm();
    act(command);
  });
  return { node, show() {} };
}

/** A switch where the state is certain; two buttons where it is not, so that nothing is toggled blindly. */
function onOff(device, act) {
  const flip = el('button', { type: 'button', class: 'switch', role: 'switch', 'aria-label': device.name });
  const on = button(device, 'on', act).node;
  const off = button(device, 'off', act).node;
  flip.addEventListener('click', () => act(flip.getAttribute('aria-checked') === 'true' ? 'off' : 'on'));
  return {
    node: el('span', { class: 'buttons' }, on, off, flip),
    show(state) {
      flip.hidden = !isKnown(state);
      on.hidden = off.hidden = isKnown(state);
      flip.setAttribute('aria-checked', String(state?.state === 'on'));
    },
  };
}

/** A slider in percent; it follows the device unless a finger is on it. */
function slider(device, command, key, act) {
  const node = el('input', { type: 'range', min: command === 'brightness' ? '1' : '0', max: '100',
    'aria-label': `${t(`do.${command}`)}: ${device.name}` });
  let held = false;
  node.addEventListener('input', () => { held = true; });
  node.addEventListener('change', () => {
    held = false;
    act(command, Number(node.value));
  });
  return {
    node,
    isWide: true,
    show(state) {
      node.hidden = !Number.isFinite(state?.[key]) || (key === 'brightness' && state?.state !== 'on');
      if (!held && Number.isFinite(state?.[key])) node.value = String(state[key]);
    },
  };
}

/** Half a degree down and up from what is set. */
function degrees(device, act) {
  const step = (by) => {
    const node = el('button', { type: 'button', class: 'small quiet step',
      'aria-label': `${t(by < 0 ? 'do.cooler' : 'do.warmer')}: ${device.name}` }, by < 0 ? '−' : '+');
    node.addEventListener('click', () => act('temperature', Number(node.dataset.to)));
    return node;
  };
  const down = step(-1);
  const up = step(1);
  return {
    node: el('span', { class: 'buttons' }, down, up),
    show(state) {
      const target = state?.target;
      for (const [node, by] of [[down, -0.5], [up, 0.5]]) {
        node.hidden = !Number.isFinite(target);
        node.dataset.to = String(target + by);
      }
    },
  };
}

const has = (can, ...commands) => commands.every((command) => can.includes(command));

/** The controls of a device, [] for one that only tells. Each: {node, isWide, show(state)}. */
export function controlsOf(device, act) {
  const can = device.can ?? USUAL[device.kind] ?? [];
  const list = [];
  if (device.kind === 'scene') return [button(device, 'on', act, 'start')];
  if (device.kind !== 'cover' && has(can, 'on', 'off')) list.push(onOff(device, act));
  for (const command of ['open', 'stop', 'close', 'lock', 'unlock']) {
    if (has(can, command)) list.push(button(device, command, act));
  }
  if (has(can, 'temperature')) list.push(degrees(device, act));
  if (has(can, 'brightness')) list.push(slider(device, 'brightness', 'brightness', act));
  if (has(can, 'position') && !isGuarded(device, 'open')) list.push(slider(device, 'position', 'position', act));
  return list;
}
