import type { Words } from './en';

export const de: Words = {
  common: {
    retry: 'Noch einmal', close: 'Schließen', undo: 'Rückgängig', loading: 'Wird geladen…', more: 'Weitere werden geladen…', outdated: 'Diese Liste hat sich geändert.', anew: 'Neu laden',     skip: 'Zum Inhalt', unknown: 'Unbekannt', justNow: 'gerade eben',
  },
  nav: { label: 'Hauptnavigation', inbox: 'Posteingang', leads: 'Leads', settings: 'Einstellungen', shortcuts: 'Tastenkürzel', signOut: 'Abmelden', unread_one: '{{count}} ungelesene Unterhaltung', unread_other: '{{count}} ungelesene Unterhaltungen' },
  errors: {
    offline: 'Sie sind offline. Was Sie sehen, wurde vorher geladen; was Sie schreiben, bleibt erhalten.',
    network: 'Der Server antwortet nicht. Prüfen Sie die Verbindung.',
    busy: 'Zu viele Anfragen auf einmal. Warten Sie {{seconds}} Sekunden und versuchen Sie es dann noch einmal.',
    conflict: 'Jemand hat das inzwischen geändert. Es wurde neu geladen; bitte ansehen und wiederholen.',
    missing: 'Das gibt es nicht mehr.',
    invalid: 'Der Server hat das nicht angenommen: {{detail}}',
    unavailable: 'Der Server ist überlastet oder startet gerade neu. Nichts geht verloren; versuchen Sie es gleich noch einmal.',
    forbidden: 'Das darf Ihr Konto nicht.',
    unexpected: 'Etwas ist schiefgegangen ({{detail}}).',
    screen: 'Diese Ansicht ist fehlgeschlagen',
  },
  fresh: { live: 'live', cache: 'gemerkt', offline: 'offline', title: 'Quelle: {{source}}. Geladen {{age}}. Der Server brauchte {{ms}} ms.', ago: 'vor {{age}}' },
  accounts: {
    signIn: 'Anmelden', signUp: 'Konto anlegen', welcome: 'Willkommen zurück', start: 'Mit SalesFlow beginnen', email: 'E-Mail', password: 'Passwort',
    passwordHint: 'Mindestens 8 Zeichen', firstName: 'Vorname', lastName: 'Nachname', company: 'Firma (freiwillig)', working: 'Einen Moment…',
    noAccount: 'Noch kein Konto?', haveAccount: 'Schon ein Konto?', wrong: 'E-Mail oder Passwort ist falsch.',
    taken: 'Zu dieser E-Mail gibt es schon ein Konto.', again: 'Bitte melden Sie sich wieder an', againText: 'Ihre Sitzung als {{email}} ist zu Ende. Was Sie geschrieben haben, bleibt erhalten.',
    other: 'Als jemand anderes anmelden', pitch: 'Jede Unterhaltung, jeder Lead, ein ruhiger Ort.',
  },
  settings: {
    title: 'Einstellungen', theme: 'Darstellung', system: 'Wie das System', light: 'Hell', dark: 'Dunkel', language: 'Sprache', zone: 'Zeitzone',
    zoneAuto: 'Wie dieses Gerät ({{zone}})', done: 'Fertig', keys: 'Einzelne Tasten sind Befehle (j, k, e …)',
  },
  shortcuts: { title: 'Tastenkürzel', next: 'Nächste Unterhaltung', previous: 'Vorige Unterhaltung', archive: 'Archivieren, weiter zur nächsten', reply: 'Antwort schreiben', unread: 'Als gelesen oder ungelesen markieren', search: 'Suchen', send: 'Antwort senden', leave: 'Feld verlassen', undo: 'Rückgängig machen', help: 'Diese Liste', goInbox: 'Zum Posteingang', goLeads: 'Zu den Leads' },
  platform: { whatsapp: 'WhatsApp', linkedin: 'LinkedIn', instagram: 'Instagram', facebook: 'Facebook', email: 'E-Mail', sms: 'SMS' },
  status: {
    new: 'Neu', dm_initiated_no_response: 'Angeschrieben, keine Antwort', read_no_reply: 'Gelesen, keine Antwort', replied: 'Hat geantwortet', needs_human_attention: 'Braucht Sie',
    in_sequence: 'In einer Sequenz', delay_requested: 'Später', converted: 'Gewonnen', unsubscribed: 'Abgemeldet', archived: 'Archiviert',
  },
  inbox: {
    title: 'Posteingang', list: 'Unterhaltungen', conversation: 'Unterhaltung', search: 'Unterhaltungen durchsuchen', view: 'Status', channel: 'Kanal', sort: 'Reihenfolge', open: 'Offen', attention: 'Braucht Aufmerksamkeit',
    allStatuses: 'Alle', allPlatforms: 'Alle Kanäle', priority: 'Wichtigste zuerst', newest: 'Neueste zuerst', total_one: '{{count}} Unterhaltung', total_other: '{{count}} Unterhaltungen', totalCapped: 'Mehr als {{count}} Unterhaltungen',
    empty: 'Keine Unterhaltung hier', emptyHint: 'Hier kommen Nachrichten Ihrer Kanäle an.', emptyFilter: 'Nichts passt zu diesem Filter.', clear: 'Filter löschen', failed: 'Die Unterhaltungen konnten nicht geladen werden.',
    choose: 'Wählen Sie eine Unterhaltung', chooseHint: 'Drücken Sie j für die nächste, ? für alle Tastenkürzel.', noMessage: 'Noch keine Nachricht', you: 'Sie', unread_one: '{{count}} ungelesene Nachricht', unread_other: '{{count}} ungelesene Nachrichten',
    thread: 'Nachrichten', threadEmpty: 'Noch keine Nachricht. Schreiben Sie die erste.', threadFailed: 'Die Nachrichten konnten nicht geladen werden.', begin: 'Hier beginnt die Unterhaltung.',
    replyTo: '{{name}} antworten', placeholder: 'Antwort schreiben…', send: 'Senden', sending: 'Wird gesendet…', notSent: 'Nicht gesendet.', draft: 'Entwurf gemerkt', tooLong: '{{count}} Zeichen zu viel',
    archive: 'Archivieren', unarchive: 'Zurück in den Posteingang', markRead: 'Als gelesen markieren', markUnread: 'Als ungelesen markieren', back: 'Zurück zur Liste', previous: 'Vorige Unterhaltung', next: 'Nächste Unterhaltung', setStatus: 'Status',
    archived: '{{name}} archiviert', statusSet: '{{name}}: {{status}}', undone: 'Rückgängig gemacht', markedUnread: 'Als ungelesen markiert', markedRead: 'Als gelesen markiert',
    machineDraft: 'Entwurf, nicht gesendet', approve: 'Senden', discard: 'Verwerfen', ai: 'vom Assistenten geschrieben', inbound: '{{name}} schrieb', outbound: 'Sie schrieben', delivered: 'zugestellt', read: 'gelesen', failedDelivery: 'nicht zugestellt',
  },
  leads: {
    title: 'Leads', filter: 'Anzeigen', all: 'Alle Leads', hot: 'Heiß', today: 'Heute fällig', overdue: 'Überfällig', status: 'Status', anyStatus: 'Jeder Status',
    name: 'Name', temperature: 'Temperatur', score: 'P-Wert', company: 'Firma', followUp: 'Nächster Kontakt', source: 'Quelle', created: 'Angelegt',
    total_one: '{{count}} Lead', total_other: '{{count}} Leads', totalCapped: 'Mehr als {{count}} Leads', empty: 'Keine Leads hier', emptyHint: 'Hier stehen Leads, die Sie importieren oder die Ihnen schreiben.', failed: 'Die Leads konnten nicht geladen werden.', table: 'Leads',
    hotValue: 'heiß', warmValue: 'warm', coldValue: 'kalt', rising: 'steigend', falling: 'fallend', flat: 'gleich', sortUp: 'aufsteigend', sortDown: 'absteigend',
  },
  leadStatus: { new: 'Neu', contacted: 'Kontaktiert', qualified: 'Qualifiziert', meeting: 'Termin', proposal: 'Angebot', negotiation: 'Verhandlung', won: 'Gewonnen', lost: 'Verloren', archived: 'Archiviert' },
};
