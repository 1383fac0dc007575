// The pieces that screens are made of. Behaviour for keyboard and screen readers comes from React Aria.
import { type ReactNode, useEffect, useState } from 'react';
import { Button, type ButtonProps, FieldError, Input, Label, ListBox, ListBoxItem, Popover, Select, SelectValue, TextField, type TextFieldProps } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useFreshness } from '../api/freshness';
import { Icon, type IconName } from './icons';
import { span } from './time';

export function IconButton({ icon, label, ...rest }: { icon: IconName; label: string } & Omit<ButtonProps, 'children' | 'aria-label'>) {
  return <Button {...rest} className="icon-button" aria-label={label}><Icon name={icon} /></Button>;
}

export const Action = ({ kind = 'plain', ...rest }: { kind?: 'plain' | 'primary' } & ButtonProps) => <Button {...rest} className={`action ${kind}`} />;

export function Field({ label, hint, ...rest }: { label: string; hint?: string; autoComplete?: string } & TextFieldProps) {
  return (
    <TextField {...rest} className="field">
      <Label>{label}</Label>
      <Input />
      {hint ? <span className="hint">{hint}</span> : null}
      <FieldError className="field-error" />
    </TextField>
  );
}

interface Choice { id: string; label: string; count?: string | undefined }
export function Choose({ label, value, choices, onChange, compact = false }: { label: string; value: string; choices: Choice[]; onChange: (id: string) => void; compact?: boolean }) {
  return (
    <Select className={compact ? 'choose compact' : 'choose'} value={value} onChange={(key) => { if (key !== null) onChange(String(key)); }}>
      <Label>{label}</Label>
      <Button className="choose-button"><SelectValue>{choices.find((one) => one.id === value)?.label}</SelectValue><Icon name="down" size={14} /></Button>
      <Popover className="popover">
        <ListBox className="menu" items={choices}>
          {(one) => <ListBoxItem id={one.id} textValue={one.label} className="menu-item"><span>{one.label}</span>{one.count === undefined ? null : <span className="count">{one.count}</span>}</ListBoxItem>}
        </ListBox>
      </Popover>
    </Select>
  );
}

const initialsOf = (name: string) => {
  const letters = name.split(/\s+/).map((part) => [...part].find((letter) => /[\p{L}\p{N}]/u.test(letter)) ?? '').filter(Boolean);
  return ((letters[0] ?? '?') + (letters.length > 1 ? letters.at(-1)! : '')).toUpperCase();
};
export function Avatar({ name }: { name: string }) {
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + letter.codePointAt(0)!) % 6;
  return <span aria-hidden="true" className={`avatar avatar-${hash}`}>{initialsOf(name)}</span>;
}

/** Says that something failed, what, and the way on. */
export const Failure = ({ text, onRetry }: { text: string; onRetry: () => void }) => {
  const { t } = useTranslation();
  return <div className="notice" role="alert"><p>{text}</p><Action onPress={onRetry}>{t('common.retry')}</Action></div>;
};
export const Empty = ({ title, hint, children }: { title: string; hint?: string; children?: ReactNode }) => (
  <div className="notice"><p className="notice-title">{title}</p>{hint ? <p>{hint}</p> : null}{children}</div>
);

/** A long list has changed meanwhile: it is loaded again when the reader says so. */
export function Outdated({ onPress }: { onPress: () => void }) {
  const { t } = useTranslation();
  return <p className="outdated" role="status">{t('common.outdated')} <Action onPress={onPress}>{t('common.anew')}</Action></p>;
}

/** How old what the screen shows is, where it came from, what it cost: small, and explained on hover and focus. */
export function FreshnessBadge({ path }: { path: string }) {
  const { t } = useTranslation();
  const fresh = useFreshness(path);
  const [now, setNow] = useState(Date.now);
  useEffect(() => { const timer = setInterval(() => setNow(Date.now()), 5000); return () => clearInterval(timer); }, []);
  if (!fresh) return <span className="fresh" />;
  const seconds = Math.max(0, (now - fresh.at) / 1000 + fresh.ageSeconds);
  const age = seconds < 10 ? t('common.justNow') : t('fresh.ago', { age: span(seconds) });
  const source = navigator.onLine ? t(`fresh.${fresh.source}`) : t('fresh.offline');
  const ms = fresh.serverMs < 0.1 ? '<0.1' : fresh.serverMs < 10 ? fresh.serverMs.toFixed(1) : fresh.serverMs.toFixed(0);
  return <span className="fresh" title={t('fresh.title', { source, age, ms })}><i className={navigator.onLine ? `dot ${fresh.source}` : 'dot'} />{`${source} · ${age} · ${ms} ms`}</span>;
}
