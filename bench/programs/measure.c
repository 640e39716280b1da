#define _GNU_SOURCE
#include "measure.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

/* Fields 14 and 15, after the name in brackets: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
long cpu_of(int pid) {
  if (pid == 0) return 0;
  char path[64], text[1024];
  sprintf(path, "/proc/%d/stat", pid);
  FILE *file = fopen(path, "r");
  size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0;
  text[length] = 0;
  char *field = strrchr(text, ')');
  unsigned long user, system;
  if (!field || sscanf(field, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2) {
    fprintf(stderr, "cannot read the time of process %d\n", pid);
    exit(1);
  }
  fclose(file);
  return (user + system) * (1000000 / sysconf(_SC_CLK_TCK));
}

static long microseconds(struct timeval time) { return time.tv_sec * 1000000L + time.tv_usec; }

long own_cpu(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
}

void add_latency(struct latencies *latencies, double seconds) {
  if (latencies->count == latencies->size) {
    latencies->size = latencies->size ? 2 * latencies->size : 4096;
    latencies->microseconds = realloc(latencies->microseconds, latencies->size * sizeof(float));
  }
  latencies->microseconds[latencies->count++] = (float)(seconds * 1e6);
}

static int compare(const void *a, const void *b) {
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

static float quantile(const struct latencies *latencies, double part) {
  return latencies->count ? latencies->microseconds[(size_t)((latencies->count - 1) * part)] : 0;
}

void print_result(const struct result *result) {
  struct latencies *latencies = result->latencies;
  if (latencies->count) qsort(latencies->microseconds, latencies->count, sizeof(float), compare);
  printf("{\"calls\":%ld,\"seconds\":%.6f,\"cpuMicroseconds\":%ld,\"passes\":%zu,", result->calls, result->seconds,
         result->cpu_microseconds, latencies->count);
  printf("\"p50\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f}\n", quantile(latencies, 0.5), quantile(latencies, 0.99),
         quantile(latencies, 0.999), quantile(latencies, 1));
}

struct sockaddr_in loopback(int port) {
  return (struct sockaddr_in){
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

int connect_to(int port) {
  struct sockaddr_in address = loopback(port);
  int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, (void *)&address, sizeof address)) return -1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

static int ports[64];
static int port_count;
static unsigned turn;

void use_ports(const char *list) {
  for (char *rest = (char *)list; *rest && port_count < 64; rest += *rest == ',')
    ports[port_count++] = (int)strtol(rest, &rest, 10);
}

int next_port(void) { return port_count ? ports[turn++ % port_count] : 0; }
