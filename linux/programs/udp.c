// SPDX-License-Identifier: Apache-2.0
// Sends the words as one datagram and prints the one that comes back within five seconds.
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int count, char** words) {
    struct sockaddr_in to = {.sin_family = AF_INET};
    if (count < 4 || inet_pton(AF_INET, words[1], &to.sin_addr) != 1) {
        fprintf(stderr, "usage: udp ADDRESS PORT WORD...\n");
        return 2;
    }
    to.sin_port = htons((uint16_t)atoi(words[2]));
    char text[1400] = "";
    for (int i = 3; i < count; ++i) {
        strncat(text, words[i], sizeof text - strlen(text) - 1);
        strncat(text, i + 1 < count ? " " : "", sizeof text - strlen(text) - 1);
    }
    const int handle = socket(AF_INET, SOCK_DGRAM, 0);
    struct pollfd entry = {.fd = handle, .events = POLLIN};
    if (handle < 0 || connect(handle, (const struct sockaddr*)&to, sizeof to) != 0 ||
        send(handle, text, strlen(text), 0) < 0) {
        perror("udp");
        return 1;
    }
    char answer[1500];
    const ssize_t length = poll(&entry, 1, 5000) == 1 ? recv(handle, answer, sizeof answer, 0) : -1;
    if (length < 0) {
        fprintf(stderr, "udp: no answer\n");
        return 1;
    }
    printf("%.*s\n", (int)length, answer);
    return 0;
}
