/* The requests of a client and the expected answers, step by step; read from standard input. */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stddef.h>

enum { VARIABLES = 8, VARIABLE_SIZE = 128 };

/* Once for each connection before the measurement, repeatedly during it, once after it. */
enum phase { ONCE, LOOP, AFTER, PHASES };

struct step {
  enum phase phase;
  char *method;
  char *path;
  char *body;     /* "" for none */
  char *expect;   /* texts that the answer must contain in this order, with | between; "" for any answer */
  char *capture;  /* the text before a captured value, which ends at the next quote; "" for none */
  int variable;
};

struct script {
  struct step *steps;
  int count;
  int end[PHASES]; /* the first step after each phase */
};

/* The values of $0 to $7 (captured), $C (number of the client) and $P (the next port); $$ is $. */
struct values {
  char variables[VARIABLES][VARIABLE_SIZE];
  int connection;
};

/* One line for each step: phase, method, path, body, expect, capture, variable, separated by tabs. */
struct script read_script(void);

/* Whether a text has all of these in their order, with | between. */
int has_texts(const char *text, const char *expected);

/* Writes a template with its values to `out`. Returns the length. */
size_t fill(char *out, const char *template, const struct values *values);

#endif
