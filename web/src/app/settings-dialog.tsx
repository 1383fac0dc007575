import { Checkbox, Dialog, Heading, Label, Modal, ModalOverlay, Radio, RadioGroup } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { deviceZone, type Language, setPreferences, type Theme, usePreferences } from '../platform/preferences';
import { Icon } from '../platform/ui/icons';
import { Action } from '../platform/ui/parts';

const zones = Intl.supportedValuesOf('timeZone');

export function SettingsDialog({ isOpen, onOpenChange }: { isOpen: boolean; onOpenChange: (open: boolean) => void }) {
  const { t } = useTranslation();
  const chosen = usePreferences();
  return (
    <ModalOverlay className="overlay" isOpen={isOpen} onOpenChange={onOpenChange} isDismissable>
      <Modal className="modal">
        <Dialog className="dialog">
          <Heading slot="title">{t('settings.title')}</Heading>
          <RadioGroup className="segments" value={chosen.theme} onChange={(value) => setPreferences({ theme: value as Theme })}>
            <Label>{t('settings.theme')}</Label>
            <div className="segments-row">{(['system', 'light', 'dark'] as const).map((theme) => <Radio key={theme} value={theme} className="segment">{t(`settings.${theme}`)}</Radio>)}</div>
          </RadioGroup>
          <RadioGroup className="segments" value={chosen.language} onChange={(value) => setPreferences({ language: value as Language })}>
            <Label>{t('settings.language')}</Label>
            <div className="segments-row"><Radio value="de" className="segment"><span lang="de">Deutsch</span></Radio><Radio value="en" className="segment"><span lang="en">English</span></Radio></div>
          </RadioGroup>
          <div className="field">
            <label htmlFor="zone">{t('settings.zone')}</label>
            <select id="zone" value={chosen.zone ?? ''} onChange={(event) => setPreferences({ zone: event.target.value || null })}>
              <option value="">{t('settings.zoneAuto', { zone: deviceZone() })}</option>
              {zones.map((zone) => <option key={zone}>{zone}</option>)}
            </select>
          </div>
          <Checkbox className="checkbox" isSelected={chosen.keys} onChange={(keys) => setPreferences({ keys })}><span className="checkbox-box"><Icon name="check" size={14} /></span>{t('settings.keys')}</Checkbox>
          <Action kind="primary" onPress={() => onOpenChange(false)}>{t('settings.done')}</Action>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
