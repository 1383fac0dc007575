// What the inbox shows, as the address says it: a view can be bookmarked, shared and gone back to.
export const platforms = ['whatsapp', 'linkedin', 'instagram', 'facebook', 'email', 'sms'] as const;
export const statuses = ['new', 'needs_human_attention', 'replied', 'dm_initiated_no_response', 'read_no_reply', 'in_sequence', 'delay_requested', 'converted', 'unsubscribed', 'archived'] as const;
export type Platform = (typeof platforms)[number];
export type Status = (typeof statuses)[number];
type View = 'open' | 'attention' | 'all' | Status;
export interface InboxSearch { view?: View; platform?: Platform; q?: string; sort?: 'newest' }

const one = <T extends string>(list: readonly T[], value: unknown) => list.find((each) => each === value);
export const isPlatform = (value: string): value is Platform => one(platforms, value) !== undefined;
export const isStatus = (value: string): value is Status => one(statuses, value) !== undefined;

/** Anything that is not ours in the address counts as not there. */
export function readInboxSearch(search: Record<string, unknown>): InboxSearch {
  const found: InboxSearch = {};
  const view = one(['attention', 'all', ...statuses] as const, search.view);
  const platform = one(platforms, search.platform);
  if (view) found.view = view;
  if (platform) found.platform = platform;
  if (typeof search.q === 'string' && search.q.trim()) found.q = search.q.slice(0, 200);
  else if (typeof search.q === 'number') found.q = String(search.q);
  if (search.sort === 'newest') found.sort = 'newest';
  return found;
}

const closed: readonly string[] = ['archived', 'unsubscribed'];
/** The filter of GET /api/idps/inbox. */
export function toFilter({ view = 'open', platform, q, sort }: InboxSearch) {
  const shown = view === 'open' ? statuses.filter((status) => !closed.includes(status)) : view === 'attention' || view === 'all' ? [] : [view];
  return {
    ...(shown.length > 0 ? { statuses: shown.join(',') } : {}),
    ...(view === 'attention' ? { needs_attention: true } : {}),
    ...(platform ? { platforms: platform } : {}),
    ...(q ? { search: q } : {}),
    ...(sort ? { sort } : {}),
  };
}

/** Whether a conversation that now has this status still belongs to the view. */
export function belongs({ view = 'open' }: InboxSearch, status: string): boolean {
  if (view === 'all') return true;
  if (view === 'open') return !closed.includes(status);
  if (view === 'attention') return status === 'needs_human_attention' || status === 'replied';
  return status === view;
}
