/*
 * Bytes in bulk through something that connects two ends: both ends, in one process.
 *
 *   bulk up|down BYTES PID
 *
 * It prints the port at which the far end listens, and reads from standard input a line with the port of the
 * near end, the length of a head and of what stands before each piece, and these two. up: the near end
 * connects, sends the head and then the bytes; it is over when the far end has all of them. down: the far end
 * sends the bytes and ends; it is over when the near end has read to the end. With something before each piece
 * the far end does not end, and the near end counts: websockify drops at the end what it has not sent yet.
 * Prints how long that took, and the CPU of the process PID meanwhile.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "measure.h"

#define PIECE 65536
#define MOST_SECONDS 120

static long bytes;
static int listener;
/* The far end that sends does not end its stream. */
static int is_left_open;
static char piece[PIECE + 64];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void send_all(int fd, const char *data, size_t length) {
  while (length > 0) {
    ssize_t sent = send(fd, data, length, MSG_NOSIGNAL);
    if (sent < 0) fail("send");
    data += sent;
    length -= (size_t)sent;
  }
}

/* The bytes, in pieces that all begin alike. */
static void send_bytes(int fd, const char *before, size_t before_length) {
  memcpy(piece, before, before_length);
  for (long left = bytes; left > 0; left -= PIECE) {
    send_all(fd, piece, before_length + (size_t)(left < PIECE ? left : PIECE));
  }
}

/* Reads so many bytes, or to the end; gives how many came. All bytes are zero: an object of JSON behind them
 * is the message with which a stream tells its end. */
static long read_bytes(int fd, long most) {
  static __thread char into[1 << 18];
  long total = 0;
  while (total < most) {
    ssize_t got = recv(fd, into, sizeof into, 0);
    if (got < 0) fail("recv");
    if (got == 0) break;
    total += got;
    if (total >= bytes && (is_left_open || into[got - 1] == '}')) break;
  }
  return total;
}

/* The answer that opens a WebSocket: what is sent before it may be lost. */
static void read_opening(int fd) {
  static const char end[] = "\r\n\r\n";
  char byte;
  for (size_t matched = 0; matched < sizeof end - 1;) {
    if (recv(fd, &byte, 1, 0) != 1) fail("no WebSocket");
    matched = byte == end[matched] ? matched + 1 : byte == end[0];
  }
}

static void *far_end(void *is_up) {
  int fd = accept(listener, NULL, NULL);
  if (fd < 0) fail("accept");
  if (is_up) {
    if (read_bytes(fd, bytes) < bytes) fail("the far end has not got every byte");
    return NULL;
  }
  send_bytes(fd, "", 0);
  if (!is_left_open) close(fd);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  alarm(MOST_SECONDS);
  int is_up = strcmp(argv[1], "up") == 0;
  bytes = atol(argv[2]);
  int pid = atoi(argv[3]);
  struct sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, 1) < 0) fail("listen");
  getsockname(listener, (struct sockaddr *)&address, &length);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);

  int port;
  size_t head_length, before_length;
  if (scanf("%d %zu %zu", &port, &head_length, &before_length) != 3 || getchar() != '\n') return 2;
  if (before_length > 64) return 2;
  char *input = calloc(1, head_length + before_length + 1);
  if (fread(input, 1, head_length + before_length, stdin) != head_length + before_length) return 2;
  const char *before = input + head_length;
  is_left_open = before_length > 0;

  int fd = connect_to(port);
  if (fd < 0) fail("connect");
  pthread_t far;
  long cpu = cpu_of(pid);
  double began = now();
  pthread_create(&far, NULL, far_end, is_up ? &far : NULL);
  send_all(fd, input, head_length);
  if (before_length > 0) read_opening(fd);
  if (is_up) send_bytes(fd, before, before_length);
  else {
    long got = read_bytes(fd, bytes * 2);
    if (got < bytes) {
      fprintf(stderr, "the near end has got %ld of %ld bytes\n", got, bytes);
      return 1;
    }
  }
  pthread_join(far, NULL);
  printf("{\"seconds\":%.6f,\"cpuMicroseconds\":%ld}\n", now() - began, cpu_of(pid) - cpu);
  return 0;
}
