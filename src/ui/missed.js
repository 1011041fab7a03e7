// SPDX-License-Identifier: Apache-2.0
// What was not understood, with proposals that one tap adds and one takes back.
import { el } from './dom.js';
import { t } from './words.js';

const SHOWN = 6;

async function read(path) {
  const response = await fetch(path);
  return response.ok ? response.json() : null; // 404: the setting store.missed is off
}

async function teach(wish) {
  const response = await fetch('/api/learnt', {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(wish),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail ?? answer.title);
  return answer.learnt;
}

/**
 * Keeps the section: load() asks again. `nameOf` gives the name of a device by its id.
 */
export function missedList({ section, list, nameOf }) {
  let missed = [];
  let learnt = [];

  const isLearnt = (text) => learnt.some((one) => one.text.toLowerCase() === text.toLowerCase());

  function button(words, label, wish, note) {
    const node = el('button', { type: 'button', class: 'small quiet', 'aria-label': label }, words);
    node.addEventListener('click', async () => {
      node.disabled = true;
      note.hidden = true;
      try {
        learnt = await teach(wish);
        show();
      } catch (error) {
        node.disabled = false;
        note.hidden = false;
        note.textContent = error.message || t('error.reach');
      }
    });
    return node;
  }

  function proposal(p, note) {
    const meaning = p.device ? nameOf(p.device) : p.means;
    const words = t(p.device ? 'teach.name' : 'teach.sentence', p.text, meaning);
    return el('li', { class: 'proposal' }, el('span', {}, words),
      isLearnt(p.text) ? button(t('teach.undo'), `${t('teach.undo')}: ${words}`, { forget: p.text }, note)
        : button(t('teach.add'), `${t('teach.add')}: ${words}`, p, note));
  }

  function view(one) {
    const note = el('p', { class: 'note', role: 'alert', hidden: 'hidden' });
    return el('li', { class: 'missed-item' },
      el('p', { class: 'heard' }, one.count > 1 ? `${one.text} (${one.count})` : one.text),
      one.proposals.length ? el('ul', { class: 'proposals' }, ...one.proposals.map((p) => proposal(p, note))) : '',
      note);
  }

  /** What was taught and stands in no sentence above can be taken back too. */
  function taught() {
    const shown = new Set(missed.flatMap((one) => one.proposals.map((p) => p.text.toLowerCase())));
    return learnt.filter((one) => !shown.has(one.text.toLowerCase()));
  }

  function show() {
    const note = el('p', { class: 'note', role: 'alert', hidden: 'hidden' });
    const rest = taught().map((one) => proposal(one, note));
    section.hidden = missed.length === 0 && rest.length === 0;
    list.replaceChildren(...missed.map(view),
      ...(rest.length ? [el('li', { class: 'missed-item' }, el('p', { class: 'heard' }, t('teach.taught')),
        el('ul', { class: 'proposals' }, ...rest), note)] : []));
  }

  async function load() {
    const [m, l] = await Promise.all([read(`/api/missed?limit=${SHOWN}`), read('/api/learnt')]);
    missed = m?.missed ?? [];
    learnt = l?.learnt ?? [];
    show();
  }

  return { load };
}
