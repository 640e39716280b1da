/*
 * Keep-alive HTTP clients in one thread. Each repeats a script and checks every answer; the first wrong answer
 * ends the program with an error.
 *
 *   http-load -p PORT -c CONNECTIONS -t SECONDS [-w WARM_SECONDS] [-n PASSES] [-s PID] [-e PORT,PORT...] \
 *     < script
 *
 * -s: the process whose time is measured. -e: ports that are used in turn as $P. -n: ends after that many
 * passes instead of by time. The bearer token is in BENCH_TOKEN. Prints one line of JSON with the results.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "../measure.h"
#include "clients.h"

enum { SILENCE_MS = 60000, HEAD_SIZE = 2048, VALUES_SIZE = 4096 };

struct connection {
  int fd;
  char *in;
  size_t length, size;
  struct client client;
};

static void send_all(const struct connection *c, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t sent = send(c->fd, bytes, length, MSG_NOSIGNAL);
    if (sent < 0) fail(&c->client, "cannot send", "");
    bytes += sent;
    length -= sent;
  }
}

static void request(struct connection *c) {
  static char *buffer, *body;
  static size_t size;
  const struct step *step = begin_step(&c->client);
  size_t needed = strlen(step->body) + strlen(step->path) + HEAD_SIZE + VALUES_SIZE;
  if (needed > size) {
    size = needed;
    buffer = realloc(buffer, 2 * size);
    body = realloc(body, size);
  }
  char path[VALUES_SIZE];
  fill(path, step->path, &c->client.values);
  size_t length = fill(body, step->body, &c->client.values);
  char *to = buffer;
  to += sprintf(to, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s", step->method, path, settings.port, authorization());
  if (length > 0) to += sprintf(to, "Content-Type: application/json\r\nContent-Length: %zu\r\n", length);
  to = mempcpy(stpcpy(to, "\r\n"), body, length);
  send_all(c, buffer, to - buffer);
}

/* `in` has the complete answer, followed by a zero byte. */
static void answered(struct connection *c, const char *body) {
  if (c->in[9] != '2') fail(&c->client, "refused", c->in);
  c->length = 0;
  if (end_step(&c->client, body)) request(c);
}

static void readable(struct connection *c) {
  if (c->length + 1 >= c->size) c->in = realloc(c->in, c->size = 2 * c->size);
  ssize_t got = recv(c->fd, c->in + c->length, c->size - 1 - c->length, 0);
  if (got <= 0) fail(&c->client, "closed by the server", "");
  c->length += got;
  c->in[c->length] = 0;
  char *end = strstr(c->in, "\r\n\r\n");
  if (!end) return;
  char *field = strcasestr(c->in, "\r\ncontent-length:");
  if (!field || field > end) fail(&c->client, "no Content-Length", c->in);
  size_t whole = end + 4 - c->in + strtoul(field + strlen("\r\ncontent-length:"), NULL, 10);
  if (c->length > whole) fail(&c->client, "more than one answer", c->in);
  if (c->length == whole) answered(c, end + 4);
}

static void open_connection(struct connection *c, int epoll, int number) {
  *c = (struct connection){.size = 16384, .client.values.connection = number};
  c->in = calloc(1, c->size);
  c->fd = connect_to(settings.port);
  if (c->fd < 0) fail(&c->client, "cannot connect", "");
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event);
}

int main(int argc, char **argv) {
  read_load(argc, argv);
  struct connection *all = calloc(settings.connections, sizeof *all);
  int epoll = epoll_create1(0);
  for (int i = 0; i < settings.connections; i++) open_connection(&all[i], epoll, i);
  for (int i = 0; i < settings.connections; i++) request(&all[i]);
  while (goes_on()) {
    struct epoll_event events[64];
    int ready = epoll_wait(epoll, events, 64, SILENCE_MS);
    if (ready == 0) fail(&all[0].client, "no answer", "");
    for (int i = 0; i < ready; i++) readable(events[i].data.ptr);
  }
  print_load();
}
