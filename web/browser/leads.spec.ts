import { expect, signIn, test } from './rig';

test('leads come best first, sort and filter by the address, and scroll to the last', async ({ page, api }) => {
  await signIn(page, '/leads');
  const rows = page.getByRole('row');
  await expect(rows.nth(1)).toBeVisible();
  await expect(page.getByRole('columnheader', { name: 'P-score' })).toHaveAttribute('aria-sort', 'descending');
  const { total } = await api.call('GET', '/api/leads?envelope=1&limit=1');
  await expect(page.getByText(`${total} leads`)).toBeVisible();
  await page.getByRole('button', { name: 'Name', exact: true }).click();
  await expect(page).toHaveURL(/by=name/);
  await expect(page.getByRole('columnheader', { name: 'Name' })).toHaveAttribute('aria-sort', 'ascending');
  const { leads } = await api.call('GET', '/api/leads?envelope=1&limit=1&sort_by=name&sort_order=desc');
  const table = page.getByRole('region', { name: 'Leads' });
  await expect.poll(async () => {
    await table.evaluate((element) => { element.scrollTop = element.scrollHeight; });
    return table.getByText(leads[0].email ?? leads[0].name).count();
  }, { timeout: 20_000 }).toBeGreaterThan(0);
  expect(await rows.count()).toBeLessThan(80);
  await page.goBack();
  await page.goForward();
  await page.reload();
  await expect(page.getByRole('columnheader', { name: 'Name' })).toHaveAttribute('aria-sort', 'ascending');
  await page.getByRole('button', { name: /Status/ }).click();
  await page.getByRole('option', { name: 'Won' }).click();
  await expect(page).toHaveURL(/status=won/);
  await expect(rows.nth(1)).toContainText('Won');
});
