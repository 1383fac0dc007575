/** Whom a conversation is with, in words that are always there. */
export const nameOf = (who: { contact_name?: string | null; platform_contact_handle?: string | null; contact_email?: string | null }, unknown: string) =>
  who.contact_name?.trim() || who.platform_contact_handle?.trim() || who.contact_email?.trim() || unknown;
