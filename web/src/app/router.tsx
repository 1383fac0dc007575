// Every path of the app. web/paths.txt lists the same for the server, which shows the app at them (a test compares).
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router';
import { type ComponentType, useEffect } from 'react';
import { SignInPage } from '../features/accounts/sign-in-page';
import { SignUpPage } from '../features/accounts/sign-up-page';
import { readInboxSearch } from '../features/inbox/search';
import { InboxPage } from '../features/inbox/components/inbox-page';
import { readLeadsSearch } from '../features/leads/search';
import { ApiError } from '../platform/api/client';
import { explain } from '../platform/api/explain';
import { i18n } from '../platform/i18n/i18n';
import { session, SignInError } from '../platform/session/session';
import { Failure } from '../platform/ui/parts';
import { Shell } from './shell';
import { SignedOut } from './signed-out';

const signedIn = async (href: string) => {
  await session.begin();
  if (session.state.kind === 'none') throw redirect({ to: '/sign-in', search: href === '/inbox' ? {} : { to: href } });
};
const readTarget = (search: Record<string, unknown>): { to?: string } => (typeof search.to === 'string' && /^\/(?![/\\])/.test(search.to) ? { to: search.to } : {});
/** What failed before a screen could show anything, in words, and a way on. */
function ScreenError({ error }: { error: Error }) {
  const known = error instanceof TypeError ? new ApiError(0, '') : error instanceof SignInError ? new ApiError(error.status, error.detail) : error;
  return <main className="alone"><h1 className="visually-hidden">{i18n.t('errors.screen')}</h1><Failure text={explain(known, i18n.t)} onRetry={() => { void router.invalidate(); }} /></main>;
}

const root = createRootRoute({ component: Outlet, errorComponent: ScreenError });
const entry = createRoute({ getParentRoute: () => root, id: 'entry', component: SignedOut });
const signIn = createRoute({ getParentRoute: () => entry, path: '/sign-in', validateSearch: readTarget, component: SignInPage });
const signUp = createRoute({ getParentRoute: () => entry, path: '/sign-up', component: SignUpPage });
const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell, beforeLoad: ({ location }) => signedIn(location.href) });
const home = createRoute({ getParentRoute: () => root, path: '/', beforeLoad: () => { throw redirect({ to: '/inbox' }); } });
const inbox = createRoute({ getParentRoute: () => shell, path: '/inbox', validateSearch: readInboxSearch, component: Titled('nav.inbox', InboxPage) });
const conversation = createRoute({ getParentRoute: () => inbox, path: '$conversationId' });
const leads = createRoute({
  getParentRoute: () => shell, path: '/leads', validateSearch: readLeadsSearch,
  component: Titled('nav.leads', lazyRouteComponent(() => import('../features/leads/components/leads-page'), 'LeadsPage')),
});

function Titled(name: 'nav.inbox' | 'nav.leads', Page: ComponentType) {
  return function TitledPage() {
    useEffect(() => { document.title = `${i18n.t(name)} · SalesFlow`; });
    return <Page />;
  };
}

export const router = createRouter({
  routeTree: root.addChildren([home, entry.addChildren([signIn, signUp]), shell.addChildren([inbox.addChildren([conversation]), leads])]),
  defaultPreload: 'intent',
  defaultErrorComponent: ScreenError,
});
declare module '@tanstack/react-router' { interface Register { router: typeof router } }
