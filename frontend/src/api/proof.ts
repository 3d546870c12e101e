/** The proof of work that the server asks of a flood: solved here, between two breaths of the page, without a worker. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { api, body } from './client';

const BREATH = 25;
const LOOK = 256;

/** ALTCHA, version 2, with SHA-256: the other parameters are sent back as they came. */
export interface Challenge {
  parameters: Record<string, unknown>;
  signature: string;
  work: number;
}

/** What the header Arena-Proof takes for a fresh challenge. */
export async function freshProof(): Promise<string> {
  const challenge = await body(api.GET('/api/v1/challenge'));
  const { parameters, signature } = challenge;
  return btoa(JSON.stringify({ challenge: { parameters, signature }, solution: await solve(challenge) }));
}

/** Tries one counter after the other. Throws when none of them fits, which a true challenge never has. */
export async function solve({ parameters, work }: Challenge): Promise<{ counter: number; derivedKey: string }> {
  const { salt, nonce, keyPrefix } = parameters as Record<'salt' | 'nonce' | 'keyPrefix', string>;
  const start = hexToBytes(salt + nonce);
  const wanted = hexToBytes(keyPrefix);
  const tried = new Uint8Array(start.length + 4);
  tried.set(start);
  const number = new DataView(tried.buffer);
  let since = performance.now();
  for (let counter = 0; counter < work; counter++) {
    number.setUint32(start.length, counter);
    const key = sha256(tried);
    if (wanted.every((byte, at) => byte === key[at])) return { counter, derivedKey: bytesToHex(key) };
    if (counter % LOOK === 0 && performance.now() - since > BREATH) {
      await new Promise((resolve) => setTimeout(resolve));
      since = performance.now();
    }
  }
  throw new Error('no counter fits the challenge');
}
