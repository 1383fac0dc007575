import { queryOptions } from '@tanstack/react-query';
import { api, take } from '../../../platform/api/client';

export const badgesQuery = queryOptions({
  queryKey: ['badges'],
  queryFn: async ({ signal }) => (await take(api.GET('/api/badges', { signal }))).data,
  staleTime: 30_000, // ms; the stream tells when they may be others
});
