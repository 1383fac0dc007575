import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Action } from '../platform/ui/parts';

const keys = [
  ['j', 'shortcuts.next'], ['k', 'shortcuts.previous'], ['e', 'shortcuts.archive'], ['r', 'shortcuts.reply'], ['u', 'shortcuts.unread'], ['/', 'shortcuts.search'],
  ['Ctrl ↵', 'shortcuts.send'], ['Esc', 'shortcuts.leave'], ['z', 'shortcuts.undo'], ['g i', 'shortcuts.goInbox'], ['g l', 'shortcuts.goLeads'], ['?', 'shortcuts.help'],
] as const;

export function ShortcutsDialog({ isOpen, onOpenChange }: { isOpen: boolean; onOpenChange: (open: boolean) => void }) {
  const { t } = useTranslation();
  return (
    <ModalOverlay className="overlay" isOpen={isOpen} onOpenChange={onOpenChange} isDismissable>
      <Modal className="modal">
        <Dialog className="dialog">
          <Heading slot="title">{t('shortcuts.title')}</Heading>
          <dl className="keys">{keys.map(([key, name]) => <div key={key}><dt>{key.split(' ').map((one) => <kbd key={one}>{one}</kbd>)}</dt><dd>{t(name)}</dd></div>)}</dl>
          <Action kind="primary" onPress={() => onOpenChange(false)}>{t('common.close')}</Action>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
