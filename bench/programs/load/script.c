#define _GNU_SOURCE
#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../measure.h"

static const char *const PHASE_NAMES[PHASES] = {"once", "loop", "after"};

static void refuse(const char *why, const char *line) {
  fprintf(stderr, "load: %s: %.200s\n", why, line);
  exit(2);
}

static enum phase phase_of(const char *name) {
  for (int i = 0; i < PHASES; i++)
    if (!strcmp(name, PHASE_NAMES[i])) return (enum phase)i;
  refuse("no such phase", name);
  return PHASES;
}

static struct step step_of(char *line) {
  char *fields[7];
  for (int i = 0; i < 7; i++) {
    fields[i] = strsep(&line, "\t");
    if (!fields[i]) refuse("a step has seven fields", fields[0]);
  }
  int variable = atoi(fields[6]);
  if (variable < 0 || variable >= VARIABLES) refuse("no such variable", fields[6]);
  return (struct step){phase_of(fields[0]), fields[1], fields[2], fields[3], fields[4], fields[5], variable};
}

struct script read_script(void) {
  struct script script = {0};
  char *line = NULL;
  size_t size = 0;
  ssize_t length;
  while ((length = getline(&line, &size, stdin)) > 0) {
    if (line[length - 1] == '\n') line[length - 1] = 0;
    script.steps = realloc(script.steps, (script.count + 1) * sizeof *script.steps);
    struct step step = step_of(strdup(line)); /* never freed: the steps point into it */
    if (script.count > 0 && step.phase < script.steps[script.count - 1].phase) refuse("out of order", line);
    script.steps[script.count++] = step;
    for (int phase = step.phase; phase < PHASES; phase++) script.end[phase] = script.count;
  }
  free(line);
  if (script.end[LOOP] == script.end[ONCE]) refuse("nothing to repeat", "");
  return script;
}

int has_texts(const char *text, const char *expected) {
  for (size_t length; *expected; expected += length + (expected[length] == '|')) {
    length = strcspn(expected, "|");
    text = memmem(text, strlen(text), expected, length);
    if (!text) return 0;
    text += length;
  }
  return 1;
}

size_t fill(char *out, const char *template, const struct values *values) {
  char *to = out;
  for (const char *dollar; (dollar = strchr(template, '$')); template = dollar + 2) {
    to = mempcpy(to, template, dollar - template);
    if (dollar[1] == 'C') to += sprintf(to, "%d", values->connection);
    else if (dollar[1] == 'P') to += sprintf(to, "%d", next_port());
    else if (dollar[1] == '$') *to++ = '$';
    else to = stpcpy(to, values->variables[dollar[1] & (VARIABLES - 1)]);
  }
  return stpcpy(to, template) - out;
}
