// SPDX-License-Identifier: Apache-2.0
// PID 1 of the board's Linux: what the kernel's command line names by run=, else a person's session
// at the console. Ends the machine: status 0 by power-off, any other by the board's finisher, so
// that it is athena's too.
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.h"

enum { LONGEST_LINE = 1024, MOST_WORDS = 64 };
static const off_t kFinisher = 0x100000;
static const uint32_t kFail = 0x3333;

static void __attribute__((noreturn)) power_off(void) {
    sync();
    reboot(RB_POWER_OFF);
    exit(1);
}

// `status`: 1 to 65535.
static void __attribute__((noreturn)) fail(uint32_t status) {
    sync();
    const int memory = open("/dev/mem", O_RDWR | O_SYNC);
    volatile uint32_t* const finisher =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory, kFinisher);
    if (memory < 0 || finisher == MAP_FAILED) {
        perror("init: /dev/mem");
        power_off();
    }
    *finisher = status << 16 | kFail;
    for (;;) {
        pause();
    }
}

static void __attribute__((noreturn)) finish(int status) {
    if (status == 0) {
        power_off();
    }
    fail((uint32_t)status & 0xFFFF);
}

static int run_program(char** words) {
    const pid_t child = fork();
    if (child == 0) {
        execvp(words[0], words);
        fprintf(stderr, "%s: %s\n", words[0], strerror(errno));
        _exit(127);
    }
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (child < 0) {
        perror("init: fork");
        return 126;
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// Cuts the line at blanks; returns its status.
static int run_line(char* line) {
    char* words[MOST_WORDS + 1] = {NULL};
    int count = 0;
    for (char* word = strtok(line, " \t\r\n"); word != NULL && count < MOST_WORDS;
         word = strtok(NULL, " \t\r\n")) {
        words[count++] = word;
    }
    if (count == 0) {
        return 0;
    }
    if (strcmp(words[0], "exit") == 0) {
        finish(count > 1 ? atoi(words[1]) : 0);
    }
    if (strcmp(words[0], "poweroff") == 0) {
        power_off();
    }
    if (strcmp(words[0], "reboot") == 0) {
        sync();
        reboot(RB_AUTOBOOT);
    }
    const struct command* const command = find_command(words[0]);
    return command != NULL ? command->run(count, words) : run_program(words);
}

// Lines with ; between them, up to one that fails; returns the last status.
static int run_lines(char* lines) {
    char* rest = NULL;
    int status = 0;
    for (char* line = strtok_r(lines, ";", &rest); line != NULL && status == 0;
         line = strtok_r(NULL, ";", &rest)) {
        status = run_line(line);
    }
    return status;
}

static void mount_all(void) {
    static const char* const kTypes[][2] = {
        {"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}, {"tmpfs", "/tmp"}};
    for (unsigned i = 0; i < sizeof kTypes / sizeof kTypes[0]; ++i) {
        mkdir(kTypes[i][1], 0755);
        if (mount(kTypes[i][0], kTypes[i][1], kTypes[i][0], 0, NULL) != 0 && errno != EBUSY) {
            perror(kTypes[i][1]);
        }
    }
}

int main(void) {
    mount_all();
    mkdir("/mnt", 0755);
    setenv("PATH", "/bin", 1);
    setsid();
    ioctl(STDIN_FILENO, TIOCSCTTY, 1);
    setvbuf(stdout, NULL, _IONBF, 0);
    char line[LONGEST_LINE];
    const char* const wanted = getenv("run");
    if (wanted != NULL) {
        snprintf(line, sizeof line, "%s", wanted);
        const int status = run_lines(line);
        printf("init: %s: status %d\n", wanted, status);
        finish(status);
    }
    for (;;) {
        printf("linux# ");
        if (fgets(line, sizeof line, stdin) == NULL) {
            finish(0);
        }
        const int status = run_line(line);
        if (status != 0) {
            printf("status %d\n", status);
        }
    }
}
