import { expect, list, reply, rowOf, signIn, signInAgain, test, thread, url } from './rig';

test('sorts an inbox by keyboard alone, and takes the last thing back', async ({ page, api }) => {
  const run = `t${Date.now()}`; // also where an earlier run left its own
  const names = ['one', 'two', 'three'].map((name) => `${run}-${name}`);
  const ids: Record<string, string> = {};
  for (const name of names) ids[name] = await api.conversation(name);
  await signIn(page, `/inbox?q=${run}&sort=newest`);
  await expect(list(page).getByRole('link')).toHaveCount(3);
  await page.keyboard.press('j');
  await expect(page.getByRole('heading', { level: 2, name: `${run}-three` })).toBeVisible();
  await page.keyboard.press('e');
  await expect(page.getByRole('heading', { level: 2, name: `${run}-two` })).toBeVisible();
  await expect(rowOf(page, `${run}-three`)).toHaveCount(0);
  await expect.poll(async () => (await api.conversationOf(ids[`${run}-three`]!)).status).toBe('archived');
  await expect(page.getByText(`${run}-three archived`)).toBeVisible();
  await page.keyboard.press('z');
  await expect(rowOf(page, `${run}-three`)).toHaveCount(1);
  await expect.poll(async () => (await api.conversationOf(ids[`${run}-three`]!)).status).toBe('new');
  await page.keyboard.press('j');
  await expect(page.getByRole('heading', { level: 2, name: `${run}-one` })).toBeVisible();
  await expect(rowOf(page, `${run}-one`)).not.toContainText('unread message');
  await page.keyboard.press('u');
  await expect(rowOf(page, `${run}-one`)).toContainText('1 unread message');
  await page.keyboard.press('k');
  await expect(page.getByRole('heading', { level: 2, name: `${run}-two` })).toBeVisible();
  await page.keyboard.press('r');
  await expect(reply(page)).toBeFocused();
  await page.keyboard.type('jjee are letters here');
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox')).toBeFocused();
});

test('taking back gives way to what somebody else did in between', async ({ page, api }) => {
  const id = await api.conversation('between-us');
  await signIn(page, `/inbox/${id}?q=between-us`);
  await expect(thread(page)).toContainText('still available');
  await page.keyboard.press('e');
  await expect(page.getByText('between-us archived')).toBeVisible();
  await api.call('POST', `/api/idps/conversations/${id}/status?new_status=converted`);
  await page.keyboard.press('z');
  await expect(page.getByText('Somebody changed this in the meantime')).toBeVisible();
  expect((await api.conversationOf(id)).status).toBe('converted');
});

test('a reply stands there at once, and arrives once', async ({ page, api }) => {
  const id = await api.conversation('reply-to-me');
  await signIn(page, `/inbox/${id}`);
  let hold: () => void = () => undefined;
  const held = new Promise<void>((done) => { hold = done; });
  await page.route('**/messages', async (route) => { if (route.request().method() === 'POST') await held; await route.continue(); });
  await reply(page).fill('Yes, it is. 🎉');
  await page.keyboard.press('Control+Enter');
  await expect(thread(page)).toContainText('Yes, it is. 🎉');
  await expect(thread(page)).toContainText('Sending…');
  await expect(reply(page)).toHaveValue('');
  hold();
  await expect(thread(page)).not.toContainText('Sending…');
  await expect.poll(async () => (await api.messages(id)).filter((message) => message.content === 'Yes, it is. 🎉').length).toBe(1);
  await expect(thread(page).getByText('Yes, it is. 🎉')).toHaveCount(1);
});

