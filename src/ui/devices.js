// SPDX-License-Identifier: Apache-2.0
// The devices of the house by room: what is known of each, and what can be tapped.
import { controlsOf } from './controls.js';
import { el } from './dom.js';
import { has, region, t } from './words.js';

const NOTE_MS = 8000;
const ACT_LIMIT_MS = 10000;
const number = new Intl.NumberFormat(region, { maximumFractionDigits: 1 });

/** {text, kind} for a state as in GET /api/devices. */
export function stateWords(state) {
  if (state?.available === false) return { text: t('away'), kind: 'away' };
  const { state: main, unit, brightness, position, temperature, target } = state ?? {};
  const on = ['on', 'open', 'detected', 'wet', 'unlocked'].includes(main);
  const parts = [];
  if (Number.isFinite(main)) parts.push(`${number.format(main)} ${unit ?? ''}`.trim());
  else if (main) parts.push(has(main) ? t(main) : String(main));
  if (main === 'on' && Number.isFinite(brightness)) parts.push(`${number.format(brightness)} %`);
  if (main === 'open' && Number.isFinite(position) && position < 100) parts.push(`${number.format(position)} %`);
  if (Number.isFinite(temperature)) parts.push(`${number.format(temperature)} °`);
  if (Number.isFinite(target)) parts.push(t('target', `${number.format(target)} °`));
  if (parts.length === 0) parts.push(state?.summary ?? t('unknown'));
  if (state?.stale) return { text: t('was', parts.join(', ')), kind: 'stale' };
  return { text: parts.join(', '), kind: on ? 'on' : '' };
}

/** Asks the house; throws with words for people. */
async function post(id, command, value) {
  let response;
  try {
    response = await fetch(`/api/devices/${encodeURIComponent(id)}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(value === undefined ? { command } : { command, value }),
      signal: AbortSignal.timeout(ACT_LIMIT_MS),
    });
  } catch (error) {
    throw new Error(t(error.name === 'TimeoutError' ? 'error.late' : 'error.reach'), { cause: error });
  }
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new Error(problem.detail ?? problem.title ?? t('error.reach'));
  }
}

/** One device: {node, show(state)}. */
function row(device) {
  const value = el('span', {});
  const swatch = el('span', { class: 'swatch', 'aria-hidden': 'true' });
  const note = el('p', { class: 'note', role: 'alert' });
  const node = el('li', { class: 'device', 'data-device': device.id });
  let timer = 0;
  note.hidden = true;

  async function act(command, wanted) {
    clearTimeout(timer);
    note.hidden = true;
    node.setAttribute('aria-busy', 'true');
    try {
      await post(device.id, command, wanted);
    } catch (error) {
      note.textContent = error.message;
      note.hidden = false;
      timer = setTimeout(() => { note.hidden = true; }, NOTE_MS);
      for (const control of controls) control.show(node.state);
    } finally {
      node.removeAttribute('aria-busy');
    }
  }

  const controls = controlsOf(device, act);
  node.append(el('span', { class: 'device-name' }, device.name ?? device.id),
    el('span', { class: 'device-side' }, swatch, value, ...controls.filter((c) => !c.isWide).map((c) => c.node)),
    ...controls.filter((c) => c.isWide).map((c) => c.node), note);
  return {
    node,
    show(state) {
      const { text, kind } = stateWords(state);
      node.state = state;
      value.hidden = device.kind === 'scene'; // a scene is started; it has no state
      value.className = `value ${kind}`.trim();
      value.textContent = text;
      if (state?.stale) value.title = t('old');
      else value.removeAttribute('title');
      swatch.hidden = !state?.color || state.state !== 'on';
      swatch.style.backgroundColor = state?.color ?? '';
      for (const control of controls) control.show(state);
    },
  };
}

/** Where the first device comes from. */
function firstSteps(about) {
  const step = (key, code) => el('li', {}, t(key), el('code', {}, code));
  return el('div', { class: 'first' }, el('p', {}, t('no.devices')), el('ol', {},
    step('first.broker', 'jarvisctl config set mqtt.host homeassistant.local'),
    step('first.file', about?.devices_file ?? '/etc/jarvis/devices.yaml'),
    step('first.reload', 'jarvisctl reload')));
}

/** Keeps the list: reset() takes all devices, put() one device's new state. */
export function deviceList(root) {
  const rows = new Map();

  return {
    reset(devices, about) {
      const areas = new Map();
      rows.clear();
      for (const device of devices ?? []) {
        const one = row(device);
        one.show(device.state);
        rows.set(device.id, one);
        areas.set(device.area || '', [...areas.get(device.area || '') ?? [], one.node]);
      }
      const roomless = areas.get('');
      if (roomless && areas.delete('')) areas.set('', roomless); // at the end
      root.replaceChildren(...[...areas].map(([area, nodes]) => el('div', { class: 'area' },
        el('h3', {}, area || t('elsewhere')), el('ul', {}, ...nodes))));
      if (areas.size === 0) root.replaceChildren(firstSteps(about));
    },
    put(device) {
      rows.get(device?.id)?.show(device.state);
    },
  };
}
