// SPDX-License-Identifier: Apache-2.0
// The last commands: what was heard, what came of it, how long each step took, and why.
import { el } from './dom.js';
import { named, region, t } from './words.js';

const KEPT = 20;

// Which colour a step has: the time before it was spent on that.
const KIND = {
  speech_start: 'hear', speech_end: 'hear', transcript: 'understand', intent: 'understand', llm: 'understand',
  action: 'act', reply: 'act', stored: 'store', first_audio: 'speak', spoken: 'speak', error: 'error',
};

const clock = new Intl.DateTimeFormat(region, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat(region, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

export function milliseconds(ms) {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${new Intl.NumberFormat(region, {
    minimumFractionDigits: 2, maximumFractionDigits: 2,
  }).format(ms / 1000)} s`;
}

function when(ms) {
  const date = new Date(ms);
  const today = date.toDateString() === new Date().toDateString();
  return el('time', { class: 'muted', datetime: date.toISOString() }, (today ? clock : day).format(date));
}

function bar(marks) {
  const pieces = marks.slice(1).map((mark, i) => {
    const ms = Math.max(0, mark.ms - marks[i].ms);
    const piece = el('span', { class: KIND[mark.step] ?? '', title: `${named('step', mark.step)}: ${milliseconds(ms)}` });
    piece.style.flexGrow = String(Math.max(ms, 0.01));
    return piece;
  });
  return el('div', { class: 'bar', 'aria-hidden': 'true' }, ...pieces);
}

function stepTable(marks) {
  const rows = marks.map((mark) => el('tr', {},
    el('th', { scope: 'row' }, el('span', { class: `key ${KIND[mark.step] ?? ''}`, 'aria-hidden': 'true' }),
      named('step', mark.step)),
    el('td', { class: 'ms number' }, milliseconds(mark.ms)),
    el('td', {}, mark.detail ?? '')));
  return el('table', {},
    el('caption', { class: 'hidden' }, t('steps')),
    el('thead', { class: 'hidden' }, el('tr', {}, el('th', { scope: 'col' }, t('step')),
      el('th', { scope: 'col' }, t('time')), el('th', { scope: 'col' }, t('detail')))),
    el('tbody', {}, ...rows));
}

function slotText(slot) {
  if (slot === null || typeof slot !== 'object') return String(slot);
  const value = typeof slot.value === 'object' ? JSON.stringify(slot.value) : String(slot.value ?? '');
  return slot.text && slot.text !== value ? `${slot.text} → ${value}` : value;
}

function facts(session) {
  const { template, slots, publishes, sent, error } = session.detail ?? {};
  const list = [];
  const add = (name, ...content) => list.push(el('dt', {}, t(name)), el('dd', {}, ...content));
  if (session.intent) add('intent', el('code', {}, session.intent));
  else if (session.outcome === 'not_understood') add('intent', t('nothing'));
  if (template) add('template', el('code', {}, template));
  for (const [name, slot] of Object.entries(slots ?? {})) add('slots', `${name}: ${slotText(slot)}`);
  for (const p of publishes ?? []) {
    add('mqtt', el('code', {}, `${p.topic} ${p.payload ?? ''}`), p.sent === false ? ` ${t('unsent')}` : '');
  }
  for (const text of sent ?? []) add('sent', el('code', {}, String(text)));
  if (error) add('error', String(error));
  return el('dl', {}, ...list);
}

// From the end of the sentence to the answer: what a person waits.
function waited(marks) {
  const at = (step) => marks.find((m) => m.step === step)?.ms;
  const from = at('speech_end') ?? at('text') ?? 0;
  const to = at('first_audio') ?? at('stored') ?? at('reply');
  return to === undefined ? '' : t('after', milliseconds(Math.max(0, to - from)));
}

function view(session, isOpen) {
  const marks = session.detail?.timeline ?? [];
  const outcome = session.outcome ?? '';
  const details = el('details', {},
    el('summary', { 'aria-label': `${t('why')} ${session.heard ?? ''}` }, t('why')),
    el('div', { class: 'why' }, stepTable(marks), facts(session)));
  details.open = isOpen;
  return el('li', { class: 'session', 'data-id': session.id },
    el('div', { class: 'session-head' }, el('p', { class: 'heard' }, session.heard || t('unheard')), when(session.at)),
    el('p', { class: 'reply' }, session.reply ?? ''),
    el('p', { class: 'meta muted' }, el('span', { class: `badge ${outcome}` }, named('outcome', outcome)),
      el('span', {}, named('source', session.source ?? '')), el('span', { class: 'number' }, waited(marks))),
    marks.length > 1 ? bar(marks) : '',
    details);
}

/** Keeps the list: put() adds or replaces one session, reset() takes a whole page of them. */
export function sessionList(list, none) {
  const known = new Map();

  function place(session) {
    const old = list.querySelector(`[data-id="${session.id}"]`);
    const node = view(session, old?.querySelector('details')?.open ?? false);
    const hadFocus = old?.contains(document.activeElement);
    if (old) {
      old.replaceWith(node);
    } else {
      const next = [...list.children].find((other) => Number(other.dataset.id) < session.id);
      list.insertBefore(node, next ?? null);
    }
    if (hadFocus) node.querySelector('summary').focus();
    while (list.children.length > KEPT) {
      known.delete(Number(list.lastElementChild.dataset.id));
      list.lastElementChild.remove();
    }
    none.hidden = list.children.length > 0;
  }

  return {
    put(session) {
      known.set(session.id, session);
      place(session);
    },
    reset(sessions) {
      for (const session of sessions) if (!known.has(session.id)) this.put(session);
    },
  };
}
