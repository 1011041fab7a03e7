// SPDX-License-Identifier: Apache-2.0
// A sentence that works in this house: one of its own devices, in the language of the box.

// kind: words, by the language that the box understands, not by that of the browser.
const SENTENCES = {
  en: { light: 'turn on the {0}', switch: 'turn on the {0}', cover: 'open the {0}', scene: 'activate {0}' },
  fr: { light: 'allume {0}', switch: 'allume {0}', cover: 'ouvre {0}', scene: 'active {0}' },
};
const WAYS_IN = ['door', 'garage', 'gate', 'window'];

/** A name as it stands within a sentence: "Kitchen light" -> "kitchen light"; "TV corner" stays. */
function within(name) {
  return /^\p{Lu}\p{Ll}/u.test(name) ? name.charAt(0).toLowerCase() + name.slice(1) : name;
}

/** null where the house has no device to speak of; a way into the house is no example. */
export function exampleOf(devices, language) {
  const words = SENTENCES[language] ?? SENTENCES.en;
  for (const kind of Object.keys(words)) {
    const device = (devices ?? []).find((d) => d.kind === kind && d.name && !WAYS_IN.includes(d.class));
    if (device) return words[kind].replace('{0}', within(device.name));
  }
  return null;
}
