// SPDX-License-Identifier: Apache-2.0
// Processes: what goes through a line of them comes out complete and in order, each ends with its
// status, and memory that parent and child share until one writes is each one's own.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "soak.h"

enum { STAGES = 4, BLOCK = 3000, COPIED = 64 << 10, FIRST_STATUS = 20 };

static unsigned char copied[COPIED];

static unsigned char byte_of(unsigned place) {
    return (unsigned char)(place * 31 + (place >> 8));
}

static void write_all(int to, const unsigned char* bytes, size_t length) {
    while (length > 0) {
        const ssize_t done = write(to, bytes, length);
        need(done > 0, "pipes: write");
        bytes += done;
        length -= (size_t)done;
    }
}

static void __attribute__((noreturn)) feed(int to, unsigned blocks) {
    unsigned char bytes[BLOCK];
    for (unsigned block = 0; block < blocks; ++block) {
        for (unsigned i = 0; i < BLOCK; ++i) {
            bytes[i] = byte_of(block * BLOCK + i);
        }
        write_all(to, bytes, BLOCK);
    }
    _exit(FIRST_STATUS);
}

static void __attribute__((noreturn)) pass_on(int from, int to, unsigned stage) {
    unsigned char bytes[1024];
    ssize_t length = 0;
    while ((length = read(from, bytes, sizeof bytes)) > 0) {
        for (ssize_t i = 0; i < length; ++i) {
            bytes[i] = (unsigned char)(bytes[i] + stage);
        }
        write_all(to, bytes, (size_t)length);
    }
    _exit(FIRST_STATUS + (int)stage);
}

static void check_status(pid_t child, int expected) {
    int status = 0;
    need(waitpid(child, &status, 0) == child, "pipes: waitpid");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != expected) {
        broken("pipes: status %#x, expected %d", (unsigned)status, expected);
    }
}

static void run_line(unsigned blocks) {
    pid_t children[STAGES];
    int from = -1;
    unsigned added = 0;
    for (unsigned stage = 0; stage < STAGES; ++stage) {
        int ends[2];
        need(pipe(ends) == 0, "pipe");
        children[stage] = fork();
        need(children[stage] >= 0, "pipes: fork");
        if (children[stage] == 0) {
            close(ends[0]);
            if (stage == 0) {
                feed(ends[1], blocks);
            }
            pass_on(from, ends[1], stage);
        }
        close(ends[1]);
        if (from >= 0) {
            close(from);
        }
        from = ends[0];
        added += stage;
    }
    unsigned char bytes[1777];
    unsigned place = 0;
    ssize_t length = 0;
    while ((length = read(from, bytes, sizeof bytes)) > 0) {
        for (ssize_t i = 0; i < length; ++i, ++place) {
            const unsigned char expected = (unsigned char)(byte_of(place) + added);
            if (bytes[i] != expected) {
                broken("pipes: %#x at %u, expected %#x", bytes[i], place, expected);
            }
        }
    }
    close(from);
    if (place != blocks * BLOCK) {
        broken("pipes: %u bytes came out, expected %u", place, blocks * BLOCK);
    }
    for (unsigned stage = 0; stage < STAGES; ++stage) {
        check_status(children[stage], FIRST_STATUS + (int)stage);
    }
}

static void expect_all(unsigned char value, const char* whose) {
    for (unsigned i = 0; i < COPIED; i += 64) {
        if (copied[i] != value) {
            broken("pipes: %#x at %u of the %s's memory, expected %#x", copied[i], i, whose, value);
        }
    }
}

// Both write all of it at the same time, from different ends.
static void write_copies(unsigned round) {
    const unsigned char before = (unsigned char)round;
    memset(copied, before, sizeof copied);
    const pid_t child = fork();
    need(child >= 0, "pipes: fork");
    const unsigned char after = (unsigned char)(before + (child == 0 ? 1 : 2));
    for (unsigned i = 0; i < COPIED; ++i) {
        unsigned char* const byte = &copied[child == 0 ? i : COPIED - 1 - i];
        if (*byte != before) {
            broken("pipes: %#x before the %s has written", *byte, child == 0 ? "child" : "parent");
        }
        *byte = after;
    }
    expect_all(after, child == 0 ? "child" : "parent");
    if (child == 0) {
        _exit(7);
    }
    check_status(child, 7);
    expect_all(after, "parent");
}

void soak_pipes(const struct load* load) {
    for (unsigned round = 0; round < load->rounds; ++round) {
        run_line(2 + round % 4);
        write_copies(round);
    }
    printf("soak: pipes: %u lines of %d processes\n", load->rounds, STAGES);
}
