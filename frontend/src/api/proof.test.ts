import { expect, test } from 'vitest';
import { solve } from './proof';

// The key was derived by ALTCHA's own library (derive_key_sha of Python's altcha 2.3).
const parameters = { algorithm: 'SHA-256', nonce: '00112233445566778899aabbccddeeff', salt: 'ffeeddccbbaa99887766554433221100', keyPrefix: '2a4733f3dcc614202d126b757265660e' };
const derivedKey = '2a4733f3dcc614202d126b757265660ee14040ac5e98246465316b62cda326dd';

test('the counter of a challenge is found, and its key is ALTCHA’s', async () => {
  expect(await solve({ parameters, signature: '', work: 100_000 })).toEqual({ counter: 70_000, derivedKey });
});

test('a challenge without a counter ends', async () => {
  await expect(solve({ parameters, signature: '', work: 1_000 })).rejects.toThrow('no counter fits');
});
