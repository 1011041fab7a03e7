// SPDX-License-Identifier: Apache-2.0
// The last commands: what was heard, what came of it, how long each step took, and why.
import { el } from './dom.js';
import { named, region, t } from './words.js';

const SHOWN = 5; // at first; the button shows PAGE more
const PAGE = 20;
const KEPT = 200;

// Which colour a step has: the time before it was spent on that.
const KIND = {
  speech_start: 'hear', early: 'act', taken_back: 'act', speech_end: 'hear', transcript: 'understand', intent: 'understand', llm: 'understand',
  action: 'act', reply: 'act', stored: 'store', first_audio: 'speak', spoken: 'speak', error: 'error',
};

const clock = new Intl.DateTimeFormat(region, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat(region, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

export function milliseconds(ms) {
  if (ms < 1) return ms > 0 ? '< 1 ms' : '0 ms';
  return ms < 1000 ? `${Math.round(ms)} ms` : `${new Intl.NumberFormat(region, {
    minimumFractionDigits: 2, maximumFractionDigits: 2,
  }).format(ms / 1000)} s`;
}

function when(ms) {
  const date = new Date(ms);
  const today = date.toDateString() === new Date().toDateString();
  return el('time', { class: 'muted', datetime: date.toISOString() }, (today ? clock : day).format(date));
}

/** The marks up to the moment that a person waits for: the first sound, or the reply on the screen. */
function untilAnswered(marks) {
  const isSpoken = marks.some((m) => m.step === 'first_audio');
  const end = marks.findIndex((m) => m.step === (isSpoken ? 'first_audio' : 'reply'));
  return (end < 0 ? marks : marks.slice(0, end + 1)).filter((m) => m.step !== 'stored');
}

function bar(all) {
  const marks = untilAnswered(all);
  const pieces = marks.slice(1).map((mark, i) => {
    const ms = Math.max(0, mark.ms - marks[i].ms);
    const piece = el('span', { class: KIND[mark.step] ?? '', title: `${named('step', mark.step)}: ${milliseconds(ms)}` });
    piece.style.flexGrow = String(Math.max(ms, 0.01) * 1000); // the whole bar is filled, however short
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
  const { template, slots, sent, error, nearest, nearest_text: pattern, rest, examples, refused } = session.detail ?? {};
  const list = [];
  const add = (name, ...content) => list.push(el('dt', {}, t(name)), el('dd', {}, ...content));
  if (session.intent) add('intent', el('code', {}, session.intent));
  else if (session.outcome === 'not_understood') add('intent', t('nothing'));
  if (template) add('template', el('code', {}, template));
  for (const [name, slot] of Object.entries(slots ?? {})) add('slots', `${name}: ${slotText(slot)}`);
  for (const words of sent ?? []) add('sent', el('code', {}, words));
  if (refused) add('refused', refused);
  if (nearest) add('nearest', el('code', {}, nearest), pattern ? ` ${pattern}` : '');
  if (rest) add('rest', rest);
  for (const sentence of examples ?? []) add('try', `“${sentence}”`);
  if (error) add('error', String(error));
  return el('dl', {}, ...list);
}

// From the end of the sentence to the answer: what a person waits.
function waited(marks) {
  const at = (step) => marks.find((m) => m.step === step)?.ms;
  const spoken = at('speech_end');
  const to = at('first_audio') ?? at('reply');
  const from = spoken ?? at('text') ?? 0;
  const words = spoken === undefined ? 'waited.text' : 'waited.voice';
  return to === undefined ? '' : t(words, milliseconds(Math.max(0, to - from)));
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

/** Every colour that a bar may have, in the order of a sentence's way. */
function legend() {
  const kinds = ['hear', 'understand', 'act', 'speak', 'error'];
  return [el('span', { class: 'hidden' }, t('legend')), ...kinds.map((kind) => el('span', { class: 'legend-item' },
    el('span', { class: `key ${kind}`, 'aria-hidden': 'true' }), t(`kind.${kind}`)))];
}

/**
 * Keeps the list: put() adds or replaces one session, load() fetches the newest. A few are shown;
 * the button shows more, from what is known or from the history.
 */
export function sessionList({ list, none, more, legend: legendNode }) {
  const known = new Map();
  let shown = SHOWN;
  let isWhole = false; // nothing older is in the history

  function show() {
    const newest = [...known.keys()].sort((a, b) => b - a).slice(0, shown);
    for (const old of [...list.children]) if (!newest.includes(Number(old.dataset.id))) old.remove();
    newest.forEach((id, i) => {
      let node = list.querySelector(`[data-id="${id}"]`);
      if (!node) node = view(known.get(id), false);
      if (list.children[i] !== node) list.insertBefore(node, list.children[i] ?? null);
    });
    none.hidden = known.size > 0;
    legendNode.hidden = known.size === 0;
    more.hidden = known.size === 0 || (isWhole && known.size <= shown);
  }

  function put(session) {
    const old = list.querySelector(`[data-id="${session.id}"]`);
    const hadFocus = old?.contains(document.activeElement);
    known.set(session.id, session);
    if (old) {
      const node = view(session, old.querySelector('details')?.open ?? false);
      old.replaceWith(node);
      if (hadFocus) node.querySelector('summary').focus();
    }
    while (known.size > KEPT) known.delete(Math.min(...known.keys()));
    show();
  }

  async function fetchPage(before) {
    const response = await fetch(`/api/sessions?limit=${PAGE}${before ? `&before=${before}` : ''}`);
    if (!response.ok) return;
    const { sessions } = await response.json();
    isWhole = sessions.length < PAGE;
    for (const session of sessions) put(session); // also those known: their outcome may be newer
  }

  more.addEventListener('click', async () => {
    shown = Math.min(shown + PAGE, KEPT);
    if (known.size < shown && !isWhole) await fetchPage(Math.min(...known.keys())).catch(() => {});
    isWhole = isWhole || known.size >= KEPT;
    show();
  });
  legendNode.replaceChildren(...legend());
  show();
  return { put, load: () => fetchPage(0) };
}
