#define _GNU_SOURCE
#include "clients.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../measure.h"

struct settings settings = {.connections = 1, .outstanding = 1, .path = "/"};

static struct script script;
static int pid;
static long most_passes;
static double seconds = 2, warm_seconds = 0.1;

static enum { WARMING, MEASURING, ENDING } stage;
static int looping, done;
static long calls, passes;
static double began, ended;
static long cpu_began, cpu_ended;
static struct latencies latencies;

static int client_count(void) { return settings.connections * settings.outstanding; }

void fail(const struct client *client, const char *why, const char *received) {
  const struct step *step = &script.steps[client->step < script.count ? client->step : 0];
  fprintf(stderr, "load: %s %s: %s: %.600s\n", step->method, step->path, why, received);
  exit(1);
}

static void begin_measuring(void) {
  stage = MEASURING;
  began = now();
  cpu_began = cpu_of(pid);
}

static void end_measuring(void) {
  stage = ENDING;
  ended = now();
  cpu_ended = cpu_of(pid);
}

static void count(const struct client *client) {
  if (stage != MEASURING) return;
  calls++;
  if (client->step + 1 < script.end[LOOP]) return;
  passes++;
  add_latency(&latencies, now() - client->pass_began);
  if (most_passes > 0 && passes >= most_passes) end_measuring();
}

static void capture(struct client *client, const char *answer) {
  const struct step *step = &script.steps[client->step];
  if (!*step->capture) return;
  const char *found = strstr(answer, step->capture);
  if (!found) fail(client, "nothing to capture", answer);
  found += strlen(step->capture);
  size_t length = strcspn(found, "\"");
  if (length >= VARIABLE_SIZE) fail(client, "too long to capture", answer);
  memcpy(client->values.variables[step->variable], found, length);
  client->values.variables[step->variable][length] = 0;
}

const struct step *begin_step(struct client *client) {
  if (client->step == script.end[ONCE]) client->pass_began = now();
  return &script.steps[client->step];
}

int end_step(struct client *client, const char *answer) {
  const struct step *step = &script.steps[client->step];
  if (!has_texts(answer, step->expect)) fail(client, "not the expected answer", answer);
  capture(client, answer);
  if (step->phase == LOOP) count(client);
  client->step++;
  if (client->step == script.end[ONCE]) looping++;
  else if (client->step == script.end[LOOP] && stage != ENDING) client->step = script.end[ONCE];
  if (client->step < script.count) return 1;
  done++;
  return 0;
}

int goes_on(void) {
  static double ready;
  if (stage == WARMING && looping == client_count()) {
    if (ready == 0) ready = now();
    if (now() >= ready + warm_seconds) begin_measuring();
  }
  if (stage == MEASURING && most_passes == 0 && now() >= began + seconds) end_measuring();
  return done < client_count();
}

void read_load(int argc, char **argv) {
  for (int option; (option = getopt(argc, argv, "p:c:o:u:t:w:n:s:e:")) != -1;) {
    if (option == 'p') settings.port = atoi(optarg);
    else if (option == 'c') settings.connections = atoi(optarg);
    else if (option == 'o') settings.outstanding = atoi(optarg);
    else if (option == 'u') settings.path = optarg;
    else if (option == 't') seconds = atof(optarg);
    else if (option == 'w') warm_seconds = atof(optarg);
    else if (option == 'n') most_passes = atol(optarg);
    else if (option == 's') pid = atoi(optarg);
    else if (option == 'e') use_ports(optarg);
    else exit(2);
  }
  script = read_script();
  if (script.end[ONCE] == 0) looping = client_count();
}

const char *authorization(void) {
  static char line[512];
  const char *token = getenv("BENCH_TOKEN");
  if (token) snprintf(line, sizeof line, "Authorization: Bearer %s\r\n", token);
  return line;
}

void print_load(void) { print_result(&(struct result){calls, ended - began, cpu_ended - cpu_began, &latencies}); }
