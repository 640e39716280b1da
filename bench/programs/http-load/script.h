/* What a client says and what it expects, step by step; read from standard input. */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stddef.h>

enum { VARIABLES = 8, VARIABLE_SIZE = 128 };

/* Once for each connection before it is measured, again and again, once when the measuring is over. */
enum phase { ONCE, LOOP, AFTER, PHASES };

struct step {
  enum phase phase;
  char *method;
  char *path;
  char *body;     /* "" for none */
  char *expect;   /* what the answer has to contain; "" for anything */
  char *capture;  /* the value behind this, up to the next quote, goes to a variable; "" for none */
  int variable;
};

struct script {
  struct step *steps;
  int count;
  int end[PHASES]; /* the first step behind each phase */
};

/* What stands for $0 to $7 (captured values), $C (number of the connection) and $P (the next of the ports that take turns). */
struct values {
  char variables[VARIABLES][VARIABLE_SIZE];
  int connection;
};

/* One line for each step: phase, method, path, body, expect, capture, variable, with tabs between. */
struct script read_script(void);

/* Writes a template with its values to `out`. Returns the length. */
size_t fill(char *out, const char *template, const struct values *values);

#endif
