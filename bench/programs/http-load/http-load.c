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
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../measure.h"
#include "script.h"

enum { SILENCE_MS = 60000, HEAD_SIZE = 2048, VALUES_SIZE = 4096 };

struct connection {
  int fd;
  int step; /* index in the script; its count after the last step */
  char *in;
  size_t length, size;
  double pass_began;
  struct values values;
};

static struct script script;
static int port, connections = 1, pid;
static long most_passes;
static double seconds = 2, warm_seconds = 0.1;
static char authorization[512];

static enum { WARMING, MEASURING, ENDING } stage;
static int looping, done;
static long calls, passes;
static double began, ended;
static long cpu_began, cpu_ended;
static struct latencies latencies;

static void fail(const struct connection *c, const char *why) {
  const struct step *step = &script.steps[c->step];
  fprintf(stderr, "http-load: %s %s: %s: %.600s\n", step->method, step->path, why, c->in ? c->in : "");
  exit(1);
}

static void send_all(const struct connection *c, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t sent = send(c->fd, bytes, length, MSG_NOSIGNAL);
    if (sent < 0) fail(c, "cannot send");
    bytes += sent;
    length -= sent;
  }
}

static void request(struct connection *c) {
  static char *buffer, *body;
  static size_t size;
  const struct step *step = &script.steps[c->step];
  size_t needed = strlen(step->body) + strlen(step->path) + HEAD_SIZE + VALUES_SIZE;
  if (needed > size) {
    size = needed;
    buffer = realloc(buffer, 2 * size);
    body = realloc(body, size);
  }
  char path[VALUES_SIZE];
  fill(path, step->path, &c->values);
  size_t length = fill(body, step->body, &c->values);
  char *to = buffer + sprintf(buffer, "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n%s", step->method, path, port, authorization);
  if (length > 0) to += sprintf(to, "Content-Type: application/json\r\nContent-Length: %zu\r\n", length);
  to = mempcpy(stpcpy(to, "\r\n"), body, length);
  if (c->step == script.end[ONCE]) c->pass_began = now();
  send_all(c, buffer, to - buffer);
}

static void begin_measuring(void) {
  stage = MEASURING;
  began = now();
  cpu_began = cpu_of(pid);
}

static void end_measuring(void) {
  stage = ENDING;
  ended = now();
  cpu_ended = cpu_of(pid);
}

static void count(const struct connection *c) {
  if (stage != MEASURING) return;
  calls++;
  if (c->step + 1 < script.end[LOOP]) return;
  passes++;
  add_latency(&latencies, now() - c->pass_began);
  if (most_passes > 0 && passes >= most_passes) end_measuring();
}

static void advance(struct connection *c) {
  c->step++;
  if (c->step == script.end[ONCE]) looping++;
  else if (c->step == script.end[LOOP] && stage != ENDING) c->step = script.end[ONCE];
  if (c->step < script.count) request(c);
  else done++;
}

static void capture(struct connection *c, const char *body) {
  const struct step *step = &script.steps[c->step];
  if (!*step->capture) return;
  const char *found = strstr(body, step->capture);
  if (!found) fail(c, "nothing to capture");
  found += strlen(step->capture);
  size_t length = strcspn(found, "\"");
  if (length >= VARIABLE_SIZE) fail(c, "too long to capture");
  memcpy(c->values.variables[step->variable], found, length);
  c->values.variables[step->variable][length] = 0;
}

/* `in` has the complete answer, followed by a zero byte. */
static void answered(struct connection *c, const char *body) {
  const struct step *step = &script.steps[c->step];
  if (c->in[9] != '2') fail(c, "refused");
  if (*step->expect && !strstr(body, step->expect)) fail(c, "not the expected answer");
  capture(c, body);
  if (step->phase == LOOP) count(c);
  c->length = 0;
  advance(c);
}

static void readable(struct connection *c) {
  if (c->length + 1 >= c->size) c->in = realloc(c->in, c->size = 2 * c->size);
  ssize_t got = recv(c->fd, c->in + c->length, c->size - 1 - c->length, 0);
  if (got <= 0) fail(c, "closed by the server");
  c->length += got;
  c->in[c->length] = 0;
  char *end = strstr(c->in, "\r\n\r\n");
  if (!end) return;
  char *field = strcasestr(c->in, "\r\ncontent-length:");
  if (!field || field > end) fail(c, "no Content-Length");
  size_t whole = end + 4 - c->in + strtoul(field + strlen("\r\ncontent-length:"), NULL, 10);
  if (c->length > whole) fail(c, "more than one answer");
  if (c->length == whole) answered(c, end + 4);
}

static void open_connection(struct connection *c, int epoll, int number) {
  struct sockaddr_in address = loopback(port);
  int one = 1;
  *c = (struct connection){.fd = socket(AF_INET, SOCK_STREAM, 0), .size = 16384, .values = {.connection = number}};
  c->in = calloc(1, c->size);
  if (connect(c->fd, (void *)&address, sizeof address)) fail(c, "cannot connect");
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event);
}

static void look_at_the_clock(void) {
  static double ready;
  if (stage == WARMING && looping == connections) {
    if (ready == 0) ready = now();
    if (now() >= ready + warm_seconds) begin_measuring();
  }
  if (stage == MEASURING && most_passes == 0 && now() >= began + seconds) end_measuring();
}

static void read_arguments(int argc, char **argv) {
  for (int option; (option = getopt(argc, argv, "p:c:t:w:n:s:e:")) != -1;) {
    if (option == 'p') port = atoi(optarg);
    else if (option == 'c') connections = atoi(optarg);
    else if (option == 't') seconds = atof(optarg);
    else if (option == 'w') warm_seconds = atof(optarg);
    else if (option == 'n') most_passes = atol(optarg);
    else if (option == 's') pid = atoi(optarg);
    else if (option == 'e') use_ports(optarg);
    else exit(2);
  }
  const char *token = getenv("BENCH_TOKEN");
  if (token) snprintf(authorization, sizeof authorization, "Authorization: Bearer %s\r\n", token);
}

int main(int argc, char **argv) {
  read_arguments(argc, argv);
  script = read_script();
  struct connection *all = calloc(connections, sizeof *all);
  int epoll = epoll_create1(0);
  for (int i = 0; i < connections; i++) open_connection(&all[i], epoll, i);
  if (script.end[ONCE] == 0) looping = connections;
  for (int i = 0; i < connections; i++) request(&all[i]);
  while (done < connections) {
    struct epoll_event events[64];
    int ready = epoll_wait(epoll, events, 64, SILENCE_MS);
    if (ready == 0) fail(&all[0], "no answer");
    for (int i = 0; i < ready; i++) readable(events[i].data.ptr);
    look_at_the_clock();
  }
  print_result(&(struct result){calls, ended - began, cpu_ended - cpu_began, &latencies});
}
