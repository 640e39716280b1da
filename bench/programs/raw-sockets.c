/*
 * The cost of the same calls in a plain program.
 *
 *   raw-sockets lifecycle|echo SECONDS PORT,PORT...
 *
 * lifecycle: seven calls, socket, connect, send 64 bytes, recv them, shutdown, recv the end, close.
 * echo: two calls on one connection, send 64 bytes, recv them.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"

static char sent[64], received[4096];

static void must(int isSo, const char *what) {
  if (isSo) return;
  perror(what);
  exit(1);
}

static int open_connection(void) {
  struct sockaddr_in address = loopback(next_port());
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  must(connect(fd, (void *)&address, sizeof address) == 0, "connect");
  return fd;
}

static void echo(int fd) {
  must(send(fd, sent, sizeof sent, MSG_NOSIGNAL) == sizeof sent, "send");
  must(recv(fd, received, sizeof received, 0) == sizeof sent, "recv");
}

static void lifecycle(void) {
  int fd = open_connection();
  echo(fd);
  must(shutdown(fd, SHUT_WR) == 0, "shutdown");
  must(recv(fd, received, sizeof received, 0) == 0, "recv of the end");
  must(close(fd) == 0, "close");
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int isLifecycle = !strcmp(argv[1], "lifecycle");
  double seconds = atof(argv[2]);
  use_ports(argv[3]);
  memset(sent, 'a', sizeof sent);
  int fd = isLifecycle ? -1 : open_connection();
  struct latencies latencies = {0};
  long calls = 0;
  double began = now(), time = began;
  while (time < began + seconds) {
    if (isLifecycle) lifecycle();
    else echo(fd);
    calls += isLifecycle ? 7 : 2;
    double ended = now();
    add_latency(&latencies, ended - time);
    time = ended;
  }
  print_result(&(struct result){calls, time - began, own_cpu(), &latencies});
}
