// SPDX-License-Identifier: Apache-2.0
#include "commands.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int failed(const char* what) {
    perror(what);
    return 1;
}

static int misused(char** words) {
    fprintf(stderr, "usage: %s %s\n", words[0], find_command(words[0])->usage);
    return 2;
}

static int cat(int count, char** words) {
    char bytes[4096];
    for (int i = 1; i < count; ++i) {
        const int file = open(words[i], O_RDONLY);
        if (file < 0) {
            return failed(words[i]);
        }
        ssize_t length;
        while ((length = read(file, bytes, sizeof bytes)) > 0) {
            if (write(STDOUT_FILENO, bytes, (size_t)length) != length) {
                break;
            }
        }
        close(file);
        if (length != 0) {
            return failed(words[i]);
        }
    }
    return 0;
}

static int hex(int count, char** words) {
    if (count != 3) {
        return misused(words);
    }
    FILE* const file = fopen(words[1], "r");
    if (file == NULL) {
        return failed(words[1]);
    }
    setvbuf(file, NULL, _IONBF, 0);
    int byte = 0;
    for (long left = atol(words[2]); left > 0 && (byte = getc(file)) != EOF; --left) {
        printf("%02x", byte);
    }
    puts("");
    fclose(file);
    return 0;
}

static int ls(int count, char** words) {
    const char* const name = count > 1 ? words[1] : "/";
    DIR* const folder = opendir(name);
    if (folder == NULL) {
        return failed(name);
    }
    for (const struct dirent* entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] != '.') {
            puts(entry->d_name);
        }
    }
    closedir(folder);
    return 0;
}

// The words, to a file that is new or emptied, and down to its drive.
static int write_file(int count, char** words) {
    if (count < 2) {
        return misused(words);
    }
    FILE* const file = fopen(words[1], "w");
    if (file == NULL) {
        return failed(words[1]);
    }
    for (int i = 2; i < count; ++i) {
        fprintf(file, "%s%s", words[i], i + 1 < count ? " " : "\n");
    }
    const int flushed = fflush(file) == 0 && fsync(fileno(file)) == 0;
    return fclose(file) == 0 && flushed ? 0 : failed(words[1]);
}

static int make_folder(int count, char** words) {
    if (count != 2) {
        return misused(words);
    }
    return mkdir(words[1], 0755) == 0 ? 0 : failed(words[1]);
}

static int mount_drive(int count, char** words) {
    if (count < 3 || count > 5) {
        return misused(words);
    }
    const int read_only = count == 5 && strcmp(words[4], "ro") == 0;
    const unsigned long flags = read_only ? MS_RDONLY : 0;
    return mount(words[1], words[2], count > 3 ? words[3] : "ext4", flags, NULL) == 0
               ? 0
               : failed(words[1]);
}

static int unmount(int count, char** words) {
    if (count != 2) {
        return misused(words);
    }
    return umount(words[1]) == 0 ? 0 : failed(words[1]);
}

static int sync_drives(int count, char** words) {
    (void)count;
    (void)words;
    sync();
    return 0;
}

static int sleep_for(int count, char** words) {
    if (count != 2) {
        return misused(words);
    }
    const long milliseconds = atol(words[1]);
    const struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    return nanosleep(&time, NULL) == 0 ? 0 : failed(words[0]);
}

// 32 bits, physical.
static int poke(int count, char** words) {
    if (count != 3) {
        return misused(words);
    }
    const uint64_t address = strtoull(words[1], NULL, 0);
    const int memory = open("/dev/mem", O_RDWR | O_SYNC);
    volatile uint32_t* const page =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory, (off_t)(address & ~4095ULL));
    if (memory < 0 || page == MAP_FAILED) {
        return failed("/dev/mem");
    }
    page[(address & 4095) / 4] = (uint32_t)strtoul(words[2], NULL, 0);
    munmap((void*)page, 4096);
    close(memory);
    return 0;
}

static int help(int count, char** words);

static const struct command kCommands[] = {
    {"help", "", help},
    {"cat", "FILE...", cat},
    {"hex", "FILE BYTES", hex},
    {"ls", "[FOLDER]", ls},
    {"write", "FILE [WORD...]", write_file},
    {"mkdir", "FOLDER", make_folder},
    {"mount", "DEVICE FOLDER [TYPE [ro]]", mount_drive},
    {"umount", "FOLDER", unmount},
    {"sync", "", sync_drives},
    {"sleep", "MILLISECONDS", sleep_for},
    {"poke", "ADDRESS VALUE", poke},
};

static int help(int count, char** words) {
    (void)count;
    (void)words;
    for (unsigned i = 0; i < sizeof kCommands / sizeof kCommands[0]; ++i) {
        printf("%s %s\n", kCommands[i].name, kCommands[i].usage);
    }
    puts("exit [STATUS], poweroff, reboot, or a program of /bin");
    return 0;
}

const struct command* find_command(const char* name) {
    for (unsigned i = 0; i < sizeof kCommands / sizeof kCommands[0]; ++i) {
        if (strcmp(kCommands[i].name, name) == 0) {
            return &kCommands[i];
        }
    }
    return NULL;
}
