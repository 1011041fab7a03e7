// SPDX-License-Identifier: Apache-2.0
// The page as a person sees it.
//
//   node tests/ui/run.mjs URL [--shots DIR] [--restart COMMAND] [--device COMMAND] [--preview]
//
// URL        of a server that is running: jarvisd, or build/.../server_test --serve PORT
// --shots    keeps pictures of the page there
// --restart  a shell command that restarts the server at the same address
// --device   a shell command that changes the state of kitchen_light (else a typed sentence does)
// --preview  the server is server_test: sound and faults are played, so they are checked too
//
// Ends with 0, 1, or 77 (with a line that says why) where Chromium or the packages are absent.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const LIMIT_MS = 20000;
const run = promisify(execFile);

function skip(why) {
  console.log(`SKIP: ${why}`);
  process.exit(77);
}

function options(argv) {
  const o = { url: null, shots: null, restart: null, device: null, preview: false };
  for (let i = 0; i < argv.length; i++) {
    const name = argv[i].replace(/^--/, '');
    if (argv[i] === '--preview') o.preview = true;
    else if (argv[i].startsWith('--') && name in o) o[name] = argv[++i];
    else o.url = argv[i];
  }
  if (!o.url) {
    console.error('usage: node tests/ui/run.mjs URL [--shots DIR] [--restart COMMAND] [--device COMMAND] [--preview]');
    process.exit(2);
  }
  return o;
}

async function load() {
  try {
    const { chromium } = await import('playwright-core');
    const { default: axe } = await import('axe-core');
    return { chromium, axe };
  } catch {
    return skip("playwright-core is not installed; run 'npm ci' in tests/ui");
  }
}

const o = options(process.argv.slice(2));
if (!existsSync(CHROMIUM)) skip(`${CHROMIUM} is absent; install chromium or set CHROMIUM`);
const { chromium, axe } = await load();
const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const expected = []; // patterns of console errors that a check provokes
const complaints = [];
const foreign = [];
if (o.shots) mkdirSync(o.shots, { recursive: true });

async function open(settings = {}, prepare = async () => {}) {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1180, height: 900 }, ...settings });
  const page = await context.newPage();
  page.setDefaultTimeout(LIMIT_MS);
  page.on('console', (m) => {
    if (m.type() === 'error' && !expected.some((e) => e.test(m.text()))) complaints.push(m.text());
  });
  page.on('pageerror', (e) => complaints.push(String(e)));
  page.on('request', (r) => {
    if (new URL(r.url()).host !== new URL(o.url).host) foreign.push(r.url());
  });
  await prepare(page);
  await page.goto(o.url);
  await page.locator('#now:not([data-state="offline"])').waitFor();
  return page;
}

function assert(ok, words) {
  if (!ok) throw new Error(words);
}

