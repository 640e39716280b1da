import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RAW_TYPE } from '../headers.js';
import { fastifyPath, restRouteOf } from '../rest/rest-route.js';
import { RECV_BYTES, SEND_BYTES } from './bytes-definitions.js';
import type { BytesParts } from './raw-bytes.js';
import { recvBytes } from './recv-bytes.js';
import { sendBytes } from './send-bytes.js';

/** Registers sendBytes and recvBytes. */
export const registerBytes = async (app: FastifyInstance, parts: BytesParts): Promise<void> => {
  await app.register(async (scope) => {
    // The body is read by the handler, as the socket takes it.
    scope.addContentTypeParser(RAW_TYPE, (_request, _payload, done) => done(null));
    const routes = [
      { op: SEND_BYTES, mediaType: RAW_TYPE, answer: sendBytes(parts) },
      { op: RECV_BYTES, answer: recvBytes(parts) },
    ];
    for (const { op, mediaType, answer } of routes) {
      const { method, path } = restRouteOf(op);
      scope.route({
        method,
        url: fastifyPath(path),
        config: { ...(mediaType !== undefined && { mediaType }) },
        // Not async: Fastify would send an answer of its own when none was written because the client is gone.
        handler: (request: FastifyRequest, reply: FastifyReply) => {
          answer(request, reply).catch((err: unknown) => {
            if (!reply.sent) {
              reply.send(err);
              return;
            }
            // The answer has begun, so the client must see that it is not whole.
            const { owner, id: requestId } = request;
            parts.lines.write('error', owner, { err, requestId }, 'request failed by a bug');
            request.raw.socket.destroy();
          });
        },
      });
    }
  });
};
