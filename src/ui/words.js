// SPDX-License-Identifier: Apache-2.0
// The page's words in English and French. Texts that come from the daemon (replies, faults) are
// in the daemon's language and shown as they are.
const dictionary = {
  en: {
    now: 'Assistant', microphone: 'Microphone', ask: 'Say it in writing', sentence: 'Sentence', send: 'Send',
    speak: 'Say the answer aloud', listen: 'Listen now', devices: 'Devices', sessions: 'Last commands',
    none: 'Nothing has been said yet.', faults: 'Needs attention', api: 'API', retry: 'Try now', connection: 'Connection',
    placeholder: 'turn on the kitchen light',
    'state.idle': 'Ready', 'state.listening': 'Listening', 'state.thinking': 'Thinking',
    'state.speaking': 'Speaking', 'state.offline': 'Not connected', 'state.muted': 'Muted',
    'state.noear': 'No microphone',
    'hint.idle': 'Say “{0}, turn on the kitchen light”.', 'hint.listening': 'Speak now.',
    'hint.muted': 'The microphone is switched off. Typing works.', 'hint.noear': 'Typing works.',
    'hint.heard': '“{0}”',
    'level.db': '{0} dB, noise {1} dB', 'level.none': 'No sound data', 'level.muted': 'Muted',
    'level.noear': 'No microphone',
    pending: 'Working on it …', 'sent.listen': 'Listening for a sentence.',
    'error.net': 'No connection to Jarvis. Your sentence was not sent; try again.',
    'error.late': 'No answer came in time.',
    'banner.lost': 'Connection lost. Next try in {0} s.', 'banner.trying': 'Connection lost. Connecting …',
    'outcome.done': 'done', 'outcome.failed': 'failed', 'outcome.not_understood': 'not understood',
    'outcome.cancelled': 'cancelled', 'outcome.asked': 'asked back', 'outcome.stopped': 'stopped',
    'source.voice': 'spoken', 'source.web': 'typed', 'source.text': 'typed', 'source.ctl': 'command line',
    'step.wake': 'Wake word', 'step.text': 'Text received', 'step.speech_start': 'Speech began',
    'step.speech_end': 'Speech ended', 'step.transcript': 'Recognised', 'step.intent': 'Understood',
    'step.action': 'Carried out', 'step.llm': 'Language model', 'step.reply': 'Reply made', 'step.stored': 'Kept',
    'step.first_audio': 'First sound', 'step.spoken': 'Spoken', 'step.error': 'Error',
    why: 'Why?', intent: 'Intent', template: 'Sentence pattern', slots: 'Filled in', mqtt: 'MQTT', sent: 'Sent', error: 'Error',
    nothing: 'No pattern matched.', unsent: '(not sent)', unheard: '(nothing heard)', after: 'after {0}',
    steps: 'Steps and times', step: 'Step', time: 'Time', detail: 'Detail',
    'on': 'on', 'off': 'off', 'open': 'open', 'closed': 'closed', unknown: 'unknown', away: 'not reachable',
    target: 'set to {0}', elsewhere: 'No room', 'no.devices': 'No devices are set up. They are listed in devices.yaml.',
    old: 'last known',
  },
  fr: {
    now: 'Assistant', microphone: 'Microphone', ask: 'Écrivez-le', sentence: 'Phrase', send: 'Envoyer',
    speak: 'Dire la réponse à voix haute', listen: 'Écouter', devices: 'Appareils', sessions: 'Dernières commandes',
    none: 'Rien n’a encore été dit.', faults: 'À vérifier', api: 'API', retry: 'Réessayer', connection: 'Connexion',
    placeholder: 'allume la lumière de la cuisine',
    'state.idle': 'Prêt', 'state.listening': 'À l’écoute', 'state.thinking': 'Réflexion',
    'state.speaking': 'Parle', 'state.offline': 'Non connecté', 'state.muted': 'Micro coupé',
    'state.noear': 'Pas de micro',
    'hint.idle': 'Dites « {0}, allume la lumière de la cuisine ».', 'hint.listening': 'Parlez maintenant.',
    'hint.muted': 'Le microphone est coupé. Le clavier fonctionne.', 'hint.noear': 'Le clavier fonctionne.',
    'hint.heard': '« {0} »',
    'level.db': '{0} dB, bruit {1} dB', 'level.none': 'Aucune donnée sonore', 'level.muted': 'Micro coupé',
    'level.noear': 'Pas de micro',
    pending: 'En cours …', 'sent.listen': 'J’écoute une phrase.',
    'error.net': 'Pas de connexion à Jarvis. La phrase n’a pas été envoyée ; réessayez.',
    'error.late': 'Aucune réponse à temps.',
    'banner.lost': 'Connexion perdue. Nouvel essai dans {0} s.', 'banner.trying': 'Connexion perdue. Connexion …',
    'outcome.done': 'fait', 'outcome.failed': 'échec', 'outcome.not_understood': 'pas compris',
    'outcome.cancelled': 'annulé', 'outcome.asked': 'question posée', 'outcome.stopped': 'arrêté',
    'source.voice': 'à voix haute', 'source.web': 'écrit', 'source.text': 'écrit', 'source.ctl': 'ligne de commande',
    'step.wake': 'Mot d’éveil', 'step.text': 'Texte reçu', 'step.speech_start': 'Début de parole',
    'step.speech_end': 'Fin de parole', 'step.transcript': 'Reconnu', 'step.intent': 'Compris',
    'step.action': 'Exécuté', 'step.llm': 'Modèle de langage', 'step.reply': 'Réponse prête', 'step.stored': 'Enregistré',
    'step.first_audio': 'Premier son', 'step.spoken': 'Dit', 'step.error': 'Erreur',
    why: 'Pourquoi ?', intent: 'Intention', template: 'Modèle de phrase', slots: 'Valeurs', mqtt: 'MQTT', sent: 'Envoyé', error: 'Erreur',
    nothing: 'Aucun modèle ne correspond.', unsent: '(non envoyé)', unheard: '(rien entendu)', after: 'après {0}',
    steps: 'Étapes et temps', step: 'Étape', time: 'Temps', detail: 'Détail',
    'on': 'allumé', 'off': 'éteint', 'open': 'ouvert', 'closed': 'fermé', unknown: 'inconnu', away: 'injoignable',
    target: 'réglé sur {0}', elsewhere: 'Sans pièce', 'no.devices': 'Aucun appareil. Ils sont décrits dans devices.yaml.',
    old: 'dernier état connu',
  },
};

export const language = (navigator.language || 'en').toLowerCase().startsWith('fr') ? 'fr' : 'en';
// Numbers and times by the browser's region, which may be finer than our two languages.
export const region = navigator.language || language;
const words = dictionary[language];

/** The words for a key with {0}, {1} … filled in; `fallback` where the key is unknown. */
export function t(key, ...values) {
  const text = words[key] ?? key;
  return text.replace(/\{(\d)\}/g, (_, n) => values[Number(n)] ?? '');
}

export function has(key) {
  return key in words;
}

/** The words for a key that the daemon named, which may be newer than this page. */
export function named(prefix, name) {
  const key = `${prefix}.${name}`;
  return has(key) ? t(key) : String(name).replaceAll('_', ' ');
}

/** Puts the words into everything marked with data-t (text) or data-label (name). */
export function translate() {
  document.documentElement.lang = language;
  for (const node of document.querySelectorAll('[data-t]')) node.textContent = t(node.dataset.t);
  for (const node of document.querySelectorAll('[data-label]')) node.setAttribute('aria-label', t(node.dataset.label));
}
