// SPDX-License-Identifier: Apache-2.0
// Gives eth0 an address of a /24 network, takes it and lo up, and sends the rest to a gateway.
#include <arpa/inet.h>
#include <net/if.h>
#include <net/route.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr parse(const char* text, int* good) {
    union {
        struct sockaddr any;
        struct sockaddr_in internet;
    } address = {.internet = {.sin_family = AF_INET}};
    *good = *good && inet_pton(AF_INET, text, &address.internet.sin_addr) == 1;
    return address.any;
}

static int set_up(int handle, const char* name) {
    struct ifreq request = {0};
    strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
    if (ioctl(handle, SIOCGIFFLAGS, &request) != 0) {
        return -1;
    }
    request.ifr_flags |= IFF_UP | IFF_RUNNING;
    return ioctl(handle, SIOCSIFFLAGS, &request);
}

static int set_address(int handle, unsigned long what, struct sockaddr address) {
    struct ifreq request = {.ifr_addr = address};
    strncpy(request.ifr_name, "eth0", sizeof request.ifr_name - 1);
    return ioctl(handle, what, &request);
}

static int add_gateway(int handle, struct sockaddr gateway, struct sockaddr any) {
    struct rtentry route = {.rt_dst = any, .rt_genmask = any, .rt_gateway = gateway};
    route.rt_flags = RTF_UP | RTF_GATEWAY;
    return ioctl(handle, SIOCADDRT, &route);
}

int main(int count, char** words) {
    int good = count == 2 || count == 3;
    const struct sockaddr address = parse(good ? words[1] : "", &good);
    const struct sockaddr gateway = parse(count == 3 ? words[2] : "0.0.0.0", &good);
    if (!good) {
        fprintf(stderr, "usage: net ADDRESS [GATEWAY]\n");
        return 2;
    }
    const int handle = socket(AF_INET, SOCK_DGRAM, 0);
    if (handle < 0 || set_up(handle, "lo") != 0 || set_address(handle, SIOCSIFADDR, address) != 0 ||
        set_address(handle, SIOCSIFNETMASK, parse("255.255.255.0", &good)) != 0 ||
        set_up(handle, "eth0") != 0 ||
        (count == 3 && add_gateway(handle, gateway, parse("0.0.0.0", &good)) != 0)) {
        perror("net: eth0");
        return 1;
    }
    return 0;
}
