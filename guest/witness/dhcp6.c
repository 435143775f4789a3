/* Asks for an IPv6 address (RFC 8415: solicit, request) until it is given one, sets it, and says so once. Addresses are lent for good. */
#include "net.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SOLICIT = 1, ADVERTISE, REQUEST, REPLY = 7 };
enum { CLIENT_ID = 1, SERVER_ID, IA_NA, IA_ADDRESS = 5, WANTED, ELAPSED = 8, STATUS = 13, DNS = 23, DOMAINS = 24 };

static unsigned char mac[6];

static int option(unsigned char *at, int code, const void *data, int size) {
    unsigned char head[4] = {0, code, size >> 8, size};
    memcpy(at, head, 4);
    memcpy(at + 4, data, size);
    return 4 + size;
}

/* The option's place and size within the options from begin on; NULL where it is not. */
static const unsigned char *find(const unsigned char *begin, int length, int code, int *size) {
    for (int at = 0; at + 4 <= length;) {
        *size = begin[at + 2] << 8 | begin[at + 3];
        if (at + 4 + *size > length) return NULL;
        if ((begin[at] << 8 | begin[at + 1]) == code) return begin + at + 4;
        at += 4 + *size;
    }
    return NULL;
}

/* Sends one message and waits for the answer of that kind to it. */
static int exchange(int fd, unsigned card, int kind, const unsigned char *more, int more_size, unsigned char *answer, int capacity) {
    static unsigned char transaction;
    unsigned char message[1024] = {kind, mac[4], mac[5], ++transaction};
    unsigned char id[10] = {0, 3, 0, 1}, association[12] = {mac[2], mac[3], mac[4], mac[5]}, none[2] = {0},
                  wanted[4] = {0, DNS, 0, DOMAINS};
    memcpy(id + 4, mac, 6);
    int length = 4;
    length += option(message + length, CLIENT_ID, id, sizeof id);
    length += option(message + length, ELAPSED, none, 2);
    length += option(message + length, WANTED, wanted, sizeof wanted);
    if (!more_size) length += option(message + length, IA_NA, association, sizeof association);
    memcpy(message + length, more, more_size);
    length += more_size;
    struct sockaddr_in6 servers = {.sin6_family = AF_INET6, .sin6_port = htons(547), .sin6_scope_id = card};
    inet_pton(AF_INET6, "ff02::1:2", &servers.sin6_addr);
    if (sendto(fd, message, length, 0, (void *)&servers, sizeof servers) < 0) return 0;
    int wants = kind == SOLICIT ? ADVERTISE : REPLY;
    for (long long end = now_ms() + 1000; now_ms() < end && ready(fd, POLLIN, (int)(end - now_ms()));) {
        int got = recv(fd, answer, capacity, 0);
        if (got > 4 && answer[0] == wants && !memcmp(answer + 1, message + 1, 3)) return got;
    }
    return 0;
}

static int leased(int fd, unsigned card, char *address, char *server) {
    unsigned char offer[1500], reply[1500], more[1024];
    int got = exchange(fd, card, SOLICIT, NULL, 0, offer, sizeof offer), size, server_size;
    if (!got) return 0;
    const unsigned char *id = find(offer + 4, got - 4, SERVER_ID, &server_size);
    const unsigned char *offered = find(offer + 4, got - 4, IA_NA, &size);
    if (!id || !offered || server_size > 200 || size > 700) return 0;
    int length = option(more, SERVER_ID, id, server_size);
    length += option(more + length, IA_NA, offered, size);
    got = exchange(fd, card, REQUEST, more, length, reply, sizeof reply);
    if (!got) return 0;
    const unsigned char *given = find(reply + 4, got - 4, IA_NA, &size);
    if (!given || size < 12) return 0;
    const unsigned char *value = find(given + 12, size - 12, IA_ADDRESS, &size);
    if (!value || size < 24) return 0;
    inet_ntop(AF_INET6, value, address, 64);
    const unsigned char *dns = find(reply + 4, got - 4, DNS, &size);
    if (dns && size >= 16) inet_ntop(AF_INET6, dns, server, 64);
    return 1;
}

static void default_gateway(const char *card, char *into) {
    FILE *routes = fopen("/proc/net/ipv6_route", "r");
    char line[256], destination[33], hop[33], device[32];
    unsigned prefix;
    while (routes && fgets(line, sizeof line, routes)) {
        if (sscanf(line, "%32s %x %*s %*s %32s %*s %*s %*s %*s %31s", destination, &prefix, hop, device) == 4 && prefix == 0 &&
            !strcmp(device, card) && strspn(hop, "0") < 32) {
            unsigned char bytes[16];
            for (int i = 0; i < 16; i++) sscanf(hop + 2 * i, "%2hhx", bytes + i);
            inet_ntop(AF_INET6, bytes, into, 64);
        }
    }
    if (routes) fclose(routes);
}

int dhcp6(int count, char **words) {
    (void)count;
    const char *card = words[0];
    char path[128], address[64] = "", server[64] = "", gateway[64] = "", command[256];
    snprintf(path, sizeof path, "/sys/class/net/%s/address", card);
    FILE *file = fopen(path, "r");
    if (!file || fscanf(file, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", mac, mac + 1, mac + 2, mac + 3, mac + 4, mac + 5) != 6) return 1;
    unsigned index = if_nametoindex(card);
    int fd = socket(AF_INET6, SOCK_DGRAM, 0), on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, card, strlen(card));
    struct sockaddr_in6 client = {.sin6_family = AF_INET6, .sin6_port = htons(546)};
    if (bind(fd, (void *)&client, sizeof client)) return 1;
    for (int round = 0; !leased(fd, index, address, server); round++) {
        if (!if_nametoindex(card)) return 1;
        usleep(round < 20 ? 300000 : 5000000);
    }
    snprintf(command, sizeof command, "ip -6 addr replace %s/128 dev %s", address, card);
    if (system(command)) return 1;
    default_gateway(card, gateway);
    if (*server) {
        snprintf(command, sizeof command, "grep -q '^nameserver %s$' /etc/resolv.conf || echo 'nameserver %s' >>/etc/resolv.conf", server, server);
        if (system(command)) return 1;
    }
    printf("\nyado-guest: net %s mac=%02x:%02x:%02x:%02x:%02x:%02x address6=%s/128", card, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5], address);
    if (*gateway) printf(" gateway=%s", gateway);
    if (*server) printf(" dns=%s", server);
    printf("\n");
    return 0;
}
