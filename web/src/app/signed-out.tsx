import { Outlet, useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { session, useSession } from '../platform/session/session';
import { setPreferences, usePreferences } from '../platform/preferences';
import { Action } from '../platform/ui/parts';

/** The frame around sign-in and sign-up; whoever is signed in goes on to where they wanted. */
export function SignedOut() {
  const { t } = useTranslation();
  const state = useSession();
  const navigate = useNavigate();
  const { to } = useSearch({ strict: false }) as { to?: string };
  const { language } = usePreferences();
  useEffect(() => { document.title = `${t('accounts.signIn')} · SalesFlow`; });
  useEffect(() => { void session.begin().catch(() => undefined); }, []);
  useEffect(() => { if (state.kind === 'active') void navigate({ href: to ?? '/inbox', replace: true }); }, [state, to, navigate]);
  return (
    <div className="entry">
      <main className="entry-card">
        <div className="brand"><span className="brand-mark" aria-hidden="true" />SalesFlow</div>
        <Outlet />
      </main>
      <footer className="entry-foot">
        <p>{t('accounts.pitch')}</p>
        <Action onPress={() => setPreferences({ language: language === 'de' ? 'en' : 'de' })}><span lang={language === 'de' ? 'en' : 'de'}>{language === 'de' ? 'English' : 'Deutsch'}</span></Action>
      </footer>
    </div>
  );
}
