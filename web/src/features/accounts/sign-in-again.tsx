import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { session, useSession } from '../../platform/session/session';
import { Action } from '../../platform/ui/parts';
import { SignInForm } from './sign-in-form';

/** Lies over the screen when the session has ended; below it everything stays as it was. */
export function SignInAgain() {
  const { t } = useTranslation();
  const state = useSession();
  if (state.kind !== 'ended') return null;
  return (
    <ModalOverlay className="overlay" isOpen isKeyboardDismissDisabled>
      <Modal className="modal">
        <Dialog className="dialog">
          <Heading slot="title">{t('accounts.again')}</Heading>
          <p>{t('accounts.againText', { email: state.user.email })}</p>
          <SignInForm email={state.user.email} />
          <Action onPress={() => { void session.signOut(); }}>{t('accounts.other')}</Action>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
