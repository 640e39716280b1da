/* Clients in one thread, each of which repeats the script and checks every answer. */
#ifndef CLIENTS_H
#define CLIENTS_H

#include "script.h"

struct settings {
  int port;
  int connections;
  int outstanding; /* calls on a connection, each of a client */
  const char *path; /* of WebSockets */
};

struct client {
  int step; /* index in the script; its count after the last step */
  double pass_began;
  struct values values;
};

extern struct settings settings;

/* Reads the arguments of the program and the script. */
void read_load(int argc, char **argv);

/* A header line with the bearer token in BENCH_TOKEN; "" without it. */
const char *authorization(void);

/* Called where the request of a step is made. */
const struct step *begin_step(struct client *client);

/* Checks and counts an answer, a text that ends with a zero byte. Whether the client has another step. */
int end_step(struct client *client, const char *answer);

/* Begins or ends the measurement if it is time. Whether a client still has steps. */
int goes_on(void);

/* Prints why on standard error, and ends the program. */
_Noreturn void fail(const struct client *client, const char *why, const char *received);

/* Prints the results. */
void print_load(void);

#endif
