// Replies that are not sent yet, kept in this browser so that a reload, a crash or an ended session loses nothing.
export interface Draft { text: string; key: string }
const prefix = 'sf.draft.';
const placeOf = (userId: string, conversationId: string) => `${prefix}${userId}.${conversationId}`;

/** `key` is the Idempotency-Key under which this very text is sent, also by a second try. */
export function readDraft(userId: string, conversationId: string): Draft {
  try {
    const kept = JSON.parse(localStorage.getItem(placeOf(userId, conversationId)) ?? 'null') as Draft | null;
    if (kept && typeof kept.text === 'string' && typeof kept.key === 'string') return kept;
  } catch { /* unreadable: none */ }
  return { text: '', key: crypto.randomUUID() };
}
export function keepDraft(userId: string, conversationId: string, draft: Draft) {
  try {
    if (draft.text === '') localStorage.removeItem(placeOf(userId, conversationId));
    else localStorage.setItem(placeOf(userId, conversationId), JSON.stringify(draft));
  } catch { /* full, or private mode: the page itself still has it */ }
}
export function forgetDrafts() {
  for (const name of Object.keys(localStorage)) if (name.startsWith(prefix)) localStorage.removeItem(name);
}
