import { useState } from 'react';
import { Form } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { session, SignInError } from '../../platform/session/session';
import { Action, Field } from '../../platform/ui/parts';

/** `email` is set where the same person signs in again. */
export function SignInForm({ email: known }: { email?: string }) {
  const { t } = useTranslation();
  const [email, setEmail] = useState(known ?? '');
  const [password, setPassword] = useState('');
  const [working, setWorking] = useState(false);
  const [failure, setFailure] = useState('');
  const submit = async () => {
    setWorking(true);
    setFailure('');
    try {
      await session.signIn(email.trim(), password);
    } catch (error) {
      const status = error instanceof SignInError ? error.status : 0;
      setFailure(status === 401 ? t('accounts.wrong') : status === 429 ? t('errors.busy', { seconds: 60 }) : status === 0 ? t('errors.network') : t('errors.unavailable'));
      setWorking(false);
    }
  };
  return (
    <Form className="form" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
      <Field label={t('accounts.email')} type="email" name="username" autoComplete="username" isRequired value={email} onChange={setEmail} isReadOnly={known !== undefined} autoFocus={known === undefined} />
      <Field label={t('accounts.password')} type="password" name="password" autoComplete="current-password" isRequired value={password} onChange={setPassword} autoFocus={known !== undefined} />
      {failure ? <p className="form-failure" role="alert">{failure}</p> : null}
      <Action kind="primary" type="submit" isDisabled={working}>{working ? t('accounts.working') : t('accounts.signIn')}</Action>
    </Form>
  );
}
