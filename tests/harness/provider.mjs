// A certified provider of OpenID Connect (oidc-provider) on loopback, for tests:
//   node provider.mjs PATH-OF-THE-PACKAGE CERTIFICATE KEY
// It says its port on a line. A line of JSON on its input tells about the client and the people; from then on it answers.
// It ends with its input.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createInterface } from 'node:readline';

const [, , path, cert, certKey] = process.argv;
const { default: Provider } = await import(path);

const key = (kind, options, more) => ({
  ...generateKeyPairSync(kind, options).privateKey.export({ format: 'jwk' }),
  use: 'sig',
  ...more,
});

// client: as RFC 7591 has it; people: claims by subject.
function provider(issuer, { client, people }) {
  const made = new Provider(issuer, {
    clients: [client],
    findAccount: (_, sub) => people[sub] && { accountId: sub, claims: () => ({ sub, ...people[sub] }) },
    acrValues: ['weak', 'strong'],
    claims: { openid: ['sub', 'groups', 'acr', 'amr'], profile: ['preferred_username', 'name'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['of this test'] },
    pkce: { required: () => true },
    jwks: {
      keys: [
        key('rsa', { modulusLength: 2048 }, { kid: 'rsa' }),
        key('ec', { namedCurve: 'P-256' }, { kid: 'ec' }),
        key('ed25519', {}, { kid: 'ed' }),
      ],
    },
    enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA', 'HS256'] },
  });
  // Its own pages ask for a name alone. Here whoever has a second factor shows it when he is asked for it, and else does not.
  const finish = made.interactionFinished.bind(made);
  made.interactionFinished = async (request, response, result, options) => {
    if (result.login) {
      const { params } = await made.interactionDetails(request, response);
      const asked = (params.acr_values ?? '').split(' ').includes('strong');
      const isStrong = asked && people[result.login.accountId]?.has_factor;
      result.login.acr = isStrong ? 'strong' : 'weak';
      result.login.amr = isStrong ? ['pwd', 'otp'] : ['pwd'];
    }
    return finish(request, response, result, options);
  };
  return made;
}

let answer = (_, response) => response.writeHead(503).end();
const tls = { cert: readFileSync(cert), key: readFileSync(certKey) };
const server = createServer(tls, (request, response) => answer(request, response));
server.listen(0, '127.0.0.1', () => console.log(server.address().port));

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  answer = provider(`https://127.0.0.1:${server.address().port}`, JSON.parse(line)).callback();
  console.log('ready');
});
lines.on('close', () => process.exit());
