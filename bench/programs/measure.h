/* What the programs measure and how they say it. */
#ifndef MEASURE_H
#define MEASURE_H

#include <netinet/in.h>
#include <stddef.h>

struct latencies {
  float *microseconds;
  size_t count, size;
};

struct result {
  long calls;
  double seconds;
  long cpu_microseconds; /* user and system time of what is measured */
  struct latencies *latencies;
};

/* Seconds of a clock that only goes on. */
double now(void);

/* User and system time of a process until now, in microseconds (in steps of a clock tick); 0 for no process. */
long cpu_of(int pid);

/* User and system time of this process until now, in microseconds. */
long own_cpu(void);

void add_latency(struct latencies *latencies, double seconds);

/* One line of JSON on standard output. */
void print_result(const struct result *result);

struct sockaddr_in loopback(int port);

/* Ports that take turns, "1,2,3": a port of a peer whose connections were closed is not free again at once. */
void use_ports(const char *list);

/* 0 when there are none. */
int next_port(void);

#endif
