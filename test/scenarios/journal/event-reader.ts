/**
 * A reader of the event stream, to be run as a process of its own: prints `open` when the stream is open,
 * then one line of JSON for each event that comes, and `end` when the stream ends.
 *
 * Arguments: the address, the token, and the Last-Event-ID if there is one.
 */
import http from 'node:http';

const [url = '', token = '', lastEventId] = process.argv.slice(2);
const headers = {
  authorization: `Bearer ${token}`,
  ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
};

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

http.get(url, { headers, agent: false }, (response) => {
  print(response.statusCode === 200 ? 'open' : `status ${response.statusCode}`);
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    const blocks = (text + chunk).split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) show(block);
  });
  response.on('end', () => print('end'));
});

const show = (block: string): void => {
  if (block.startsWith(':')) return;
  const fields = block.split('\n').map((line) => /^(\w+): (.*)$/.exec(line));
  const field = (name: string): string => fields.find((match) => match?.[1] === name)?.[2] ?? '';
  print(JSON.stringify({ event: field('event'), id: field('id'), data: JSON.parse(field('data')) }));
};
