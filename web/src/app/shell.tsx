// The frame around every screen: navigation, settings, shortcuts, what lies on top, and the live stream.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { SignInAgain } from '../features/accounts/sign-in-again';
import { badgesQuery } from '../features/inbox/api/read-badges';
import { hearInbox } from '../features/inbox/live';
import { hearLeads } from '../features/leads/live';
import { refresh } from '../platform/api/lists';
import { shareStream } from '../platform/stream/share';
import type { News } from '../platform/stream/parser';
import { session, useSession, useUserId } from '../platform/session/session';
import { usePreferences } from '../platform/preferences';
import { Icon } from '../platform/ui/icons';
import { IconButton } from '../platform/ui/parts';
import { useKeys } from '../platform/ui/keys';
import { count } from '../platform/ui/time';
import { Toasts, undoLatest } from '../platform/ui/toasts';
import { SettingsDialog } from './settings-dialog';
import { ShortcutsDialog } from './shortcuts-dialog';

const onlineChanged = (listener: () => void) => {
  window.addEventListener('online', listener);
  window.addEventListener('offline', listener);
  return () => { window.removeEventListener('online', listener); window.removeEventListener('offline', listener); };
};

/** Passes what the stream tells on to the screens' caches. */
function useLiveNews() {
  const client = useQueryClient();
  const userId = useUserId();
  useEffect(() => {
    if (!userId) return undefined;
    const hear = (news: News) => {
      if (news.kind === 'all') void refresh(client, []);
      hearInbox(client, news);
      hearLeads(client, news);
    };
    return shareStream(userId, hear);
  }, [client, userId]);
}

export function Shell() {
  const { t } = useTranslation();
  usePreferences(); // times and words follow at once
  const state = useSession();
  const navigate = useNavigate();
  const [settings, setSettings] = useState(false);
  const [shortcuts, setShortcuts] = useState(false);
  const online = useSyncExternalStore(onlineChanged, () => navigator.onLine);
  const badges = useQuery(badgesQuery);
  useLiveNews();
  const afterG = useRef(0);
  const afterGo = (to: '/inbox' | '/leads') => () => { if (Date.now() - afterG.current < 1500) void navigate({ to }); };
  useKeys({ '?': () => setShortcuts(true), z: () => { undoLatest(); }, g: () => { afterG.current = Date.now(); }, i: afterGo('/inbox'), l: afterGo('/leads') });
  useEffect(() => {
    if (state.kind === 'none') void navigate({ to: '/sign-in' });
  }, [state, navigate]);
  const unread = badges.data?.conversations.unread ?? 0;
  const person = state.kind === 'active' || state.kind === 'ended' ? state.user : null;
  return (
    <div className="shell">
      <a className="skip" href="#main">{t('common.skip')}</a>
      <nav className="rail" aria-label={t('nav.label')}>
        <div className="brand"><span className="brand-mark" aria-hidden="true" /><span className="brand-name">SalesFlow</span></div>
        <Link to="/inbox" className="rail-link"><Icon name="inbox" /><span>{t('nav.inbox')}</span>{unread > 0 ? <span className="pill" aria-label={t('nav.unread', { count: unread })}>{count(unread)}</span> : null}</Link>
        <Link to="/leads" className="rail-link"><Icon name="leads" /><span>{t('nav.leads')}</span></Link>
        <div className="rail-end">
          <p className="rail-person" title={person?.email}>{person?.full_name ?? person?.name ?? person?.email}</p>
          <div className="rail-tools">
            <IconButton icon="settings" label={t('nav.settings')} onPress={() => setSettings(true)} />
            <IconButton icon="keyboard" label={t('nav.shortcuts')} onPress={() => setShortcuts(true)} />
            <IconButton icon="out" label={t('nav.signOut')} onPress={() => { void session.signOut(); }} />
          </div>
        </div>
      </nav>
      <div className="stage">
        {online ? null : <p className="banner" role="status">{t('errors.offline')}</p>}
        <main id="main" tabIndex={-1}><Outlet /></main>
      </div>
      <Toasts />
      <SettingsDialog isOpen={settings} onOpenChange={setSettings} />
      <ShortcutsDialog isOpen={shortcuts} onOpenChange={setShortcuts} />
      <SignInAgain />
    </div>
  );
}
