/*
 * Clients of JSON-RPC 2.0 over WebSockets (RFC 6455) in one thread. Each repeats a script and checks every
 * answer; the first wrong answer ends the program with an error. What the clients of a WebSocket send after
 * one read goes out with one write.
 *
 *   ws-load -p PORT -u PATH -c WEBSOCKETS -o OUTSTANDING -t SECONDS [-w WARM_SECONDS] [-n PASSES] [-s PID] \
 *     [-e PORT,PORT...] < script
 *
 * -o: clients on a WebSocket, each with one call outstanding. The path of a step is the name of the method,
 * its body the parameters. The rest as in http-load.c.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "../measure.h"
#include "clients.h"

/* The key and its answer are the example of RFC 6455, section 1.3. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

enum { SILENCE_MS = 60000, CALL_SIZE = 8192, HEAD_SIZE = 14 };
enum { FIN = 0x80, MASKED = 0x80, OPCODE = 0x0f, TEXT = 1, PING = 9, PONG = 10 };

struct websocket {
  int fd;
  unsigned char *in, *out;
  size_t in_length, in_size, out_length, out_size;
  struct client *clients;
};

/* A frame from the server. */
struct frame {
  int opcode;
  char *payload;
  size_t length;
};

static void put_frame(struct websocket *w, int opcode, const char *payload, size_t length) {
  static const unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};
  if (w->out_length + length + HEAD_SIZE > w->out_size) {
    w->out_size = 2 * (w->out_length + length + HEAD_SIZE);
    w->out = realloc(w->out, w->out_size);
  }
  unsigned char *to = w->out + w->out_length;
  *to++ = FIN | opcode;
  *to++ = MASKED | (length < 126 ? length : 126);
  if (length >= 126) {
    *to++ = length >> 8;
    *to++ = length & 0xff;
  }
  to = mempcpy(to, mask, 4);
  for (size_t i = 0; i < length; i++) *to++ = payload[i] ^ mask[i & 3];
  w->out_length = to - w->out;
}

/* Two bytes have the length of a frame here. */
static void request(struct websocket *w, int number) {
  static char text[UINT16_MAX];
  struct client *client = &w->clients[number];
  const struct step *step = begin_step(client);
  if (strlen(step->body) + CALL_SIZE > sizeof text) fail(client, "too long", "");
  char *to = text + sprintf(text, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":", number, step->path);
  to += fill(to, step->body, &client->values);
  *to++ = '}';
  put_frame(w, TEXT, text, to - text);
}

static void flush(struct websocket *w) {
  for (size_t at = 0; at < w->out_length;) {
    ssize_t sent = send(w->fd, w->out + at, w->out_length - at, MSG_NOSIGNAL);
    if (sent < 0) fail(w->clients, "cannot send", "");
    at += sent;
  }
  w->out_length = 0;
}

/* Reads the frame at the beginning of some bytes. Returns its whole size; 0 if it has not arrived yet. */
static size_t read_frame(struct frame *frame, unsigned char *bytes, size_t length) {
  if (length < 2) return 0;
  size_t head = bytes[1] == 127 ? 10 : bytes[1] == 126 ? 4 : 2;
  if (length < head) return 0;
  uint64_t size = head == 2 ? bytes[1] : 0;
  for (size_t i = 2; i < head; i++) size = size << 8 | bytes[i];
  if (length - head < size) return 0;
  *frame = (struct frame){bytes[0] & OPCODE, (char *)bytes + head, size};
  return head + size;
}

static void answered(struct websocket *w, char *text) {
  char *id = strstr(text, "\"id\":");
  int number = id ? atoi(id + strlen("\"id\":")) : -1;
  if (number < 0 || number >= settings.outstanding) fail(w->clients, "no id of a call", text);
  if (end_step(&w->clients[number], text)) request(w, number);
}

static void received(struct websocket *w, const struct frame *frame) {
  char behind = frame->payload[frame->length];
  frame->payload[frame->length] = 0;
  if (frame->opcode == TEXT) answered(w, frame->payload);
  else if (frame->opcode == PING) put_frame(w, PONG, frame->payload, frame->length);
  else fail(w->clients, "not a text", frame->payload);
  frame->payload[frame->length] = behind;
}

static void read_more(struct websocket *w) {
  if (w->in_length + 1 >= w->in_size) w->in = realloc(w->in, w->in_size = 2 * w->in_size);
  ssize_t got = recv(w->fd, w->in + w->in_length, w->in_size - 1 - w->in_length, 0);
  if (got <= 0) fail(w->clients, "closed by the server", "");
  w->in_length += got;
}

static void readable(struct websocket *w) {
  read_more(w);
  size_t at = 0;
  struct frame frame;
  for (size_t size; (size = read_frame(&frame, w->in + at, w->in_length - at)); at += size) received(w, &frame);
  memmove(w->in, w->in + at, w->in_length -= at);
  flush(w);
}

static void shake_hands(struct websocket *w) {
  w->out_length = sprintf((char *)w->out,
                          "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: " KEY "\r\nSec-WebSocket-Version: 13\r\n"
                          "Sec-WebSocket-Protocol: winsockd.v1\r\n%s\r\n",
                          settings.path, settings.port, authorization());
  flush(w);
  do {
    read_more(w);
    w->in[w->in_length] = 0;
  } while (!strstr((char *)w->in, "\r\n\r\n"));
  char *head = (char *)w->in;
  if (strncmp(head, "HTTP/1.1 101 ", 13)) fail(w->clients, "refused", head);
  if (!strstr(head, ACCEPT) || !strstr(head, "winsockd.v1")) fail(w->clients, "not a WebSocket", head);
  w->in_length = 0;
}

static void open_websocket(struct websocket *w, int epoll, int number) {
  *w = (struct websocket){.in_size = 65536, .out_size = 65536};
  w->in = malloc(w->in_size);
  w->out = malloc(w->out_size);
  w->clients = calloc(settings.outstanding, sizeof *w->clients);
  for (int i = 0; i < settings.outstanding; i++) w->clients[i].values.connection = number * settings.outstanding + i;
  w->fd = connect_to(settings.port);
  if (w->fd < 0) fail(w->clients, "cannot connect", "");
  shake_hands(w);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = w};
  epoll_ctl(epoll, EPOLL_CTL_ADD, w->fd, &event);
}

int main(int argc, char **argv) {
  read_load(argc, argv);
  struct websocket *all = calloc(settings.connections, sizeof *all);
  int epoll = epoll_create1(0);
  for (int i = 0; i < settings.connections; i++) open_websocket(&all[i], epoll, i);
  for (int i = 0; i < settings.connections; i++) {
    for (int number = 0; number < settings.outstanding; number++) request(&all[i], number);
    flush(&all[i]);
  }
  while (goes_on()) {
    struct epoll_event events[64];
    int ready = epoll_wait(epoll, events, 64, SILENCE_MS);
    if (ready == 0) fail(all[0].clients, "no answer", "");
    for (int i = 0; i < ready; i++) readable(events[i].data.ptr);
  }
  print_load();
}
