// SPDX-License-Identifier: Apache-2.0
// ICMP echo requests, one after the other; status 0 if all are answered within a second.
#include <arpa/inet.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct message {
    struct icmphdr header;
    uint8_t data[56];
};

static uint16_t sum_of(const void* bytes, size_t length) {
    const uint8_t* const at = bytes;
    uint32_t sum = 0;
    for (size_t i = 0; i < length; i += 2) {
        sum += (uint32_t)at[i] | (uint32_t)at[i + 1] << 8;
    }
    sum = (sum & 0xFFFF) + (sum >> 16);
    return (uint16_t) ~(sum + (sum >> 16));
}

static long milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Whether the answer to a request comes in time, with its bytes.
static int answered(int handle, const struct message* request) {
    const long end = milliseconds() + 1000;
    uint8_t packet[1500];
    for (long left = 1000; left > 0; left = end - milliseconds()) {
        struct pollfd entry = {.fd = handle, .events = POLLIN};
        if (poll(&entry, 1, (int)left) <= 0) {
            continue;
        }
        const ssize_t length = recv(handle, packet, sizeof packet, 0);
        const size_t header = (size_t)(packet[0] & 15) * 4;
        const struct message* const answer = (const void*)(packet + header);
        if (length == (ssize_t)(header + sizeof *answer) && answer->header.type == ICMP_ECHOREPLY &&
            answer->header.un.echo.id == request->header.un.echo.id &&
            answer->header.un.echo.sequence == request->header.un.echo.sequence) {
            return memcmp(answer->data, request->data, sizeof answer->data) == 0;
        }
    }
    return 0;
}

int main(int count, char** words) {
    struct sockaddr_in to = {.sin_family = AF_INET};
    if (count < 2 || count > 3 || inet_pton(AF_INET, words[1], &to.sin_addr) != 1) {
        fprintf(stderr, "usage: ping ADDRESS [COUNT]\n");
        return 2;
    }
    const int handle = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    if (handle < 0) {
        perror("ping");
        return 1;
    }
    const int requests = count == 3 ? atoi(words[2]) : 1;
    int answers = 0;
    for (int number = 1; number <= requests; ++number) {
        struct message request = {.header = {.type = ICMP_ECHO}};
        request.header.un.echo.id = htons((uint16_t)getpid());
        request.header.un.echo.sequence = htons((uint16_t)number);
        for (size_t i = 0; i < sizeof request.data; ++i) {
            request.data[i] = (uint8_t)(i * 7 + (size_t)number);
        }
        request.header.checksum = sum_of(&request, sizeof request);
        if (sendto(handle, &request, sizeof request, 0, (const struct sockaddr*)&to, sizeof to) <
            0) {
            perror("ping");
            return 1;
        }
        answers += answered(handle, &request);
    }
    printf("%d of %d answered\n", answers, requests);
    return answers == requests ? 0 : 1;
}
