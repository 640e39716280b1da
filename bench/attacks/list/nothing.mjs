/** The reference values of the machine, for comparison with all other figures. */

/** @type {readonly import('../list.mjs').Attack[]} */
export const NOTHING = [
  {
    name: 'nothing',
    about: 'There is no request.',
    seconds: 2,
    run: (target) => target.rest(2000),
  },
  {
    name: 'plain-load',
    about: 'Eight connections make short calls, one after the other.',
    async run(target) {
      const session = await target.session();
      await target.repeat(() => target.request('GET', `/v1/sessions/${session}`), { wires: 8 });
    },
  },
];
