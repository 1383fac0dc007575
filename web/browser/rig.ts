// What the stories share: a signed-in page, a second session that writes by the API, and axe.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type APIRequestContext, expect, type Page, test as base } from '@playwright/test';

export const url = () => process.env.SALESFLOW_TEST_URL!;
const email = 'demo@salesflow.example';
const password = () => process.env.SALESFLOW_TEST_PASSWORD!;

/** Another session of the same person: what it writes, the page has to hear of. */
export class Api {
  constructor(private readonly request: APIRequestContext, private readonly token: string) {}
  static async signIn(request: APIRequestContext) {
    const answer = await request.post(`${url()}/api/auth/login`, { data: { username: email, password: password() } });
    return new Api(request, (await answer.json()).access_token);
  }
  async call(method: 'GET' | 'POST' | 'PATCH', path: string, data?: object) {
    const answer = await this.request.fetch(url() + path, { method, headers: { Authorization: `Bearer ${this.token}` }, ...(data ? { data } : {}) });
    expect(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`).toBe(true);
    return answer.json();
  }
  /** A conversation of its own, so that stories do not meet. */
  async conversation(handle: string, texts: string[] = ['Hello, is this still available?']): Promise<string> {
    const made = await this.call('POST', '/api/idps/conversations', { platform: 'whatsapp', platform_contact_handle: handle, platform_conversation_id: crypto.randomUUID() });
    for (const text of texts) await this.receive(made.conversation.id, text);
    return made.conversation.id;
  }
  receive = (id: string, text: string) => this.call('POST', `/api/idps/receive-message?${new URLSearchParams({ conversation_id: id, content: text })}`);
  messages = async (id: string): Promise<{ content: string; direction: string }[]> => (await this.call('GET', `/api/idps/conversations/${id}/messages`)).messages;
  conversationOf = async (id: string) => (await this.call('GET', `/api/idps/conversations/${id}`)).conversation;
}

export async function signIn(page: Page, to = '/') {
  await page.goto(url() + to);
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(password());
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
}
export const signInAgain = async (page: Page) => {
  await page.getByLabel('Password').fill(password());
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
};
export const list = (page: Page) => page.getByRole('region', { name: 'Conversations' });
export const rowOf = (page: Page, name: string) => list(page).getByRole('link').filter({ hasText: name });
export const thread = (page: Page) => page.getByRole('region', { name: 'Messages' }).getByRole('list');
export const reply = (page: Page) => page.getByRole('textbox', { name: /^Reply to/ });

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Nothing that WCAG 2.2 AA forbids, as far as axe sees. */
export async function expectAccessible(page: Page, where: string) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: { run: (what: Document, how: object) => Promise<{ violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[] }> } }).axe
      .run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.target.join(' ')} (${node.failureSummary.split('\n')[1]?.trim()})`).join('; ')}`);
  });
  expect(found, where).toEqual([]);
}

/** Every story also fails by an error in the page, and by anything that the Content-Security-Policy had to stop. */
export const test = base.extend<{ api: Api; quiet: string[] }>({
  api: async ({ playwright }, use) => {
    const request = await playwright.request.newContext();
    await use(await Api.signIn(request));
    await request.dispose();
  },
  quiet: [async ({ page }, use) => {
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => { if (/Content Security Policy|Minified React error/.test(message.text())) errors.push(message.text()); });
    await use(errors);
    expect(errors).toEqual([]);
  }, { auto: true }],
});
export { expect };
