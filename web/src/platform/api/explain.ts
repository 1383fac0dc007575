import type { TFunction } from 'i18next';
import { ApiError } from './client';

/** What went wrong in words for a salesperson, with a way on. */
export function explain(error: unknown, t: TFunction): string {
  if (!(error instanceof ApiError)) return t('errors.unexpected', { detail: error instanceof Error ? error.message : String(error) });
  switch (error.status) {
    case 0: return t('errors.network');
    case 403: return t('errors.forbidden');
    case 404: return t('errors.missing');
    case 409: case 412: return t('errors.conflict');
    case 422: case 400: return t('errors.invalid', { detail: error.detail });
    case 429: return t('errors.busy', { seconds: Math.max(error.retryAfterSeconds, 1) });
    case 500: case 503: case 504: return t('errors.unavailable');
    default: return t('errors.unexpected', { detail: error.detail || String(error.status) });
  }
}
