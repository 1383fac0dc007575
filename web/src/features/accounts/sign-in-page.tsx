import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { SignInForm } from './sign-in-form';

export function SignInPage() {
  const { t } = useTranslation();
  return (
    <>
      <h1>{t('accounts.welcome')}</h1>
      <SignInForm />
      <p className="entry-other">{t('accounts.noAccount')} <Link to="/sign-up">{t('accounts.signUp')}</Link></p>
    </>
  );
}
