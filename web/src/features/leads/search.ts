// What the table of leads shows, as the address says it.
export const filters = ['all', 'hot', 'today', 'overdue'] as const;
export const leadStatuses = ['new', 'contacted', 'qualified', 'meeting', 'proposal', 'negotiation', 'won', 'lost', 'archived'] as const;
export const sortable = ['p_score', 'name', 'next_follow_up', 'created_at'] as const;
type LeadFilter = (typeof filters)[number];
type LeadStatus = (typeof leadStatuses)[number];
export type SortBy = (typeof sortable)[number];
export interface LeadsSearch { filter?: LeadFilter; status?: LeadStatus; by?: SortBy; order?: 'asc' | 'desc' }

const one = <T extends string>(list: readonly T[], value: unknown) => list.find((each) => each === value);
export const isLeadStatus = (value: string): value is LeadStatus => one(leadStatuses, value) !== undefined;
const naturally: Record<SortBy, 'asc' | 'desc'> = { p_score: 'desc', name: 'asc', next_follow_up: 'asc', created_at: 'desc' };

export function readLeadsSearch(search: Record<string, unknown>): LeadsSearch {
  const found: LeadsSearch = {};
  const filter = one(['hot', 'today', 'overdue'] as const, search.filter);
  const status = one(leadStatuses, search.status);
  const by = one(sortable, search.by);
  const order = one(['asc', 'desc'] as const, search.order);
  if (filter) found.filter = filter;
  if (status) found.status = status;
  if (by && by !== 'p_score') found.by = by;
  if (order && order !== naturally[by ?? 'p_score']) found.order = order;
  return found;
}

/** The best scores come first where nobody asked for another order. */
export const orderOf = ({ by = 'p_score', order }: LeadsSearch) => ({ by, order: order ?? naturally[by] });
/** What a click on a column's head asks for: that column, and the other direction when it leads already. */
export function sortedBy(search: LeadsSearch, by: SortBy): LeadsSearch {
  const now = orderOf(search);
  return readLeadsSearch({ ...search, by, order: now.by === by ? (now.order === 'asc' ? 'desc' : 'asc') : naturally[by] });
}
export function toFilter(search: LeadsSearch) {
  const { by, order } = orderOf(search);
  return { ...(search.filter ? { filter: search.filter } : {}), ...(search.status ? { status: search.status } : {}), sort_by: by, sort_order: order };
}
