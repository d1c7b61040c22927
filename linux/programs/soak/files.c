// SPDX-License-Identifier: Apache-2.0
// Files of a drive, written by several processes through write() and through mappings: what is read
// back, from the drive and not from memory, is what was written. The last ones stay there for the
// host to look at: byte i of soak.W is (7 i + W) mod 251.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "soak.h"

enum { WRITERS = 3, SIZE = 96 << 10, CHUNK = 5000 };

static unsigned char expected[SIZE];
static unsigned char found[SIZE];

static void drop_caches(void) {
    const int file = open("/proc/sys/vm/drop_caches", O_WRONLY);
    need(file >= 0 && write(file, "1", 1) == 1, "/proc/sys/vm/drop_caches");
    close(file);
}

static void write_somewhere(int file, uint32_t* random) {
    const unsigned length = 1 + next_random(random) % CHUNK;
    const unsigned place = next_random(random) % (SIZE - length);
    for (unsigned i = 0; i < length; ++i) {
        expected[place + i] = (unsigned char)next_random(random);
    }
    need(pwrite(file, expected + place, length, place) == (ssize_t)length, "files: pwrite");
}

static void write_mapped(int file, uint32_t* random) {
    unsigned char* const bytes = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    need(bytes != MAP_FAILED, "files: mmap");
    for (unsigned i = 0; i < 20; ++i) {
        const unsigned place = next_random(random) % SIZE;
        if (bytes[place] != expected[place]) {
            broken("files: %#x at %u of a mapping, expected %#x", bytes[place], place,
                   expected[place]);
        }
        bytes[place] = expected[place] = (unsigned char)next_random(random);
    }
    need(msync(bytes, SIZE, MS_SYNC) == 0, "files: msync");
    need(munmap(bytes, SIZE) == 0, "files: munmap");
}

static void check(int file, const char* name) {
    need(pread(file, found, SIZE, 0) == SIZE, "files: pread");
    for (unsigned i = 0; i < SIZE; ++i) {
        if (found[i] != expected[i]) {
            broken("files: %s: %#x at %u, expected %#x", name, found[i], i, expected[i]);
        }
    }
}

static void write_round(const char* name, const char* other, uint32_t* random) {
    const int file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
    need(file >= 0, name);
    memset(expected, 0, SIZE);
    need(ftruncate(file, SIZE) == 0, "files: ftruncate");  // sparse
    for (unsigned i = 0; i < 12; ++i) {
        write_somewhere(file, random);
    }
    write_mapped(file, random);
    need(fsync(file) == 0, "files: fsync");
    drop_caches();
    check(file, name);
    need(rename(name, other) == 0, "files: rename");
    need(access(name, F_OK) != 0, "files: a name that is gone");
    close(file);
    const int again = open(other, O_RDONLY);
    need(again >= 0, other);
    check(again, other);
    close(again);
}

static void __attribute__((noreturn)) write_files(const struct load* load, unsigned writer) {
    uint32_t random = writer + 1000;
    char name[256];
    char other[256];
    snprintf(name, sizeof name, "%s/soak.%u", load->folder, writer);
    snprintf(other, sizeof other, "%s/other.%u", load->folder, writer);
    for (unsigned round = 0; round < (load->rounds + 3) / 4; ++round) {
        write_round(name, other, &random);
        need(round % 2 == 0 || unlink(other) == 0, "files: unlink");
    }
    unlink(other);
    for (unsigned i = 0; i < SIZE; ++i) {
        expected[i] = (unsigned char)((7 * i + writer) % 251);
    }
    const int file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
    need(file >= 0 && write(file, expected, SIZE) == SIZE && fsync(file) == 0, name);
    _exit(0);
}

void soak_files(const struct load* load) {
    if (load->folder == NULL) {
        return;
    }
    pid_t children[WRITERS];
    for (unsigned i = 0; i < WRITERS; ++i) {
        children[i] = fork();
        need(children[i] >= 0, "files: fork");
        if (children[i] == 0) {
            write_files(load, i);
        }
    }
    for (unsigned i = 0; i < WRITERS; ++i) {
        int status = 0;
        need(waitpid(children[i], &status, 0) == children[i], "files: waitpid");
        if (status != 0) {
            broken("files: writer %u ended with %#x", i, (unsigned)status);
        }
    }
    printf("soak: files: %u of each of %d writers\n", (load->rounds + 3) / 4, WRITERS);
}
