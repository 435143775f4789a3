/* Asks one DNS server one question: the first answer, or why there is none. */
#include "net.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int put_name(unsigned char *into, const char *name) {
    unsigned char *at = into;
    while (*name) {
        size_t label = strcspn(name, ".");
        if (label == 0 || label > 63) break;
        *at++ = label;
        memcpy(at, name, label);
        at += label;
        name += label + (name[label] == '.');
    }
    *at++ = 0;
    return at - into;
}

/* Follows pointers; *next is behind the name where it stands. */
static void get_name(const unsigned char *message, int length, int at, char *into, int size, int *next) {
    int have = 0, jumps = 0;
    *next = -1;
    into[0] = 0;
    while (at < length && message[at]) {
        if (message[at] >= 0xc0) {
            if (*next < 0) *next = at + 2;
            if (++jumps > 20) return;
            at = (message[at] & 0x3f) << 8 | message[at + 1];
            continue;
        }
        have += snprintf(into + have, size - have, "%s%.*s", have ? "." : "", message[at], message + at + 1);
        if (have >= size) return;
        at += 1 + message[at];
    }
    if (*next < 0) *next = at + 1;
}

static void reverse(const char *address, char *into) {
    unsigned char bytes[16];
    char *at = into;
    if (inet_pton(AF_INET, address, bytes) == 1) {
        sprintf(into, "%d.%d.%d.%d.in-addr.arpa", bytes[3], bytes[2], bytes[1], bytes[0]);
    } else if (inet_pton(AF_INET6, address, bytes) == 1) {
        for (int i = 15; i >= 0; i--) at += sprintf(at, "%x.%x.", bytes[i] & 15, bytes[i] >> 4);
        strcpy(at, "ip6.arpa");
    }
}

static void configured_server(char *into, int size) {
    FILE *file = fopen("/etc/resolv.conf", "r");
    char line[256];
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "nameserver %63s", into) == 1) break;
    if (file) fclose(file);
    if (!*into) snprintf(into, size, "127.0.0.1");
}

int resolve(int count, char **words) {
    const char *type_name = count > 1 ? words[1] : "A";
    int type = !strcmp(type_name, "AAAA") ? 28 : !strcmp(type_name, "PTR") ? 12 : 1;
    char server[64] = "", asked[256];
    if (count > 2) snprintf(server, sizeof server, "%s", words[2]);
    else configured_server(server, sizeof server);
    snprintf(asked, sizeof asked, "%s", words[0]);
    if (type == 12) reverse(words[0], asked);

    unsigned char query[512] = {getpid() >> 8, getpid(), 1, 0, 0, 1}, answer[4096];
    int length = 12 + put_name(query + 12, asked);
    query[length + 1] = type;
    query[length + 3] = 1;
    length += 4;
    struct endpoint end = endpoint_of(server, 53);
    int fd = socket(end.address.ss_family, SOCK_DGRAM, 0), got = -1;
    connect(fd, (struct sockaddr *)&end.address, end.length);
    for (int i = 0; i < 3 && got < 0; i++) {
        if (send(fd, query, length, 0) >= 0 && ready(fd, POLLIN, 1500)) got = recv(fd, answer, sizeof answer, 0);
    }
    char result[512] = "empty";
    if (got < 12) {
        strcpy(result, "silent");
    } else if (answer[3] & 15) {
        static const char *codes[] = {"", "formerr", "servfail", "nxdomain", "notimp", "refused"};
        int code = answer[3] & 15;
        snprintf(result, sizeof result, "%s", code < 6 ? codes[code] : "error");
    } else {
        char name[256];
        int at = 12;
        get_name(answer, got, at, name, sizeof name, &at);
        at += 4;
        for (int i = answer[6] << 8 | answer[7]; i > 0 && at < got; i--) {
            get_name(answer, got, at, name, sizeof name, &at);
            int found = answer[at] << 8 | answer[at + 1], size = answer[at + 8] << 8 | answer[at + 9], next;
            at += 10;
            if (found == type) {
                if (type == 12) get_name(answer, got, at, name, sizeof name, &next);
                else inet_ntop(type == 1 ? AF_INET : AF_INET6, answer + at, name, sizeof name);
                snprintf(result, sizeof result, "ok %s", name);
                break;
            }
            at += size;
        }
    }
    printf("net: resolve %s %s %s\n", words[0], type_name, result);
    return strncmp(result, "ok", 2) != 0;
}
