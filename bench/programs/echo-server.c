/*
 * Sends back the received bytes, and ends a connection when its peer does. Listens on 16 ports that the system
 * chooses, prints them on one line, and ends with the program that started it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"

enum { PORTS = 16, BACKLOG = 4096, MOST_OPEN_AT_START = 1024 };

static int epoll;
static char is_listener[MOST_OPEN_AT_START];

static void watch(int fd) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void listen_anywhere(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  if (bind(fd, (void *)&address, length) || listen(fd, BACKLOG) || getsockname(fd, (void *)&address, &length)) {
    perror("echo-server");
    exit(1);
  }
  printf("%d,", ntohs(address.sin_port));
  is_listener[fd] = 1;
  watch(fd);
}

static void accept_all(int listener) {
  for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) watch(fd);
}

static void echo(int fd) {
  static char bytes[65536];
  ssize_t got = recv(fd, bytes, sizeof bytes, 0);
  if (got > 0) send(fd, bytes, got, MSG_NOSIGNAL);
  else if (got == 0 || errno != EAGAIN) close(fd);
}

int main(void) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  epoll = epoll_create1(0);
  for (int i = 0; i < PORTS; i++) listen_anywhere();
  printf("\n");
  fflush(stdout);
  for (;;) {
    struct epoll_event events[256];
    int ready = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      if (fd < MOST_OPEN_AT_START && is_listener[fd]) accept_all(fd);
      else echo(fd);
    }
  }
}
