import { expect, expectAccessible, list, signIn, test, thread, url } from './rig';

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [device, viewport] of Object.entries({ desktop: { width: 1360, height: 850 }, phone: { width: 390, height: 844 } })) {
    test.describe(`${colorScheme} ${device}`, () => {
      test.use({ colorScheme, viewport });
      test('every screen is free of what axe can find', async ({ page }) => {
        const where = (screen: string) => `${screen}, ${colorScheme}, ${device}`;
        await page.goto(`${url()}/sign-in`);
        await expectAccessible(page, where('sign-in'));
        await signIn(page);
        await expect(list(page).getByRole('link').first()).toBeVisible();
        await expectAccessible(page, where('inbox'));
        await page.getByRole('button', { name: /Channel/ }).click();
        await expectAccessible(page, where('choices'));
        await page.keyboard.press('Escape');
        await page.getByRole('searchbox').blur();
        await page.keyboard.press('j');
        await expect(thread(page).getByRole('listitem').first()).toBeVisible();
        await expectAccessible(page, where('conversation'));
        expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
        await page.getByRole('button', { name: 'Settings' }).click();
        await expectAccessible(page, where('settings'));
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
        await expectAccessible(page, where('shortcuts'));
        await page.keyboard.press('Escape');
        await page.goto(`${url()}/leads`);
        await expect(page.getByRole('row').nth(1)).toBeVisible();
        await expectAccessible(page, where('leads'));
      });
    });
  }
}
