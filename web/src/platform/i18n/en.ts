export const en = {
  common: {
    retry: 'Try again', close: 'Close', undo: 'Undo', loading: 'Loading…', more: 'Loading more…', outdated: 'This list has changed.', anew: 'Load again',     skip: 'Skip to content', unknown: 'Unknown', justNow: 'just now',
  },
  nav: { label: 'Main', inbox: 'Inbox', leads: 'Leads', settings: 'Settings', shortcuts: 'Keyboard shortcuts', signOut: 'Sign out', unread_one: '{{count}} unread conversation', unread_other: '{{count}} unread conversations' },
  errors: {
    offline: 'You are offline. What you see was loaded before; what you type is kept.',
    network: 'The server does not answer. Check your connection.',
    busy: 'Too many requests at once. Wait {{seconds}} seconds, then try again.',
    conflict: 'Somebody changed this in the meantime. It has been loaded again; please look and repeat.',
    missing: 'This is not there any more.',
    invalid: 'The server did not accept this: {{detail}}',
    unavailable: 'The server is busy or being restarted. Nothing you typed is lost; try again in a moment.',
    forbidden: 'Your account may not do this.',
    unexpected: 'Something went wrong ({{detail}}).',
    screen: 'This screen failed',
  },
  fresh: { live: 'live', cache: 'kept', offline: 'offline', title: 'Source: {{source}}. Loaded {{age}}. The server took {{ms}} ms.', ago: '{{age}} ago' },
  accounts: {
    signIn: 'Sign in', signUp: 'Create account', welcome: 'Welcome back', start: 'Start with SalesFlow', email: 'E-mail', password: 'Password',
    passwordHint: 'At least 8 characters', firstName: 'First name', lastName: 'Last name', company: 'Company (optional)', working: 'One moment…',
    noAccount: 'No account yet?', haveAccount: 'Already have an account?', wrong: 'E-mail or password is wrong.',
    taken: 'There is an account with this e-mail already.', again: 'Please sign in again', againText: 'Your session as {{email}} has ended. What you typed is kept.',
    other: 'Sign in as somebody else', pitch: 'Every conversation, every lead, one calm place.',
  },
  settings: {
    title: 'Settings', theme: 'Appearance', system: 'As the system', light: 'Light', dark: 'Dark', language: 'Language', zone: 'Time zone',
    zoneAuto: 'As this device ({{zone}})', done: 'Done', keys: 'Single keys are commands (j, k, e …)',
  },
  shortcuts: { title: 'Keyboard shortcuts', next: 'Next conversation', previous: 'Previous conversation', archive: 'Archive, go to the next', reply: 'Write a reply', unread: 'Mark as read or unread', search: 'Search', send: 'Send the reply', leave: 'Leave a field', undo: 'Undo', help: 'This list', goInbox: 'Go to the inbox', goLeads: 'Go to the leads' },
  platform: { whatsapp: 'WhatsApp', linkedin: 'LinkedIn', instagram: 'Instagram', facebook: 'Facebook', email: 'E-mail', sms: 'SMS' },
  status: {
    new: 'New', dm_initiated_no_response: 'Written, no answer', read_no_reply: 'Read, no reply', replied: 'Replied', needs_human_attention: 'Needs you',
    in_sequence: 'In a sequence', delay_requested: 'Later', converted: 'Converted', unsubscribed: 'Unsubscribed', archived: 'Archived',
  },
  inbox: {
    title: 'Inbox', list: 'Conversations', conversation: 'Conversation', search: 'Search conversations', view: 'Status', channel: 'Channel', sort: 'Order', open: 'Open', attention: 'Needs attention',
    allStatuses: 'All', allPlatforms: 'All channels', priority: 'By importance', newest: 'Newest first', total_one: '{{count}} conversation', total_other: '{{count}} conversations', totalCapped: 'More than {{count}} conversations',
    empty: 'No conversation here', emptyHint: 'Messages from your channels arrive here.', emptyFilter: 'Nothing matches this filter.', clear: 'Clear the filter', failed: 'The conversations could not be loaded.',
    choose: 'Choose a conversation', chooseHint: 'Press j for the next one, ? for all shortcuts.', noMessage: 'No message yet', you: 'You', unread_one: '{{count}} unread message', unread_other: '{{count}} unread messages',
    thread: 'Messages', threadEmpty: 'No message yet. Write the first one.', threadFailed: 'The messages could not be loaded.', begin: 'This is the beginning of the conversation.',
    replyTo: 'Reply to {{name}}', placeholder: 'Write a reply…', send: 'Send', sending: 'Sending…', notSent: 'Not sent.', draft: 'Draft kept', tooLong: '{{count}} characters too many',
    archive: 'Archive', unarchive: 'Back to the inbox', markRead: 'Mark as read', markUnread: 'Mark as unread', back: 'Back to the list', previous: 'Previous conversation', next: 'Next conversation', setStatus: 'Status',
    archived: '{{name}} archived', statusSet: '{{name}}: {{status}}', undone: 'Undone', markedUnread: 'Marked as unread', markedRead: 'Marked as read',
    machineDraft: 'Draft, not sent', approve: 'Send it', discard: 'Discard', ai: 'written by the assistant', inbound: '{{name}} wrote', outbound: 'You wrote', delivered: 'delivered', read: 'read', failedDelivery: 'not delivered',
  },
  leads: {
    title: 'Leads', filter: 'Show', all: 'All leads', hot: 'Hot', today: 'Due today', overdue: 'Overdue', status: 'Status', anyStatus: 'Any status',
    name: 'Name', temperature: 'Temperature', score: 'P-score', company: 'Company', followUp: 'Next follow-up', source: 'Source', created: 'Made',
    total_one: '{{count}} lead', total_other: '{{count}} leads', totalCapped: 'More than {{count}} leads', empty: 'No leads here', emptyHint: 'Leads that you import or that write to you stand here.', failed: 'The leads could not be loaded.', table: 'Leads',
    hotValue: 'hot', warmValue: 'warm', coldValue: 'cold', rising: 'rising', falling: 'falling', flat: 'steady', sortUp: 'ascending', sortDown: 'descending',
  },
  leadStatus: { new: 'New', contacted: 'Contacted', qualified: 'Qualified', meeting: 'Meeting', proposal: 'Proposal', negotiation: 'Negotiation', won: 'Won', lost: 'Lost', archived: 'Archived' },
};
type Shape<T> = { [K in keyof T]: T[K] extends string ? string : Shape<T[K]> };
export type Words = Shape<typeof en>;
