import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query';
import { api, take } from '../../../platform/api/client';
import type { components } from '../../../platform/api/schema';
import { type LeadsSearch, toFilter } from '../search';

type LeadList = components['schemas']['LeadList'];
export type Lead = Extract<LeadList, readonly unknown[]>[number];
/** What `envelope=1` answers. */
interface LeadPage { leads: Lead[]; total: number; total_is_capped?: boolean; next_cursor?: string | null }

export const leadsQuery = (search: LeadsSearch) => infiniteQueryOptions({
  queryKey: ['leads', 'list', search],
  queryFn: async ({ pageParam, signal }) => {
    const query = { ...toFilter(search), envelope: true, limit: 100, ...(pageParam ? { cursor: pageParam } : {}) };
    return (await take(api.GET('/api/leads', { params: { query }, signal }))).data as unknown as LeadPage;
  },
  initialPageParam: '',
  getNextPageParam: (page) => page.next_cursor ?? undefined,
  placeholderData: keepPreviousData,
});
