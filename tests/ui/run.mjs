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

async function open(settings = {}) {
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
const deviceText = (page) => page.locator('[data-device="kitchen_light"] .value').textContent();

const checks = {
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
    assert((await session.locator('dd code', { hasText: 'home/light/kitchen' }).count()) > 0, 'no MQTT message');
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
    for (let i = 0; i < 12; i++) {
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
