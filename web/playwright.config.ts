import { defineConfig } from '@playwright/test';

// script/test web runs this against the release binary with a PostgreSQL of its own (browser/server.ts).
export default defineConfig({
  testDir: 'browser',
  globalSetup: './browser/server.ts',
  outputDir: `${process.env.SALESFLOW_WEB_OUT ?? 'out'}/browser`,
  workers: 2,
  timeout: 120_000, // ms; a story takes 2 to 10 s where nothing else runs
  expect: { timeout: 20_000 },
  forbidOnly: true,
  use: {
    browserName: 'chromium',
    viewport: { width: 1360, height: 850 },
    locale: 'en-GB',
    timezoneId: 'Europe/Vienna',
    trace: 'retain-on-failure',
    // Debian's Chromium; root, as CI is, has to go without its sandbox.
    launchOptions: { executablePath: process.env.SALESFLOW_CHROMIUM ?? '/usr/bin/chromium', args: ['--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])] },
  },
});
