// SPDX-License-Identifier: Apache-2.0
// Everything of an SMP kernel at once: threads, signals, pipes, page tables, code and files that
// change under other harts. Usage: soak ROUNDS [FOLDER] [PART...]; FOLDER is on a drive, - for
// none. Status 0 if all invariants held.
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "soak.h"

static const unsigned kLongest = 3600;  // seconds: something waits for what does not come

struct part {
    const char* name;
    void (*run)(const struct load*);
};

static const struct part kParts[] = {
    {"locks", soak_locks},       {"signals", soak_signals}, {"pipes", soak_pipes},
    {"mappings", soak_mappings}, {"code", soak_code},       {"files", soak_files},
};
enum { PARTS = sizeof kParts / sizeof kParts[0] };

void broken(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("soak: BROKEN: ");
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
    fflush(stdout);
    _exit(1);
}

void need(int held, const char* what) {
    if (!held) {
        broken("%s: %s", what, strerror(errno));
    }
}

uint32_t next_random(uint32_t* state) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static int wanted(const struct part* part, int count, char** words) {
    for (int i = 0; i < count; ++i) {
        if (strcmp(words[i], part->name) == 0) {
            return 1;
        }
    }
    return count <= 0;
}

int main(int count, char** words) {
    if (count < 2 || atoi(words[1]) <= 0) {
        fprintf(stderr, "usage: soak ROUNDS [FOLDER] [PART...]\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    const unsigned harts = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    const struct load load = {
        .rounds = (unsigned)atoi(words[1]),
        .threads = (harts + 2) / 2 * 2,
        .folder = count > 2 && strcmp(words[2], "-") != 0 ? words[2] : NULL,
    };
    alarm(kLongest);
    pid_t children[PARTS] = {0};
    for (unsigned i = 0; i < PARTS; ++i) {
        if (!wanted(&kParts[i], count - 3, words + 3)) {
            continue;
        }
        children[i] = fork();
        need(children[i] >= 0, "fork");
        if (children[i] == 0) {
            kParts[i].run(&load);
            fflush(stdout);
            _exit(0);
        }
    }
    int failed = 0;
    for (unsigned i = 0; i < PARTS; ++i) {
        int status = 0;
        if (children[i] != 0) {
            need(waitpid(children[i], &status, 0) == children[i], "waitpid");
        }
        if (status != 0) {
            printf("soak: %s ended with %#x\n", kParts[i].name, (unsigned)status);
            failed = 1;
        }
    }
    printf("soak: %u harts, %u rounds: %s\n", harts, load.rounds, failed ? "BROKEN" : "all held");
    return failed;
}