test('a reply that the server did not take comes back with a reason', async ({ page, api }) => {
  const id = await api.conversation('busy-server');
  await signIn(page, `/inbox/${id}`);
  await page.route('**/messages', (route) => (route.request().method() === 'POST' ? route.fulfill({ status: 503, json: { detail: 'no' } }) : route.continue()));
  await reply(page).fill('Do not lose me');
  await page.getByRole('button', { name: 'Send' }).click();
  await expect(page.getByRole('alert')).toContainText('Not sent. The server is busy');
  await expect(reply(page)).toHaveValue('Do not lose me');
  await page.unroute('**/messages');
  await page.getByRole('button', { name: 'Send' }).click();
  await expect.poll(async () => (await api.messages(id)).filter((message) => message.content === 'Do not lose me').length).toBe(1);
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('what another session writes appears without a reload', async ({ page, api }) => {
  const id = await api.conversation('far-away');
  await signIn(page, `/inbox/${id}?q=far-away`);
  await expect(thread(page)).toContainText('still available');
  await api.receive(id, 'I wrote this elsewhere');
  await expect(thread(page)).toContainText('I wrote this elsewhere');
  await expect(rowOf(page, 'far-away')).toContainText('I wrote this elsewhere');
  await api.conversation('far-away-too', ['And I am new']);
  await expect(rowOf(page, 'far-away-too')).toContainText('And I am new');
});

test('script in a text is text', async ({ page, api }) => {
  const evil = '<img src=x onerror="window.hacked=1"><script>window.hacked=2</script>';
  const id = await api.conversation('<i>mallory</i>', [evil]);
  await signIn(page, `/inbox/${id}`);
  await expect(thread(page)).toContainText(evil);
  await expect(page.getByRole('heading', { level: 2, name: '<i>mallory</i>' })).toBeVisible();
  await reply(page).fill(evil);
  await page.keyboard.press('Control+Enter');
  await expect(thread(page).getByText(evil)).toHaveCount(2);
  expect(await page.evaluate(() => (window as { hacked?: number }).hacked)).toBeUndefined();
});

test('a session that ends while somebody types loses nothing', async ({ page, context, api }) => {
  const id = await api.conversation('long-thought');
  await signIn(page, `/inbox/${id}`);
  await reply(page).fill('A long thought that');
  // The token is used up: another one comes without a word.
  await page.evaluate(() => { const real = Date.now; Date.now = () => real() + 3_600_000; });
  await api.receive(id, 'Are you there?');
  await expect(thread(page)).toContainText('Are you there?');
  await expect(reply(page)).toHaveValue('A long thought that');
  // The session itself is ended elsewhere.
  const answer = await context.request.post(`${url()}/api/auth/refresh`, { headers: { Origin: url() } });
  const { access_token } = await answer.json();
  await context.request.post(`${url()}/api/auth/logout`, { headers: { Authorization: `Bearer ${access_token}` } });
  await reply(page).fill('A long thought that goes on');
  await reply(page).press('Control+Enter');
  await expect(page.getByRole('dialog', { name: 'Please sign in again' })).toBeVisible();
  await signInAgain(page);
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect.poll(async () => (await api.messages(id)).filter((message) => message.content === 'A long thought that goes on').length).toBe(1);
});

test('a draft survives a reload', async ({ page, api }) => {
  const id = await api.conversation('draft-keeper');
  await signIn(page, `/inbox/${id}`);
  await reply(page).fill('Half a sentence');
  await page.reload();
  await expect(reply(page)).toHaveValue('Half a sentence');
});

test('a long conversation loads backwards, and what is read stays in its place', async ({ page, api }) => {
  const id = await api.conversation('talker', []);
  for (let i = 1; i <= 120; i += 1) await api.receive(id, `Line ${i} of 120`);
  await signIn(page, `/inbox/${id}`);
  await expect(thread(page)).toContainText('Line 120 of 120');
  await expect(page.getByText('Line 120 of 120').last()).toBeInViewport();
  const region = page.getByRole('region', { name: 'Messages' });
  await region.focus();
  for (let i = 0; i < 40 && (await page.getByText('Line 1 of 120').count()) === 0; i += 1) {
    await region.evaluate((element) => { element.scrollTop -= 900; });
    await page.waitForTimeout(60);
  }
  await expect(page.getByText('This is the beginning')).toBeAttached();
  expect(await thread(page).getByRole('listitem').count()).toBeLessThan(60);
});

test('offline is said, what was seen stays, and the way back needs no reload', async ({ page, context, api }) => {
  const id = await api.conversation('tunnel');
  await signIn(page, `/inbox/${id}`);
  await expect(thread(page)).toContainText('still available');
  await context.setOffline(true);
  await expect(page.getByText('You are offline')).toBeVisible();
  await expect(thread(page)).toContainText('still available');
  await context.setOffline(false);
  await expect(page.getByText('You are offline')).toHaveCount(0);
});
