// SPDX-License-Identifier: Apache-2.0
// The page: joins the live connection to what is shown. No framework, nothing from elsewhere.
import { deviceList } from './devices.js';
import { byId, el } from './dom.js';
import { exampleOf } from './example.js';
import { connect } from './link.js';
import { missedList } from './missed.js';
import { sessionList } from './sessions.js';
import { has, t, translate } from './words.js';

const QUIETEST_DB = -90;
const LEVEL_STALE_MS = 2000;
const ANSWER_LIMIT_MS = 75000;

const calm = matchMedia('(prefers-reduced-motion: reduce)');
const sessions = sessionList({ list: byId('sessions'), none: byId('sessions-none'), more: byId('sessions-more'), legend: byId('legend') });
const devices = deviceList(byId('devices'));
const names = new Map(); // of devices, by id
const missed = missedList({ section: byId('missed'), list: byId('missed-list'), nameOf: (id) => names.get(id) ?? id });
const faults = new Map();
const now = { state: 'offline', muted: false, heard: '', phrase: 'Jarvis', example: '', about: null, levelAt: 0, drawnAt: 0 };

/* ---- the state, in colour and in words ---- */

function showState() {
  const deaf = faults.has('microphone');
  // a state that works goes before what is missing: typed sentences run without a microphone
  const name = now.state !== 'idle' ? now.state : now.muted ? 'muted' : deaf ? 'noear' : 'idle';
  const hints = {
    idle: now.heard ? t('hint.heard', now.heard) : now.example ? t('hint.idle', now.phrase, now.example) : '',
    listening: t('hint.listening'),
    thinking: now.heard ? t('hint.heard', now.heard) : '',
    speaking: now.heard ? t('hint.heard', now.heard) : '',
    muted: t('hint.muted'),
    noear: t('hint.noear'),
    offline: '',
  };
  byId('now').dataset.state = name;
  const words = has(`state.${name}`) ? t(`state.${name}`) : name;
  if (byId('state').textContent !== words) byId('state').textContent = words;
  byId('hint').textContent = hints[name] ?? '';
  byId('listen').disabled = now.state === 'offline' || now.muted || deaf;
}

/* ---- the level meter ---- */

const share = (db) => Math.min(1, Math.max(0, 1 - db / QUIETEST_DB));

function showNoLevel() {
  const why = faults.has('microphone') ? 'noear' : now.muted ? 'muted' : 'none';
  byId('level').classList.add('off');
  byId('level-bar').style.transform = 'scaleX(0)';
  byId('level-noise').hidden = true;
  byId('level').setAttribute('aria-valuenow', String(QUIETEST_DB));
  byId('level').setAttribute('aria-valuetext', t(`level.${why}`));
  byId('level-text').textContent = t(`level.${why}`);
}

function showLevel({ level_db: level, noise_db: noise, voiced }) {
  const at = performance.now();
  now.levelAt = at;
  if (now.muted || faults.has('microphone') || at - now.drawnAt < (calm.matches ? 500 : 80)) return;
  now.drawnAt = at;
  const text = t('level.db', Math.round(level), Math.round(noise));
  byId('level').classList.remove('off');
  byId('level-bar').style.transform = `scaleX(${share(level).toFixed(3)})`;
  byId('level-bar').classList.toggle('voiced', Boolean(voiced));
  byId('level-noise').style.left = `${(share(noise) * 100).toFixed(1)}%`;
  byId('level-noise').hidden = false;
  byId('level').setAttribute('aria-valuenow', String(Math.round(Math.max(QUIETEST_DB, Math.min(0, level)))));
  byId('level').setAttribute('aria-valuetext', text);
  byId('level-text').textContent = text;
}

setInterval(() => {
  if (performance.now() - now.levelAt > LEVEL_STALE_MS || now.muted) showNoLevel();
}, 1000);

/* ---- faults ---- */

// A fault ends by itself; a notice tells of something lost and stays until somebody has read it.
const NOTICES = ['history', 'states'];