async function until(what, words) {
  const end = Date.now() + LIMIT_MS;
  for (;;) {
    if (await what()) return;
    if (Date.now() > end) throw new Error(words);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function shot(page, name) {
  if (o.shots) await page.screenshot({ path: path.join(o.shots, `${name}.png`), fullPage: true });
}

async function say(page, sentence) {
  await page.getByRole('textbox').fill(sentence);
  await page.getByRole('textbox').press('Enter');
}

async function answered(page) {
  await until(async () => (await page.locator('#answer').getAttribute('class')) === 'answer', 'no good answer');
}

async function audit(page, where) {
  await page.evaluate(axe.source);
  const result = await page.evaluate(() => window.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  const words = result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join('; ')}`);
  assert(result.passes.length > 10, `${where}: axe looked at nothing`);
  assert(words.length === 0, `${where}: ${words.join(' | ')}`);
}

const shell = (command) => run('/bin/sh', ['-c', command], { timeout: LIMIT_MS });
/** A page whose house is played: `hello` is changed before the page gets it; posts are kept in `posted`. */
async function played(change, posted = [], answer = { status: 200, body: '{}' }) {
  const page = await open({}, async (fresh) => {
    await fresh.routeWebSocket('**/ws', (ws) => {
      const server = ws.connectToServer();
      server.onMessage((text) => {
        const event = JSON.parse(text);
        if (event.type === 'hello') ws.send(JSON.stringify(change(event)));
        else if (event.type !== 'device' && event.type !== 'devices') ws.send(text);
      });
    });
    await fresh.route('**/api/devices/*', (route) => {
      posted.push(`${route.request().url().split('/').at(-1)} ${route.request().postData()}`);
      return route.fulfill({ contentType: 'application/json', ...answer });
    });
  });
  return page;
}

const deviceText = (page) => page.locator('[data-device="kitchen_light"] .value').textContent();

const checks = {
  async 'what was missed is taught with one tap and taken back with one'() {
    const wishes = [];
    let learnt = [];
    const page = await open({}, async (fresh) => {
      await fresh.route('**/api/missed*', (route) => route.fulfill({ json: { missed: [{
        text: 'turn on the reading lamp', count: 2, at: 1, session: 1,
        proposals: [{ text: 'reading lamp', device: 'kitchen_light' }, { text: 'turn on the reading lamp', means: 'turn on the fan' }],
      }] } }));
      await fresh.route('**/api/learnt', (route) => {
        if (route.request().method() === 'POST') {
          const wish = route.request().postDataJSON();
          wishes.push(JSON.stringify(wish));
          if (wish.means) return route.fulfill({ status: 409, json: { title: 'Conflict', detail: 'is understood already' } });
          learnt = wish.forget ? [] : [{ ...wish, at: 1 }];
        }
        return route.fulfill({ json: { learnt } });
      });
    });
    expected.push(/409/);
    const section = page.locator('#missed');
    await section.waitFor();
    assert((await section.textContent()).includes('(2)'), 'how often is not told');
    await section.getByRole('button', { name: /^Add: .*reading lamp.* is also/ }).click();
    await section.getByRole('button', { name: /^Undo/ }).click();
    await until(async () => (await section.getByRole('button', { name: /^Add/ }).count()) === 2, 'it was not taken back');
    await section.getByRole('button', { name: /means/ }).click();
    await section.getByText('is understood already').waitFor();
    assert(wishes.join() === '{"text":"reading lamp","device":"kitchen_light"},{"forget":"reading lamp"},'
      + '{"text":"turn on the reading lamp","means":"turn on the fan"}', wishes.join());
    await audit(page, 'missed');
    await shot(page, 'missed');
    await page.context().close();
  },
  async 'the page loads and shows the state'() {
    const page = await open();
    assert((await page.title()) === 'Jarvis', 'title');
    assert((await page.getByTestId('state').textContent()) === 'Ready', 'state is not Ready');
    assert(await page.getByRole('heading', { name: 'Devices' }).isVisible(), 'no devices');
    assert((await page.locator('.device').count()) > 0, 'the list of devices is empty');
  },

  async 'a typed sentence is answered and its session appears with a timeline'() {
    const page = await open();
    const sentence = 'turn on the kitchen light';
    await say(page, sentence);
    await answered(page);
    const session = page.locator('.session').first();
    await session.locator('.heard', { hasText: sentence }).waitFor();
    assert((await session.locator('.bar span').count()) >= 2, 'the timeline has no steps');
    assert((await session.locator('.badge').textContent()) === 'done', 'outcome is not done');
    await session.locator('summary').click();
    assert(await session.locator('table').isVisible(), 'why? does not open');
    assert(/ms|s/.test(await session.locator('td.ms').last().textContent()), 'no time');
    assert((await session.locator('dd code', { hasText: 'home/light/kitchen' }).count()) > 0, 'what was sent is not told');
  },

  async 'a device is switched by a tap, and shows what the house tells'() {
    const page = await open();
    await say(page, 'turn off the kitchen light');
    await until(async () => (await deviceText(page)).includes('off'), 'the light is not off');
    const flip = page.getByRole('switch', { name: 'Kitchen light' });
    assert((await flip.getAttribute('aria-checked')) === 'false', 'the switch is not off');
    await flip.click();
    await until(async () => (await flip.getAttribute('aria-checked')) === 'true', 'the switch does not follow');
    assert((await deviceText(page)).includes('on'), 'the state does not follow');
  },

  async 'each kind of device has what it needs to be tapped'() {
    const posted = [];
    const page = await played((hello) => ({ ...hello, devices: [
      { id: 'lamp', name: 'Lamp', area: 'Hall', kind: 'light', can: ['on', 'off', 'brightness'],
        state: { state: 'on', brightness: 40, color: '#ff8800' } },
      { id: 'old', name: 'Old lamp', area: 'Hall', kind: 'light', state: { state: 'on', stale: true } },
      { id: 'blind', name: 'Blind', area: 'Hall', kind: 'cover', class: 'blind', state: { state: 'open', position: 60 } },
      { id: 'garage', name: 'Garage door', area: 'Hall', kind: 'cover', class: 'garage', state: { state: 'closed' } },
      { id: 'heat', name: 'Heating', area: 'Hall', kind: 'climate', state: { state: 'on', target: 20.5, temperature: 19 } },
      { id: 'movie', name: 'Movie night', area: '', kind: 'scene', state: {} },
      { id: 'door', name: 'Back door', area: 'Hall', kind: 'binary_sensor', class: 'door', state: { state: 'open' } },
    ] }), posted);
    const row = (id) => page.locator(`[data-device="${id}"]`);
    const tap = (id, name) => row(id).getByRole('button', { name }).click();
    assert(await row('lamp').locator('.swatch').isVisible(), 'the colour of the lamp is not shown');
    assert((await row('old').locator('.value').textContent()) === 'was on', 'an old state is told as certain');
    assert((await row('old').getByRole('switch').count()) === 0, 'an old state can be toggled blindly');
    assert((await row('door').getByRole('button').count()) === 0, 'a sensor can be tapped');
    await row('lamp').getByRole('switch').click();
    await tap('old', /^Off/);
    await tap('blind', /^Stop/);
    await tap('heat', /^Warmer/);
    await tap('movie', /^Start/);
    await row('lamp').getByRole('slider').fill('70');
    await tap('garage', /^Open/);
    await until(async () => posted.length >= 6, `posted: ${posted}`);
    assert(!posted.some((p) => p.startsWith('garage')), 'one tap opens the garage');
    await tap('garage', /^Really/);
    await until(async () => posted.length >= 7, `posted: ${posted}`);
    for (const want of ['lamp {"command":"off"}', 'old {"command":"off"}', 'blind {"command":"stop"}',
      'heat {"command":"temperature","value":21}', 'movie {"command":"on"}',
      'lamp {"command":"brightness","value":70}', 'garage {"command":"open"}']) {
      assert(posted.includes(want), `not sent: ${want}; sent: ${posted}`);
    }
    await audit(page, 'devices');
    await shot(page, 'devices');
  },

  async 'a device that does not answer says so where it was tapped'() {
    expected.push(/503/);
    const page = await played((hello) => ({ ...hello, devices: [
      { id: 'lamp', name: 'Lamp', area: '', kind: 'light', state: { state: 'off' } }] }), [],
    { status: 503, body: JSON.stringify({ title: 'Service unavailable', detail: 'the home broker cannot be reached' }) });
    await page.getByRole('switch', { name: 'Lamp' }).click();
    await page.locator('[data-device="lamp"] .note', { hasText: 'the home broker cannot be reached' }).waitFor();
    assert((await page.getByRole('switch', { name: 'Lamp' }).getAttribute('aria-checked')) === 'false', 'it shows a hope');
  },

  async 'a loss stays told until somebody has read it'() {
    const page = await played((hello) => ({ ...hello, faults: [
      { part: 'history', text: '3 sessions were lost' }, { part: 'mqtt', text: 'no broker' }] }));
    let acknowledged = 0;
    await page.route('**/api/acknowledge/history', (route) => {
      acknowledged += 1;
      return route.fulfill({ status: 202, contentType: 'application/json', body: '{}' });
    });
    assert((await page.locator('[data-part="mqtt"] button').count()) === 0, 'a fault can be clicked away');
    await page.getByRole('button', { name: 'I have read it: history' }).click();
    await until(async () => acknowledged === 1, 'nothing was acknowledged');
    await audit(page, 'notice');
  },

  async 'an empty house leads to its first device'() {
    const page = await played((hello) => ({ ...hello, devices: [] }));
    const first = page.locator('.first');
    await first.waitFor();
    for (const want of ['mqtt.host', 'devices.yaml', 'jarvisctl reload']) {
      assert((await first.textContent()).includes(want), `no word of ${want}`);
    }
    assert(!(await page.locator('#hint').textContent()).includes('kitchen'), 'the hint names a device that is not there');
    await audit(page, 'empty house');
    await shot(page, 'empty');
  },

  async 'hint and placeholder name a device of this house, in the language of the box'() {
    const page = await played((hello) => ({ ...hello, about: { ...hello.about, language: 'fr' }, devices: [
      { id: 'g', name: 'Porte du garage', area: '', kind: 'cover', class: 'garage', state: {} },
      { id: 'l', name: 'Lampe du salon', area: 'Salon', kind: 'light', state: {} }] }));
    assert((await page.locator('#message').getAttribute('placeholder')) === 'allume lampe du salon', 'placeholder');
    const state = await page.locator('#now').getAttribute('data-state');
    if (state === 'idle') assert((await page.locator('#hint').textContent()).includes('allume lampe du salon'), 'hint');
  },

  async 'the list of commands is short, with more at hand, and a legend'() {
    const page = await open();
    for (let i = 0; i < 7; i++) {
      await say(page, i % 2 ? 'turn on the kitchen light' : 'turn off the kitchen light');
      await answered(page);
      await until(async () => (await page.getByRole('textbox').inputValue()) === '', 'the sentence stays');
    }
    await until(async () => (await page.locator('.session').count()) === 5, 'more than five at first');
    assert(await page.locator('#legend', { hasText: 'understanding' }).isVisible(), 'no legend');
    assert((await page.locator('.bar .store').count()) === 0, 'the bar shows what nobody waits for');
    await page.getByRole('button', { name: 'Show more' }).click();
    await until(async () => (await page.locator('.session').count()) > 5, 'the button shows no more');
  },

  async 'the level meter moves'() {
    const page = await open();
    // a microphone that hears nothing has a level all the same
    await until(async () => /dB/.test(await page.locator('#level').getAttribute('aria-valuetext')), 'no level comes');
    if (!o.preview) return '';
    const seen = new Set();
    await until(async () => {
      seen.add(await page.locator('#level-bar').evaluate((bar) => bar.style.transform));
      return seen.size >= 4;
    }, `the meter stands still: ${[...seen]}`);
    assert(await page.locator('#level-noise').isVisible(), 'no mark for the noise');
    return '';
  },

  async 'a device changes live'() {
    const page = await open();
    if (o.device) { // which switches it off
      await say(page, 'turn on the kitchen light');
      await until(async () => (await deviceText(page)).includes('on'), 'the light is not on');
    }
    const before = await deviceText(page);
    if (o.device) await shell(o.device);
    else await say(page, before.includes('on') ? 'turn off the kitchen light' : 'turn on the kitchen light');
    await until(async () => (await deviceText(page)) !== before, `kitchen_light stays ${before}`);
  },

  async 'push to talk listens'() {
    const page = await open();
    const listen = page.getByRole('button', { name: 'Listen now' });
    if (await listen.isDisabled()) return 'there is no microphone here';
    await listen.click();
    await until(async () => (await page.getByTestId('state').textContent()) === 'Listening', 'it does not listen');
    if (o.preview) await shot(page, 'listening');
    if (o.preview) await say(page, 'turn on the kitchen light');
    await until(async () => (await page.getByTestId('state').textContent()) === 'Ready', 'it never stops listening');
  },

  async 'a missing microphone is told with its remedy'() {
    if (!o.preview) return 'needs --preview';
    const page = await open();
    await say(page, 'unplug');
    await page.locator('#faults', { hasText: 'plug in a microphone' }).waitFor();
    await until(async () => (await page.getByTestId('state').textContent()) === 'No microphone', 'state does not tell');
    assert((await page.locator('#level-text').textContent()) === 'No microphone', 'meter does not tell');
    assert(await page.getByRole('button', { name: 'Listen now' }).isDisabled(), 'it still offers to listen');
    await audit(page, 'fault');
    await shot(page, 'fault');
    await say(page, 'plug in');
    await page.locator('#faults').waitFor({ state: 'hidden' });
  },

  async 'what cannot be sent is told, and text is never taken for HTML'() {
    const page = await open();
    expected.push(/ERR_FAILED/);
    await page.route('**/api/chat', (route) => route.abort());
    await say(page, 'turn on the kitchen light');
    await page.locator('.answer.error', { hasText: 'No connection' }).waitFor();
    assert((await page.getByRole('textbox').inputValue()) !== '', 'the sentence is lost');
    await page.unroute('**/api/chat');
    const evil = '<img src=x onerror="document.title=1">';
    await say(page, evil);
    await page.locator('.heard', { hasText: evil }).first().waitFor();
    assert((await page.locator('.session img').count()) === 0, 'HTML came through');
    assert((await page.title()) === 'Jarvis', 'script came through');
  },

  async 'everything works by keyboard'() {
    const page = await open();
    await say(page, 'turn on the kitchen light'); // so that there is a session
    await answered(page);
    const names = [];
    await page.locator('h1').click(); // Tab goes on from here
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press('Tab');
      names.push(await page.evaluate(() => document.activeElement.id || document.activeElement.tagName));
      if (names.at(-1) === 'SUMMARY') break;
    }
    for (const want of ['message', 'send', 'speak', 'listen', 'SUMMARY']) {
      assert(names.includes(want), `Tab does not reach ${want}: ${names}`);
    }
    const details = page.locator('details').first();
    const was = await details.getAttribute('open');
    await page.keyboard.press('Enter');
    assert((await details.getAttribute('open')) !== was, 'Enter does not open why?');
  },

  async 'it fits 320 px, and targets are large enough for a finger'() {
    const page = await open({ viewport: { width: 320, height: 640 }, hasTouch: true });
    await say(page, 'turn on the kitchen light');
    await answered(page);
    await page.locator('summary').first().click();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert(width <= 320, `the page is ${width} px wide`);
    for (const id of ['#send', '#listen', '#message']) {
      const box = await page.locator(id).boundingBox();
      assert(box.height >= 44 && box.x + box.width <= 320, `${id} is ${box.height} px high`);
    }
    await shot(page, 'phone-320');
  },

  async 'dark by the system'() {
    const light = await open({ colorScheme: 'light' });
    const dark = await open({ colorScheme: 'dark' });
    const ground = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert((await ground(light)) !== (await ground(dark)), 'light and dark look the same');
    await dark.locator('.session').first().waitFor();
    await shot(dark, 'dark');
  },

  async 'French where the browser is'() {
    const page = await open({ locale: 'fr-CA' });
    assert((await page.getByTestId('state').textContent()) === 'Prêt', 'state is not French');
    assert((await page.locator('html').getAttribute('lang')) === 'fr', 'lang');
    const left = await page.evaluate(() => [...document.querySelectorAll('[data-t]')]
      .filter((n) => n.textContent === n.dataset.t).map((n) => n.dataset.t));
    assert(left.length === 0, `without words: ${left}`);
  },

  async 'motion is left out for those who do not want it'() {
    const page = await open({ reducedMotion: 'reduce' });
    await page.locator('#now').evaluate((node) => { node.dataset.state = 'speaking'; });
    const moving = await page.evaluate(() => document.getAnimations().length);
    assert(moving === 0, `${moving} animations run`);
  },

  async 'axe finds nothing in light and dark, English and French'() {
    for (const colorScheme of ['light', 'dark']) {
      for (const locale of ['en-GB', 'fr-FR']) {
        const page = await open({ colorScheme, locale, reducedMotion: 'reduce' });
        await say(page, 'turn on the kitchen light');
        await answered(page);
        await page.locator('summary').first().click();
        await audit(page, `${colorScheme} ${locale}`);
        if (locale === 'en-GB' && colorScheme === 'light') await shot(page, 'page');
      }
    }
  },

  async 'it comes back by itself after a restart of the server'() {
    if (!o.restart) return 'needs --restart';
    const page = await open();
    expected.push(/WebSocket connection to/, /ERR_CONNECTION_REFUSED/, /ERR_SOCKET_NOT_CONNECTED/);
    let sawBanner = false;
    const banner = page.locator('#banner').waitFor().then(() => { sawBanner = true; });
    await shell(o.restart);
    await banner;
    await page.locator('#banner').waitFor({ state: 'hidden', timeout: 60000 });
    assert(sawBanner, 'no banner');
    await until(async () => (await page.getByTestId('state').textContent()) === 'Ready', 'not ready again');
    await say(page, 'turn on the kitchen light');
    await answered(page);
  },

  async 'no complaint in the console, nothing from elsewhere'() {
    assert(complaints.length === 0, complaints.join(' | '));
    assert(foreign.length === 0, foreign.join(' '));
  },
};

let passed = 0;
let failed = 0;
let skipped = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    const why = await check();
    if (why) skipped += 1;
    else passed += 1;
    console.log(why ? `skip  ${name} (${why})` : `ok    ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}\n      ${error.message.split('\n')[0]}`);
  }
  for (const context of browser.contexts()) await context.close();
}
await browser.close();
console.log(`page: ${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed === 0 ? 0 : 1);
