/* The measurements of the programs and their output. */
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
  long cpu_microseconds; /* user and system time of the measured process */
  struct latencies *latencies;
};

/* Seconds of a monotonic clock. */
double now(void);

/* User and system time of a process in microseconds (in steps of a clock tick); 0 for no process. */
long cpu_of(int pid);

/* User and system time of this process in microseconds. */
long own_cpu(void);

void add_latency(struct latencies *latencies, double seconds);

/* One line of JSON on standard output. */
void print_result(const struct result *result);

struct sockaddr_in loopback(int port);

/* A connection to a port of this machine, without delay of small writes; -1 if there is none. */
int connect_to(int port);

/* Ports that are used in turn, "1,2,3", because the ports of closed connections are not free at once. */
void use_ports(const char *list);

/* The next of these ports; 0 when there are none. */
int next_port(void);

#endif
