/** Attacks with invalid bodies of the largest size: the cost of the check before the refusal. */

/** They are sent one after the other. */
const SECONDS = 2;
const MOST = 8 * 1024 * 1024 - 1024;

/**
 * Repeats the item as often as it fits, separated by commas.
 *
 * @param {string} item
 * @param {number} [most] characters
 */
const many = (item, most = MOST) =>
  Array(Math.floor(most / (item.length + 1)))
    .fill(item)
    .join();

const numbered = () => {
  const keys = [];
  for (let length = 0; length < MOST; length += keys[keys.length - 1].length + 1) {
    keys.push(`"${keys.length.toString(36)}":0`);
  }
  return keys.join();
};

/** @type {readonly { name: string, about: string, body: () => string }[]} */
const BODIES_OF_SEND = [
  {
    name: 'wrong-items',
    about: 'Four million wrong items in an array.',
    body: () => `{"buffers":[${many('0')}]}`,
  },
  {
    name: 'wrong-objects',
    about: 'Objects with a wrong member each, in an array.',
    body: () => `{"buffers":[${many('{"a":0}')}]}`,
  },
  { name: 'empty-objects', about: '[{},{},...]', body: () => `{"buffers":[${many('{}')}]}` },
  {
    name: 'nested-arrays',
    about: 'Arrays in arrays, four million deep.',
    body: () => '['.repeat(MOST / 2) + ']'.repeat(MOST / 2),
  },
  { name: 'flat-arrays', about: '[[],[],...]', body: () => `{"buffers":[${many('[]')}]}` },
  { name: 'many-keys', about: 'An object with a million members.', body: () => `{${numbered()}}` },
  {
    name: 'many-keys-in-buffers',
    about: 'The same, where a buffer belongs.',
    body: () => `{"data":{${numbered()}}}`,
  },
  {
    name: 'surrogates',
    about: 'Texts of an escaped surrogate pair each, in an array.',
    body: () => `{"buffers":[${many('"\\ud83d\\ude00"')}]}`,
  },
  { name: 'escapes', about: 'A key of escapes.', body: () => `{"${'\\u0061'.repeat(MOST / 6)}":0}` },
  {
    name: 'digits',
    about: 'A number of eight million digits.',
    body: () => `{"data":{"len":${'9'.repeat(MOST)}}}`,
  },
  {
    name: 'not-base64',
    about: 'A text that is base64 but for its last character.',
    body: () => `{"data":{"base64":"${'A'.repeat(MOST - 4)}AAA!"}}`,
  },
];

/** @type {readonly import('../list.mjs').Attack[]} */
export const BODIES = [
  ...BODIES_OF_SEND.map(({ name, about, body }) => ({
    name,
    about,
    seconds: SECONDS,
    async run(/** @type {import('../target.mjs').Target} */ target) {
      const [client] = await target.pair(await target.session());
      const request = target.request('POST', `/v1/sockets/${client}/send`, { body: body() });
      await target.repeat(() => request, { wires: 2 });
    },
  })),
  {
    name: 'wrong-items-in-poll',
    about: 'Wrong items for a call without data.',
    seconds: SECONDS,
    async run(target) {
      const session = await target.session();
      const request = target.request('POST', `/v1/sessions/${session}/poll`, {
        body: `{"sockets":[${many('0')}]}`,
      });
      await target.repeat(() => request, { wires: 2 });
    },
  },
  {
    name: 'bodies-without-end',
    about: '200 connections send all of a large body but its last byte.',
    async run(target) {
      const [client] = await target.pair(await target.session());
      const whole = target.request('POST', `/v1/sockets/${client}/send`, {
        body: `{"data":{"text":"${'x'.repeat(MOST)}"}}`,
      });
      for (let made = 0; made < 200; made++) target.connect().write(whole.subarray(0, -1));
      await target.rest(5000);
    },
  },
];
