// SPDX-License-Identifier: Apache-2.0
// The page's words in English and French. Texts that come from the daemon (replies, faults) are
// in the daemon's language and shown as they are.
const dictionary = {
  en: {
    now: 'Assistant', microphone: 'Microphone', ask: 'Type a command', sentence: 'Sentence', send: 'Send',
    speak: 'Say the answer aloud', listen: 'Listen now', devices: 'Devices', sessions: 'Last commands',
    none: 'Nothing has been said yet.', faults: 'Needs attention', api: 'API', retry: 'Try now', connection: 'Connection',
    placeholder: 'what time is it', more: 'Show more', read: 'I have read it', legend: 'What took the time',
    'state.idle': 'Ready', 'state.listening': 'Listening', 'state.thinking': 'Thinking',
    'state.speaking': 'Speaking', 'state.offline': 'Not connected', 'state.muted': 'Muted',
    'state.noear': 'No microphone',
    'hint.idle': 'Say “{0}, {1}”.', 'hint.listening': 'Speak now.',
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
    'step.wake': 'Wake word', 'step.asked': 'Asked back', 'step.text': 'Text received', 'step.speech_start': 'Speech began',
    'step.early': 'Done early', 'step.taken_back': 'Taken back',
    'step.speech_end': 'Speech ended', 'step.transcript': 'Recognised', 'step.intent': 'Understood',
    'step.action': 'Carried out', 'step.llm': 'Language model', 'step.reply': 'Reply made', 'step.stored': 'Kept',
    'step.first_audio': 'First sound', 'step.spoken': 'Spoken', 'step.error': 'Error',
    why: 'Why?', intent: 'Intent', template: 'Sentence pattern', slots: 'Filled in', error: 'Error',
    nothing: 'No pattern matched.', unheard: '(nothing heard)',
    refused: 'Refused', nearest: 'Nearest pattern', rest: 'Did not fit', try: 'Try', sent: 'Sent',
    'waited.text': 'answered after {0}', 'waited.voice': 'answered {0} after you stopped speaking',
    'kind.hear': 'hearing', 'kind.understand': 'understanding', 'kind.act': 'doing', 'kind.speak': 'to the first sound', 'kind.error': 'error',
    missed: 'Not understood', 'teach.name': '“{0}” is also {1}', 'teach.sentence': '“{0}” means “{1}”',
    'teach.add': 'Add', 'teach.undo': 'Undo', 'teach.taught': 'Taught',
    steps: 'Steps and times', step: 'Step', time: 'Time', detail: 'Detail',
    'on': 'on', 'off': 'off', 'open': 'open', 'closed': 'closed', unknown: 'unknown', away: 'not reachable',
    detected: 'detected', clear: 'clear', wet: 'wet', dry: 'dry', locked: 'locked', unlocked: 'unlocked',
    target: 'set to {0}', elsewhere: 'No room', 'no.devices': 'No devices yet. Three steps to the first one:',
    'first.broker': 'Tell Jarvis where your MQTT broker is: ', 'first.file': 'Write the device, with its room, into ',
    'first.reload': 'Read it in: ', was: 'was {0}', old: 'what was last told; it may have changed since',
    'do.start': 'Start', 'do.on': 'On', 'do.off': 'Off', 'do.open': 'Open', 'do.close': 'Close', 'do.stop': 'Stop', 'do.lock': 'Lock',
    'do.unlock': 'Unlock', 'do.brightness': 'Brightness', 'do.position': 'Position', 'do.warmer': 'Warmer',
    'do.cooler': 'Cooler', sure: 'Really {0}?', 'error.reach': 'Jarvis could not be reached.',
  },
  fr: {
    now: 'Assistant', microphone: 'Microphone', ask: 'Écrire une commande', sentence: 'Phrase', send: 'Envoyer',
    speak: 'Dire la réponse à voix haute', listen: 'Écouter', devices: 'Appareils', sessions: 'Dernières commandes',
    none: 'Rien n’a encore été dit.', faults: 'À vérifier', api: 'API', retry: 'Réessayer', connection: 'Connexion',
    placeholder: 'quelle heure est-il', more: 'Afficher plus', read: 'J’ai lu', legend: 'Ce qui a pris du temps',
    'state.idle': 'Prêt', 'state.listening': 'À l’écoute', 'state.thinking': 'Réflexion',
    'state.speaking': 'Parle', 'state.offline': 'Non connecté', 'state.muted': 'Micro coupé',
    'state.noear': 'Pas de micro',
    'hint.idle': 'Dites « {0}, {1} ».', 'hint.listening': 'Parlez maintenant.',
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
    'step.wake': 'Mot d’éveil', 'step.asked': 'Question posée', 'step.text': 'Texte reçu', 'step.speech_start': 'Début de parole',
    'step.early': 'Exécuté avant la fin', 'step.taken_back': 'Annulé',
    'step.speech_end': 'Fin de parole', 'step.transcript': 'Reconnu', 'step.intent': 'Compris',
    'step.action': 'Exécuté', 'step.llm': 'Modèle de langage', 'step.reply': 'Réponse prête', 'step.stored': 'Enregistré',
    'step.first_audio': 'Premier son', 'step.spoken': 'Dit', 'step.error': 'Erreur',
    why: 'Pourquoi ?', intent: 'Intention', template: 'Modèle de phrase', slots: 'Valeurs', error: 'Erreur',
    nothing: 'Aucun modèle ne correspond.', unheard: '(rien entendu)',
    refused: 'Refusé', nearest: 'Modèle le plus proche', rest: 'En trop', try: 'Essayez', sent: 'Envoyé',
    'waited.text': 'répondu après {0}', 'waited.voice': 'répondu {0} après la fin de la phrase',
    'kind.hear': 'écoute', 'kind.understand': 'compréhension', 'kind.act': 'action', 'kind.speak': 'premier son', 'kind.error': 'erreur',
    missed: 'Pas compris', 'teach.name': '« {0} », c’est aussi {1}', 'teach.sentence': '« {0} » veut dire « {1} »',
    'teach.add': 'Ajouter', 'teach.undo': 'Annuler', 'teach.taught': 'Appris',
    steps: 'Étapes et temps', step: 'Étape', time: 'Temps', detail: 'Détail',
    'on': 'allumé', 'off': 'éteint', 'open': 'ouvert', 'closed': 'fermé', unknown: 'inconnu', away: 'injoignable',
    detected: 'détecté', clear: 'rien', wet: 'mouillé', dry: 'sec', locked: 'verrouillé', unlocked: 'déverrouillé',
    target: 'réglé sur {0}', elsewhere: 'Sans pièce', 'no.devices': 'Aucun appareil. Trois étapes jusqu’au premier :',
    'first.broker': 'Indiquez où est votre serveur MQTT : ', 'first.file': 'Décrivez l’appareil, avec sa pièce, dans ',
    'first.reload': 'Faites-le lire : ', was: 'était {0}', old: 'dernier état connu ; il a pu changer depuis',
    'do.start': 'Lancer', 'do.on': 'Allumer', 'do.off': 'Éteindre', 'do.open': 'Ouvrir', 'do.close': 'Fermer', 'do.stop': 'Arrêter',
    'do.lock': 'Verrouiller', 'do.unlock': 'Déverrouiller', 'do.brightness': 'Luminosité', 'do.position': 'Position',
    'do.warmer': 'Plus chaud', 'do.cooler': 'Moins chaud', sure: '{0}, vraiment ?',
    'error.reach': 'Jarvis ne répond pas.',
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
