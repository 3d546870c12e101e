/** An admin signs in at an OpenID provider, which this test is. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import { after } from 'node:test';
import { axe, openPage, prepared, startArena, theBrowser } from './fixtures.mjs';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const coded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

let arena;
let browser;
let provider;
let issuer;
let email = 'ana@example.org';
let nonce;

function answer(request, reply) {
  const url = new URL(request.url, issuer);
  const json = (value) => reply.end(JSON.stringify(value));
  if (url.pathname === '/.well-known/openid-configuration') {
    return json({ issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/keys` });
  }
  if (url.pathname === '/keys') return json({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' }] });
  if (url.pathname === '/authorize') {
    nonce = url.searchParams.get('nonce');
    const back = `${arena.base}/api/v1/session/oidc/callback?code=c&state=${url.searchParams.get('state')}`;
    return reply.writeHead(303, { Location: back }).end();
  }
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, aud: 'arena', sub: 'u1', iat: now, exp: now + 60, nonce, email, email_verified: true };
  const signed = `${coded({ alg: 'ES256', kid: 'k1' })}.${coded(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  return json({ token_type: 'Bearer', access_token: 'x', id_token: `${signed}.${signature}` });
}

const test = prepared(async () => {
  provider = createServer(answer);
  await new Promise((resolve) => provider.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${provider.address().port}`;
  const settings = {
    ARENA_PUBLIC_URL: 'http://arena.test',
    ARENA_OIDC_ISSUER: issuer,
    ARENA_OIDC_CLIENT_ID: 'arena',
    ARENA_OIDC_ADMINS: 'ana@example.org',
    ARENA_OIDC_NAME: 'Example login',
    ARENA_PRIVATE_HOSTS: '127.0.0.1',
  };
  [arena, browser] = await Promise.all([startArena('serve', settings), theBrowser()]);
});
after(() => provider?.close());

test('an admin signs in at the provider and out again; whoever is none is told so', async (t) => {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto(`${arena.base}/admin`);
  await page.getByRole('link', { name: /Sign in with .*Example login/ }).click();
  await page.getByRole('heading', { name: 'Signed in' }).waitFor();
  await page.getByText('ana@example.org').waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  email = 'eve@example.org';
  await page.getByRole('link', { name: /Sign in with/ }).click();
  await page.getByRole('alert').getByText('you are no admin of this arena').waitFor();
  assert.deepEqual(await axe(page), []);
});

test('the offer keeps the page’s own rules', async (t) => {
  const page = await openPage(t, browser, arena.base);
  await page.goto(`${arena.base}/admin?sign_in=stale`);
  await page.getByText('was not begun here').waitFor();
  assert.deepEqual(await axe(page), []);
});
