import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Form } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { session, SignInError } from '../../platform/session/session';
import { Action, Field } from '../../platform/ui/parts';

export function SignUpPage() {
  const { t } = useTranslation();
  const [values, setValues] = useState({ first_name: '', last_name: '', company: '', email: '', password: '' });
  const [working, setWorking] = useState(false);
  const [failure, setFailure] = useState('');
  const set = (name: keyof typeof values) => (value: string) => setValues((now) => ({ ...now, [name]: value }));
  const submit = async () => {
    setWorking(true);
    setFailure('');
    const { company, ...needed } = values;
    try {
      await session.signUp({ ...needed, email: values.email.trim(), ...(company.trim() ? { company } : {}) });
    } catch (error) {
      const status = error instanceof SignInError ? error.status : 0;
      if (status === 409) setFailure(t('accounts.taken'));
      else if (status === 400 || status === 422) setFailure(t('errors.invalid', { detail: (error as SignInError).detail }));
      else setFailure(status === 429 ? t('errors.busy', { seconds: 60 }) : status === 0 ? t('errors.network') : t('errors.unavailable'));
      setWorking(false);
    }
  };
  return (
    <>
      <h1>{t('accounts.start')}</h1>
      <Form className="form" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        <div className="form-pair">
          <Field label={t('accounts.firstName')} autoComplete="given-name" isRequired maxLength={100} value={values.first_name} onChange={set('first_name')} autoFocus />
          <Field label={t('accounts.lastName')} autoComplete="family-name" isRequired maxLength={100} value={values.last_name} onChange={set('last_name')} />
        </div>
        <Field label={t('accounts.company')} autoComplete="organization" maxLength={200} value={values.company} onChange={set('company')} />
        <Field label={t('accounts.email')} type="email" autoComplete="username" isRequired value={values.email} onChange={set('email')} />
        <Field label={t('accounts.password')} type="password" autoComplete="new-password" hint={t('accounts.passwordHint')} isRequired minLength={8} value={values.password} onChange={set('password')} />
        {failure ? <p className="form-failure" role="alert">{failure}</p> : null}
        <Action kind="primary" type="submit" isDisabled={working}>{working ? t('accounts.working') : t('accounts.signUp')}</Action>
      </Form>
      <p className="entry-other">{t('accounts.haveAccount')} <Link to="/sign-in">{t('accounts.signIn')}</Link></p>
    </>
  );
}
