// SPDX-License-Identifier: Apache-2.0
// The devices of the house by room, with what is known of each.
import { el } from './dom.js';
import { has, region, t } from './words.js';

const number = new Intl.NumberFormat(region, { maximumFractionDigits: 1 });

/** {text, kind} for a state as in GET /api/devices. */
export function stateWords(state) {
  if (state?.available === false) return { text: t('away'), kind: 'away' };
  const { state: main, unit, brightness, position, temperature, target } = state ?? {};
  const on = main === 'on' || main === 'open';
  const parts = [];
  if (Number.isFinite(main)) parts.push(`${number.format(main)} ${unit ?? ''}`.trim());
  else if (main) parts.push(has(main) ? t(main) : String(main));
  if (on && Number.isFinite(brightness)) parts.push(`${number.format(brightness)} %`);
  if (on && Number.isFinite(position) && position < 100) parts.push(`${number.format(position)} %`);
  if (Number.isFinite(temperature)) parts.push(`${number.format(temperature)} °`);
  if (Number.isFinite(target)) parts.push(t('target', `${number.format(target)} °`));
  if (parts.length === 0) parts.push(state?.summary ?? t('unknown'));
  return { text: parts.join(', '), kind: `${on ? 'on' : ''} ${state?.stale ? 'stale' : ''}`.trim() };
}

function show(node, state) {
  const { text, kind } = stateWords(state);
  node.className = `value ${kind}`.trim();
  node.textContent = text;
  if (state?.stale) node.title = t('old');
  else node.removeAttribute('title');
}

/** Keeps the list: reset() takes all devices, put() one device's new state. */
export function deviceList(root) {
  const values = new Map();

  return {
    reset(devices) {
      const areas = new Map();
      values.clear();
      for (const device of devices ?? []) {
        const value = el('span', {});
        if (device.kind !== 'scene') { // a scene is started; it has no state
          show(value, device.state);
          values.set(device.id, value);
        }
        const rows = areas.get(device.area || '') ?? [];
        rows.push(el('li', { class: 'device', 'data-device': device.id },
          el('span', { class: 'device-name' }, device.name ?? device.id), value));
        areas.set(device.area || '', rows);
      }
      const roomless = areas.get('');
      if (roomless && areas.delete('')) areas.set('', roomless); // at the end
      root.replaceChildren(...[...areas].map(([area, rows]) => el('div', { class: 'area' },
        el('h3', {}, area || t('elsewhere')), el('ul', {}, ...rows))));
      if (areas.size === 0) root.replaceChildren(el('p', { class: 'muted' }, t('no.devices')));
    },
    put(device) {
      const value = values.get(device?.id);
      if (value) show(value, device.state);
    },
  };
}
