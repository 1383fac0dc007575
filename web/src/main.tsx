import './platform/ui/styles.css'; // before the screens' own
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './platform/i18n/i18n';
import { forgetDrafts } from './features/inbox/drafts';
import { onWipe, queryClient } from './platform/api/query-client';
import { apply } from './platform/preferences';
import { router } from './app/router';

apply();
onWipe(forgetDrafts);
createRoot(document.getElementById('root')!).render(
  <StrictMode><QueryClientProvider client={queryClient}><RouterProvider router={router} /></QueryClientProvider></StrictMode>,
);
