// SPDX-License-Identifier: Apache-2.0
// TCP, as a client that says a line and prints what comes back, as one that sends or takes many
// bytes, and as a server.
#include <arpa/inet.h>
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char bytes[64 << 10];

static int failed(void) {
    perror("tcp");
    return 1;
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int write_all(int handle, const char* from, size_t length) {
    while (length > 0) {
        const ssize_t done = write(handle, from, length);
        if (done <= 0) {
            return -1;
        }
        from += done;
        length -= (size_t)done;
    }
    return 0;
}

static int dial(const char* address, const char* port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    const int handle = socket(AF_INET, SOCK_STREAM, 0);
    if (handle < 0 || inet_pton(AF_INET, address, &to.sin_addr) != 1 ||
        connect(handle, (const struct sockaddr*)&to, sizeof to) != 0) {
        return -1;
    }
    return handle;
}

// A line of the words there, all that comes back here.
static int say(int handle, int count, char** words) {
    for (int i = 0; i < count; ++i) {
        if (write_all(handle, words[i], strlen(words[i])) != 0 ||
            write_all(handle, i + 1 < count ? " " : "\n", 1) != 0) {
            return failed();
        }
    }
    shutdown(handle, SHUT_WR);
    ssize_t length;
    while ((length = read(handle, bytes, sizeof bytes)) > 0) {
        if (write_all(STDOUT_FILENO, bytes, (size_t)length) != 0) {
            return failed();
        }
    }
    return length == 0 ? 0 : failed();
}

// Byte n of all is n mod 251.
static int send_many(int handle, size_t mebibytes) {
    const double start = seconds();
    size_t sent = 0;
    while (sent < mebibytes << 20) {
        for (size_t i = 0; i < sizeof bytes; ++i) {
            bytes[i] = (char)((sent + i) % 251);
        }
        if (write_all(handle, bytes, sizeof bytes) != 0) {
            return failed();
        }
        sent += sizeof bytes;
    }
    shutdown(handle, SHUT_WR);
    const ssize_t length = read(handle, bytes, sizeof bytes);  // the peer has it all
    if (length < 0) {
        return failed();
    }
    fprintf(stderr, "tcp: %.3f s\n", seconds() - start);
    printf("%zu bytes sent\n", sent);
    return 0;
}

static int take_many(int handle) {
    size_t taken = 0;
    size_t wrong = 0;
    ssize_t length;
    while ((length = read(handle, bytes, sizeof bytes)) > 0) {
        for (ssize_t i = 0; i < length; ++i) {
            wrong += bytes[i] != (char)(taken++ % 251);
        }
    }
    printf("%zu bytes taken, %zu wrong\n", taken, wrong);
    return length == 0 && wrong == 0 ? 0 : 1;
}

// One connection, whose letters go back as capitals.
static int serve(const char* port) {
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (const struct sockaddr*)&here, sizeof here) != 0 ||
        listen(listener, 1) != 0) {
        return failed();
    }
    printf("listening\n");
    const int handle = accept(listener, NULL, NULL);
    ssize_t length;
    size_t served = 0;
    while ((length = read(handle, bytes, sizeof bytes)) > 0) {
        for (ssize_t i = 0; i < length; ++i) {
            bytes[i] = (char)toupper((unsigned char)bytes[i]);
        }
        if (write_all(handle, bytes, (size_t)length) != 0) {
            return failed();
        }
        served += (size_t)length;
    }
    printf("%zu bytes served\n", served);
    return length == 0 ? 0 : failed();
}

int main(int count, char** words) {
    const char* const what = count > 1 ? words[1] : "";
    setvbuf(stdout, NULL, _IONBF, 0);
    if (strcmp(what, "serve") == 0 && count == 3) {
        return serve(words[2]);
    }
    const int says = strcmp(what, "say") == 0 && count > 4;
    const int sends = strcmp(what, "send") == 0 && count == 5;
    const int takes = strcmp(what, "take") == 0 && count == 4;
    if (!says && !sends && !takes) {
        fprintf(stderr,
                "usage: tcp say ADDRESS PORT WORD... | send ADDRESS PORT MEBIBYTES | take ADDRESS "
                "PORT | serve PORT\n");
        return 2;
    }
    const int handle = dial(words[2], words[3]);
    if (handle < 0) {
        return failed();
    }
    return says    ? say(handle, count - 4, words + 4)
           : sends ? send_many(handle, (size_t)atol(words[4]))
                   : take_many(handle);
}
