import { expect, expectAccessible, list, signIn, test, url } from './rig';

test('signs in, stays signed in over a reload, and signs out in every tab', async ({ page, context }) => {
  await page.goto(`${url()}/leads?filter=hot`);
  await expect(page).toHaveURL(/sign-in/);
  await page.getByLabel('E-mail').fill('demo@salesflow.example');
  await page.getByLabel('Password').fill('certainly wrong');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toHaveText('E-mail or password is wrong.');
  await signIn(page, '/leads?filter=hot');
  await expect(page).toHaveURL(/leads\?filter=hot/);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Leads' })).toBeVisible();
  const second = await context.newPage();
  await second.goto(`${url()}/inbox`);
  await expect(list(second).getByRole('link').first()).toBeVisible();
  expect(await page.evaluate(() => JSON.stringify(localStorage) + document.cookie)).not.toMatch(/eyJ|sf_refresh/);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/sign-in/);
  await expect(second).toHaveURL(/sign-in/);
});

test('makes an account, whose empty inbox says so', async ({ page }) => {
  await page.goto(`${url()}/sign-up`);
  await expectAccessible(page, 'sign-up');
  await page.getByLabel('First name').fill('Ada');
  await page.getByLabel('Last name').fill('<b>Lovelace</b>');
  await page.getByLabel('E-mail').fill(`ada-${Date.now()}@new.example`);
  await page.getByLabel('Password').fill('a long enough secret');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByText('No conversation here')).toBeVisible();
  await expect(page.getByText('<b>Lovelace</b>')).toBeVisible();
  await expectAccessible(page, 'empty inbox');
});

test('speaks German and English, dark and light, and keeps the choice', async ({ page }) => {
  await signIn(page);
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByText('Deutsch').click();
  await expect(page.getByRole('heading', { name: 'Einstellungen' })).toBeVisible();
  await page.getByText('Dunkel').click();
  await page.getByText('Einzelne Tasten sind Befehle').click();
  await page.getByRole('button', { name: 'Fertig' }).click();
  await expect(page.getByRole('link', { name: /Posteingang/ })).toBeVisible();
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(page.getByRole('link', { name: /Posteingang/ })).toBeVisible();
  await page.keyboard.press('?');
  await page.waitForTimeout(200);
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('a server that is away is said so, and asked again', async ({ page }) => {
  await signIn(page);
  await page.route('**/api/auth/refresh', (route) => route.abort());
  await page.reload();
  await expect(page.getByRole('alert')).toContainText('The server does not answer');
  await page.unroute('**/api/auth/refresh');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(list(page).getByRole('link').first()).toBeVisible();
});

test('signing in leads to no other host', async ({ page }) => {
  for (const to of ['javascript:alert(1)', 'https://evil.example', '//evil.example', '/\\evil.example']) {
    await page.goto(`${url()}/sign-in?${new URLSearchParams({ to })}`);
    await expect(page.getByRole('heading', { name: 'Welcome back' })).toBeVisible();
  }
  await page.getByLabel('E-mail').fill('demo@salesflow.example');
  await page.getByLabel('Password').fill(process.env.SALESFLOW_TEST_PASSWORD!);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`${url()}/inbox`);
});
