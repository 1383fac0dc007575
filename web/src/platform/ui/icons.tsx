// Small line icons, drawn in the colour of the text around them; decoration for screen readers.
const shapes = {
  inbox: 'M3 12l2.5-7h9L17 12v4H3zM3 12h4l1 2h4l1-2h4',
  leads: 'M10 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM4 17c0-3.3 2.7-5 6-5s6 1.7 6 5',
  settings: 'M3 6h8M15 6h2M3 14h2M9 14h8M13 4v4M7 12v4',
  keyboard: 'M2 5h16v10H2zM5 8h.01M8 8h.01M11 8h.01M14 8h.01M5 11h.01M14 11h.01M8 11.5h3.5',
  out: 'M8 3H4v14h4M12 6l4 4-4 4M16 10H8',
  search: 'M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12zM13.5 13.5L17 17',
  archive: 'M3 4h14v3H3zM4.5 7v9h11V7M8 10h4',
  restore: 'M4 10a6 6 0 1 0 2-4.5M4 3v4h4',
  unread: 'M3 5h14v10H3zM3 6l7 5 7-5',
  reply: 'M8 5L3 9.5 8 14M3.5 9.5H12c3 0 5 2 5 5',
  back: 'M12 4l-6 6 6 6', up: 'M5 12l5-5 5 5', down: 'M5 8l5 5 5-5', send: 'M3 10L17 3l-4 14-3-6zM10 11l7-8', check: 'M4 10.5l4 4 8-9', close: 'M5 5l10 10M15 5L5 15', flame: 'M10 2c1 3 4 4.5 4 8.5A4 4 0 0 1 6 10.600c0-1.600.8-2.600 1.500-3.400C8.500 8 9 8.500 9 9.500 10.500 8 10.500 5 10 2z',
  whatsapp: 'M10 3a7 7 0 0 0-6 10.500L3 17l3.600-1A7 7 0 1 0 10 3zM7.500 7.500c0 3 2 5 5 5',
  instagram: 'M6 3h8a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3H6a3 3 0 0 1-3-3V6a3 3 0 0 1 3-3zM10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM14 6h.01',
  linkedin: 'M3 3h14v14H3zM6.500 9v5M6.500 6h.01M9.500 14V9M9.500 11c0-2.500 4-2.500 4 0v3',
  facebook: 'M13 3h-1.500C10 3 9 4 9 5.500V17M6 9h6',
  email: 'M3 5h14v10H3zM3 6l7 5 7-5',
  sms: 'M3 4h14v9H9l-4 3v-3H3zM7 8.500h.01M10 8.500h.01M13 8.500h.01',
} as const;
export type IconName = keyof typeof shapes;
export const Icon = ({ name, size = 18 }: { name: IconName; size?: number }) => (
  <svg aria-hidden="true" className="icon" width={size} height={size} viewBox="0 0 20 20"><path d={shapes[name]} /></svg>
);
