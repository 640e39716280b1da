/**
 * The cost of Fastify and Node without any work: a POST and a GET with schemas of request and response.
 * Prints its port.
 */
import Fastify from 'fastify';
import Type from 'typebox';

const app = Fastify({ logger: false });
const text = Type.String({ maxLength: 1 << 20 });
const exact = { additionalProperties: false };

app.post(
  '/no-op',
  {
    schema: {
      body: Type.Object({ data: text }, exact),
      response: { 200: Type.Object({ ok: Type.Boolean(), n: Type.Integer(), data: text }) },
    },
  },
  async ({ body }) => ({ ok: true, n: body.data.length, data: body.data }),
);

app.get(
  '/no-op/:id',
  {
    schema: {
      params: Type.Object({ id: text }, exact),
      response: { 200: Type.Object({ ok: Type.Boolean(), id: text }) },
    },
  },
  async ({ params }) => ({ ok: true, id: params.id }),
);

await app.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`${app.server.address().port}\n`);
