// SPDX-License-Identifier: Apache-2.0
// Asks a name server (RFC 1035) for the addresses of a name: 10.0.2.3, that of --net user, unless
// said.
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEADER = 12, MOST_NAME = 253, MOST_MESSAGE = 512, QUESTION_TAIL = 4, RECORD_HEAD = 10 };
static const uint8_t kId = 0x5A;

// The query's length, or 0 if the name is none.
static size_t make_query(const char* name, uint8_t* query) {
    static const uint8_t kHeader[HEADER] = {0, 0, 1, 0, 0, 1};  // recursion desired, one question
    static const uint8_t kTail[QUESTION_TAIL] = {0, 1, 0, 1};   // an address, in the Internet
    memcpy(query, kHeader, HEADER);
    query[1] = kId;
    size_t at = HEADER;
    if (strlen(name) > MOST_NAME) {
        return 0;
    }
    while (*name != 0) {
        const size_t label = strcspn(name, ".");
        if (label == 0 || label > 63) {
            return 0;
        }
        query[at++] = (uint8_t)label;
        memcpy(query + at, name, label);
        at += label;
        name += label + (name[label] == '.');
    }
    query[at++] = 0;
    memcpy(query + at, kTail, QUESTION_TAIL);
    return at + QUESTION_TAIL;
}

// Behind the name at `at`.
static size_t skip_name(const uint8_t* message, size_t length, size_t at) {
    while (at < length && message[at] != 0) {
        if (message[at] >= 0xC0) {
            return at + 2;
        }
        at += message[at] + 1u;
    }
    return at + 1;
}

// Prints the addresses of an answer; how many.
static int print_addresses(const uint8_t* message, size_t length, size_t question) {
    int found = 0;
    size_t at = question;
    for (int left = message[6] << 8 | message[7]; left > 0; --left) {
        at = skip_name(message, length, at);
        if (at + RECORD_HEAD > length) {
            break;
        }
        const uint8_t* const record = message + at;
        const size_t bytes = (size_t)(record[8] << 8 | record[9]);
        at += RECORD_HEAD + bytes;
        if (at <= length && record[0] == 0 && record[1] == 1 && bytes == 4) {
            const uint8_t* const address = record + RECORD_HEAD;
            printf("%d.%d.%d.%d\n", address[0], address[1], address[2], address[3]);
            ++found;
        }
    }
    return found;
}

int main(int count, char** words) {
    struct sockaddr_in to = {.sin_family = AF_INET};
    uint8_t query[MOST_MESSAGE];
    const size_t asked = count >= 2 ? make_query(words[1], query) : 0;
    if (count > 4 || asked == 0 ||
        inet_pton(AF_INET, count > 2 ? words[2] : "10.0.2.3", &to.sin_addr) != 1) {
        fprintf(stderr, "usage: resolve NAME [SERVER [PORT]]\n");
        return 2;
    }
    to.sin_port = htons((uint16_t)(count > 3 ? atoi(words[3]) : 53));
    const int handle = socket(AF_INET, SOCK_DGRAM, 0);
    struct pollfd entry = {.fd = handle, .events = POLLIN};
    if (handle < 0 || connect(handle, (const struct sockaddr*)&to, sizeof to) != 0 ||
        send(handle, query, asked, 0) < 0) {
        perror("resolve");
        return 1;
    }
    uint8_t answer[MOST_MESSAGE];
    const ssize_t length = poll(&entry, 1, 5000) == 1 ? recv(handle, answer, sizeof answer, 0) : -1;
    if (length < (ssize_t)asked || answer[1] != kId) {
        fprintf(stderr, "resolve: no answer\n");
        return 1;
    }
    if (print_addresses(answer, (size_t)length, asked) == 0) {
        fprintf(stderr, "resolve: no address (code %d)\n", answer[3] & 15);
        return 1;
    }
    return 0;
}