function acknowledge(part) {
  const button = el('button', { type: 'button', class: 'small quiet', 'aria-label': `${t('read')}: ${part}` }, t('read'));
  button.addEventListener('click', async () => {
    button.disabled = true;
    const response = await fetch(`/api/acknowledge/${part}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' })
      .catch(() => null);
    if (!response?.ok) button.disabled = false; // what is wrong stands above; it may be tried again
  });
  return button;
}

function showFaults() {
  byId('faults').hidden = faults.size === 0;
  byId('fault-list').replaceChildren(...[...faults].map(([part, text]) => el('li', { 'data-part': part },
    el('strong', {}, part), `: ${text} `, NOTICES.includes(part) ? acknowledge(part) : '')));
  showState();
  if (faults.has('microphone')) showNoLevel();
}

/* ---- the text box ---- */

function showAnswer(kind, text) {
  const box = byId('answer');
  box.hidden = false;
  box.className = `answer ${kind}`.trim();
  box.textContent = text;
}

// What is typed in this tab is one conversation: a question of Jarvis can be answered.
const conversation = 1 + Math.floor(Math.random() * (2 ** 52 - 1));

async function ask(message) {
  const response = await fetch('/api/chat', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ message, speak: byId('speak').checked, conversation }),
    signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail ?? answer.title, { cause: answer });
  return answer;
}

byId('ask').addEventListener('submit', async (e) => {
  e.preventDefault();
  const box = byId('message');
  const message = box.value.trim();
  if (!message || byId('send').disabled) return;
  byId('send').disabled = true;
  showAnswer('pending', t('pending'));
  try {
    const answer = await ask(message);
    showAnswer(answer.outcome === 'failed' ? 'error' : '', answer.reply);
    box.value = '';
  } catch (error) {
    const words = error.cause ? error.message : error.name === 'TimeoutError' ? t('error.late') : t('error.net');
    showAnswer('error', words);
  } finally {
    byId('send').disabled = false;
    box.focus();
  }
});

/* ---- events ---- */


function showAbout(about) {
  if (!about) return;
  now.about = about;
  now.phrase = about.wake_phrase || now.phrase;
  now.phrase = now.phrase.charAt(0).toUpperCase() + now.phrase.slice(1);
  byId('name').textContent = about.name || 'Jarvis';
  byId('area').textContent = about.area || '';
  byId('version').textContent = `Jarvis ${about.version ?? ''}`.trim();
}

function showDevices(list) {
  names.clear();
  for (const device of list ?? []) names.set(device.id, device.name);
  devices.reset(list, now.about);
  now.example = exampleOf(list, now.about?.language) ?? '';
  byId('message').placeholder = now.example || t('placeholder');
  showState();
}

const handlers = {
  hello(event) {
    now.state = event.state;
    now.muted = Boolean(event.muted);
    faults.clear();
    for (const fault of event.faults ?? []) faults.set(fault.part, fault.text);
    showAbout(event.about);
    showDevices(event.devices);
    showFaults();
    missed.load().catch(() => {});
    sessions.load().catch(() => {}); // the connection is gone again: the next hello loads them
  },
  state(event) {
    if (event.state === 'listening') now.heard = '';
    now.state = event.state;
    // what a spoken sentence led to stands in the list of sessions
    if (event.state === 'idle' && byId('answer').classList.contains('listens')) byId('answer').hidden = true;
    showState();
  },
  heard(event) {
    now.heard = event.text;
    showState();
  },
  mute(event) {
    now.muted = Boolean(event.on);
    showState();
    if (now.muted) showNoLevel();
  },
  fault(event) {
    if (event.ok) faults.delete(event.part);
    else faults.set(event.part, event.text);
    showFaults();
  },
  level: showLevel,
  session(event) {
    sessions.put(event.session);
    if (event.session.outcome === 'not_understood') missed.load().catch(() => {});
  },
  devices: (event) => showDevices(event.devices),
  device: (event) => devices.put(event.device),
};

translate();
byId('message').placeholder = t('placeholder');
showState();
showNoLevel();

const link = connect({
  onEvent: (event) => handlers[event.type]?.(event),
  onUp() {
    byId('banner').hidden = true;
  },
  onDown(seconds) {
    now.state = 'offline';
    showState();
    byId('banner').hidden = false;
    byId('banner-text').textContent = seconds > 0 ? t('banner.lost', seconds) : t('banner.trying');
    byId('banner-now').hidden = seconds === 0;
  },
});

byId('banner-now').addEventListener('click', () => link.retry());
byId('listen').addEventListener('click', () => {
  if (link.send({ type: 'listen' })) showAnswer('pending listens', t('sent.listen'));
});
