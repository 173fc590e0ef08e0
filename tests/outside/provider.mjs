// Lets a provider that is not ours, oidc-provider, issue tokens to a running Safar and turn its keys: what is described is found,
// a new key is found, an old one is let go of, and while the provider is away what is known goes on.
// `tests/run` calls this; by hand: SAFAR=target/debug/safar PROVIDER=target/provider node tests/outside/provider.mjs

import assert from 'node:assert/strict';
import { spawn, execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const safar = resolve(process.env.SAFAR);
const { default: Provider } = await import(pathToFileURL(resolve(process.env.PROVIDER, 'node_modules/oidc-provider/lib/index.js')));
const work = mkdtempSync(join(tmpdir(), 'safar-provider.'));
const worker = 'sw-galaba';
const secret = randomUUID();
// Safar asks again every 60 seconds at the earliest.
const PATIENCE = 90_000;

const key = (kid) => ({ ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' });

let answering = null; // the provider of the moment, or null while it is away
const asked = { description: 0, keys: 0 };
const front = createServer((request, response) => {
  if (request.url.includes('/.well-known/')) asked.description += 1;
  if (request.url === '/jwks') asked.keys += 1;
  if (answering) answering(request, response);
  else request.socket.destroy();
});
front.listen(0, '127.0.0.1');
await once(front, 'listening');
const issuer = `http://127.0.0.1:${front.address().port}`;

// The first key signs, all are published.
function provider(keys, name = issuer) {
  const server = { scope: 'care', audience: 'safar', accessTokenFormat: 'jwt', accessTokenTTL: 900, jwt: { sign: { alg: 'ES256', kid: keys[0].kid } } };
  return new Provider(name, {
    jwks: { keys },
    clients: [{ client_id: worker, client_secret: secret, grant_types: ['client_credentials'], redirect_uris: [], response_types: [], id_token_signed_response_alg: 'ES256' }],
    cookies: { keys: [randomUUID()] },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: { enabled: true, defaultResource: () => 'urn:safar', getResourceServerInfo: () => server, useGrantedResource: () => true },
    },
    formats: { customizers: { jwt: (_, __, token) => { token.payload.nbf = token.payload.iat; } } },
  }).callback();
}

async function token() {
  const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'care' });
  const response = await fetch(`${issuer}/token`, { method: 'POST', body, headers: { authorization: `Basic ${btoa(`${worker}:${secret}`)}` } });
  const answer = await response.json();
  assert.ok(answer.access_token, JSON.stringify(answer));
  return answer.access_token;
}

let server = null;
let address = null;
const log = join(work, 'log');
const printed = join(work, 'printed');

const status = async (bearer) => (await fetch(`${address}/v1/me`, { headers: { authorization: `Bearer ${bearer}` } })).status;

async function until(what, condition) {
  const deadline = Date.now() + PATIENCE;
  while (!(await condition())) {
    assert.equal(server?.exitCode ?? null, null, 'the server ended');
    assert.ok(Date.now() < deadline, `not in time: ${what}`);
    await new Promise((next) => setTimeout(next, 250));
  }
  console.log(what);
}

async function start() {
  const issuers = `[{issuer = "${issuer}", audience = "safar", algorithms = ["ES256"], discover = true}]`;
  const settings = { SAFAR__AUTH__ISSUERS: issuers, SAFAR__AUTH__REFRESH_SECONDS: '60', SAFAR__SERVER__OPERATIONS_LISTEN: '127.0.0.1:0' };
  const files = ['ignore', openSync(printed, 'w'), openSync(log, 'w')];
  const data = join(work, 'data');
  server = spawn(safar, ['--dev', 'serve', '--listen', '127.0.0.1:0', '--data', data], { stdio: files, env: { ...process.env, ...settings, NO_PROXY: '127.0.0.1' } });
  await until('the server listens', () => (address = /listens on (\S+),/.exec(readFileSync(printed, 'utf8'))?.[1]));
}

async function turnsOfTheKeys() {
  const [first, second] = [key('first'), key('second')];
  answering = provider([first]);
  await start();
  const old = await token();
  assert.equal(await status(old), 200, 'a token of the described issuer opens');
  for (let n = 0; n < 50; n += 1) assert.equal(await status(await token()), 200);
  assert.deepEqual(asked, { description: 1, keys: 1 }, 'fifty tokens cause one fetch');

  answering = provider([second, first]);
  const recent = await token();
  await until('a new key is found', async () => (await status(recent)) === 200);
  assert.equal(await status(old), 200, 'and the old one is still good');

  answering = provider([second]);
  await until('a key that was taken back is refused', async () => (await status(old)) === 401);
  assert.equal(await status(recent), 200);

  answering = null;
  const failures = () => readFileSync(log, 'utf8').split('known keys stay').length - 1;
  const [before, since] = [failures(), asked.description];
  for (let n = 0; n < 100; n += 1) assert.equal(await status(old), 401);
  assert.ok(asked.description - since <= 1, 'a hundred unknown keys cause one fetch at most');
  await until('the provider is away and that is noticed', () => failures() > before);
  assert.equal(await status(recent), 200, 'and known keys go on working');

  // Somebody else answers at the address of the provider: another name, and a key of their own under the known id.
  const stranger = key('second');
  const [forger, noticed] = [provider([stranger]), failures()];
  const other = provider([stranger], 'http://127.0.0.1:1');
  answering = (request, response) => (request.url === '/token' ? forger(request, response) : request.socket.destroy());
  const forged = await token();
  answering = other;
  await until('a description of another issuer is not believed', () => failures() > noticed);
  assert.deepEqual([await status(forged), await status(recent)], [401, 200]);
}

let failed = null;
try {
  await turnsOfTheKeys();
} catch (error) {
  failed = error;
  console.error(`tests/outside/provider: ${error.stack}`);
  try { console.error(execFileSync('tail', ['-n', '20', log], { encoding: 'utf8' })); } catch { /* it has not begun */ }
}
if (server && server.exitCode === null) {
  server.kill('SIGTERM');
  await once(server, 'exit');
}
front.closeAllConnections();
front.close();
rmSync(work, { recursive: true });
process.exitCode = failed ? 1 : 0;
