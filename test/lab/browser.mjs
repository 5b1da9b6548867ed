// Headless Chromium, driven by playwright-core. Debian's package, since playwright's own browsers come from elsewhere.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/**
 * @param {{headed?: boolean}} [options]
 * @returns {Promise<import('playwright-core').Browser>}
 */
export async function launchBrowser(options = {}) {
  const executablePath = process.env.AFINA_CHROMIUM ?? CANDIDATES.find((each) => existsSync(each));
  if (executablePath === undefined) {
    throw new Error(
      'No Chromium was found: run `node test/lab/setup.mjs apt`, or set AFINA_CHROMIUM to one.',
    );
  }
  return chromium.launch({
    executablePath,
    headless: options.headed !== true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // A /dev/shm of 64 MB, as containers have it, is too small for a workbench.
      '--disable-dev-shm-usage',
    ],
  });
}
