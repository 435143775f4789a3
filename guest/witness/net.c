/* The witness guest's ordinary traffic: each command prints one line, `net: COMMAND WHAT RESULT ...`. README.md has the words. */
#include "net.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *word_of(int error) {
    switch (error) {
    case ECONNREFUSED: return "refused";
    case ETIMEDOUT: return "timeout";
    case ENETUNREACH:
    case EHOSTUNREACH: return "unreachable";
    case ECONNRESET:
    case EPIPE: return "reset";
    default: return strerror(error);
    }
}

/* Waits until the descriptor can be read (or written); false when the time is over. */
int ready(int fd, short events, int ms) {
    struct pollfd poll_fd = {fd, events, 0};
    return poll(&poll_fd, 1, ms) > 0;
}

long long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void die(const char *text) {
    printf("net: %s\n", text);
    exit(2);
}

/* "10.0.0.1", "fd00::1", "fe80::1%eth0". */
struct endpoint endpoint_of(const char *address, int port) {
    struct endpoint end = {0};
    char text[64];
    snprintf(text, sizeof text, "%s", address);
    char *scope = strchr(text, '%');
    if (scope) *scope++ = 0;
    struct sockaddr_in *v4 = (void *)&end.address;
    struct sockaddr_in6 *v6 = (void *)&end.address;
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        end.length = sizeof *v4;
    } else if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        v6->sin6_scope_id = scope ? if_nametoindex(scope) : 0;
        end.length = sizeof *v6;
    } else {
        die("not an address");
    }
    return end;
}

/* A connected socket, or -1 with errno. */
int connected(const char *address, int port, int ms) {
    struct endpoint end = endpoint_of(address, port);
    int fd = socket(end.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (connect(fd, (struct sockaddr *)&end.address, end.length) == 0) return fd;
    int error = errno;
    if (error == EINPROGRESS) {
        error = ETIMEDOUT;
        if (ready(fd, POLLOUT, ms)) {
            socklen_t size = sizeof error;
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
        }
    }
    if (error == 0) return fd;
    close(fd);
    errno = error;
    return -1;
}

/* Reads until the end, the newline when asked, or the time is over. What was read ends in 0. */
static int reading(int fd, char *into, int size, int until_newline, int ms) {
    int have = 0;
    long long end = now_ms() + ms;
    while (have < size - 1 && now_ms() < end && ready(fd, POLLIN, (int)(end - now_ms()))) {
        ssize_t got = read(fd, into + have, size - 1 - have);
        if (got <= 0) break;
        have += got;
        if (until_newline && memchr(into, '\n', have)) break;
    }
    into[have] = 0;
    return have;
}

static void first_line(char *text) {
    text[strcspn(text, "\r\n")] = 0;
}

static int tcp(int count, char **words) {
    int port = atoi(words[1]);
    int fd = connected(words[0], port, 3000);
    if (fd < 0) {
        printf("net: tcp %s %d %s\n", words[0], port, word_of(errno));
        return 1;
    }
    char line[512] = "";
    if (count > 2) dprintf(fd, "%s\n", words[2]);
    reading(fd, line, sizeof line, 1, 3000);
    first_line(line);
    printf("net: tcp %s %d ok %s\n", words[0], port, line);
    return 0;
}

static int udp(int count, char **words) {
    (void)count;
    int port = atoi(words[1]);
    struct endpoint end = endpoint_of(words[0], port);
    int fd = socket(end.address.ss_family, SOCK_DGRAM, 0);
    connect(fd, (struct sockaddr *)&end.address, end.length);
    char line[512] = "";
    const char *result = "silent";
    for (int i = 0; i < 3 && !line[0]; i++) {
        if (send(fd, words[2], strlen(words[2]), 0) < 0) {
            result = word_of(errno);
            if (errno != ECONNREFUSED) break;
        }
        if (!ready(fd, POLLIN, 1000)) continue;
        if (recv(fd, line, sizeof line - 1, 0) < 0) result = word_of(errno);
    }
    first_line(line);
    printf("net: udp %s %d %s %s\n", words[0], port, line[0] ? "ok" : result, line);
    return !line[0];
}

static unsigned short checksum(const void *data, int length) {
    const unsigned char *bytes = data;
    unsigned long sum = 0;
    for (int i = 0; i < length; i++) sum += i % 2 ? bytes[i] : bytes[i] << 8;
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return htons(~sum & 0xffff);
}

static int ping(int count, char **words) {
    int want = count > 1 ? atoi(words[1]) : 1, size = count > 2 ? atoi(words[2]) : 56, got = 0;
    struct endpoint end = endpoint_of(words[0], 0);
    int v6 = end.address.ss_family == AF_INET6;
    int fd = socket(end.address.ss_family, SOCK_RAW, v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
    int whole = IP_PMTUDISC_DO;
    if (!v6) setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &whole, sizeof whole);
    connect(fd, (struct sockaddr *)&end.address, end.length);
    const char *failure = "silent";
    unsigned char packet[65536] = {0}, answer[65536];
    if (size < 8 || size > 65000) die("ping takes 8 to 65000 bytes");
    for (int i = 1; i <= want; i++) {
        memset(packet, 0, 8);
        packet[0] = v6 ? 128 : 8;
        packet[4] = getpid() >> 8, packet[5] = getpid(), packet[7] = i;
        if (!v6) {
            unsigned short sum = checksum(packet, 8 + size);
            memcpy(packet + 2, &sum, 2);
        }
        if (send(fd, packet, 8 + size, 0) < 0) failure = word_of(errno);
        for (long long until = now_ms() + 1000; now_ms() < until && ready(fd, POLLIN, (int)(until - now_ms()));) {
            ssize_t length = recv(fd, answer, sizeof answer, 0);
            if (length < 0) {
                failure = word_of(errno);
                break;
            }
            unsigned char *icmp = v6 ? answer : answer + (answer[0] & 15) * 4;
            if (icmp[0] == (v6 ? 129 : 0) && !memcmp(icmp + 4, packet + 4, 4)) {
                got++;
                break;
            }
        }
    }
    printf("net: ping %s %s %d/%d\n", words[0], got == want ? "ok" : got ? "lossy" : failure, got, want);
    return got != want;
}

static int http(int count, char **words) {
    int fd = connected(words[1], atoi(words[2]), 3000);
    if (fd < 0) {
        printf("net: http %s %s\n", words[3], word_of(errno));
        return 1;
    }
    char request[4096], *answer = malloc(1 << 20);
    int length = snprintf(request, sizeof request, "%s %s HTTP/1.0\r\n", words[0], words[3]);
    for (int i = 4; i < count; i++) length += snprintf(request + length, sizeof request - length, "%s\r\n", words[i]);
    length += snprintf(request + length, sizeof request - length, "\r\n");
    if (write(fd, request, length) != length) die("the request is too long");
    int size = reading(fd, answer, 1 << 20, 0, 5000);
    char *body = strstr(answer, "\r\n\r\n");
    if (!body) {
        printf("net: http %s %s\n", words[3], size ? "garbage" : "no-answer");
        return 1;
    }
    body += 4;
    size -= body - answer;
    first_line(body);
    int status = 0;
    sscanf(answer, "HTTP/%*s %d", &status);
    printf("net: http %s %d %d %s\n", words[3], status, size, body);
    return status / 100 != 2;
}

static int metadata(int count, char **words) {
    char *all[16] = {"GET", "169.254.169.254", "80"};
    for (int i = 0; i < count && i < 12; i++) all[3 + i] = words[i];
    return http(3 + (count < 12 ? count : 12), all);
}

/* What it hears on a connection or in a datagram it answers with: TEXT, who asked, and what. */
static int serve(int count, char **words) {
    (void)count;
    int port = atoi(words[0]), on = 1;
    struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    int tcp_fd = socket(AF_INET6, SOCK_STREAM, 0), udp_fd = socket(AF_INET6, SOCK_DGRAM, 0);
    setsockopt(tcp_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(tcp_fd, (void *)&any, sizeof any) || bind(udp_fd, (void *)&any, sizeof any) || listen(tcp_fd, 64)) {
        printf("net: serve %d %s\n", port, strerror(errno));
        return 1;
    }
    printf("net: serve %d ok\n", port);
    fflush(stdout);
    if (fork()) return 0;
    setsid();
    signal(SIGCHLD, SIG_IGN);
    for (int i = 0; i < 3; i++) close(i);
    for (;;) {
        struct pollfd fds[2] = {{tcp_fd, POLLIN, 0}, {udp_fd, POLLIN, 0}};
        if (poll(fds, 2, -1) < 0) continue;
        struct sockaddr_in6 peer;
        socklen_t size = sizeof peer;
        char name[64], line[2048];
        if (fds[1].revents) {
            ssize_t got = recvfrom(udp_fd, line, sizeof line - 1, 0, (void *)&peer, &size);
            if (got >= 0) {
                line[got] = 0;
                char answer[4096];
                inet_ntop(AF_INET6, &peer.sin6_addr, name, sizeof name);
                int length = snprintf(answer, sizeof answer, "%s %s %s", words[1], name, line);
                sendto(udp_fd, answer, length, 0, (void *)&peer, size);
            }
        }
        if (!fds[0].revents) continue;
        int fd = accept(tcp_fd, (void *)&peer, &size);
        if (fd < 0 || fork()) {
            if (fd >= 0) close(fd);
            continue;
        }
        inet_ntop(AF_INET6, &peer.sin6_addr, name, sizeof name);
        dprintf(fd, "%s %s\n", words[1], name);
        for (ssize_t got; (got = read(fd, line, sizeof line)) > 0;)
            if (write(fd, line, got) < 0) break;
        _exit(0);
    }
}

/* Keeps one connection to a `serve` busy: the longest silence says what a change in the network cost. */
static int stream(int count, char **words) {
    int seconds = count > 2 ? atoi(words[2]) : 5, rounds = 0;
    int fd = connected(words[0], atoi(words[1]), 3000);
    const char *result = fd < 0 ? word_of(errno) : "ok";
    long long begin = now_ms(), last = begin, gap = 0;
    char line[512];
    if (fd >= 0 && !reading(fd, line, sizeof line, 1, 3000)) result = "silent";
    while (!strcmp(result, "ok") && now_ms() - begin < seconds * 1000LL) {
        if (dprintf(fd, "%d\n", rounds) < 0 || !reading(fd, line, sizeof line, 1, 15000)) {
            result = "broken";
            break;
        }
        rounds++;
        if (now_ms() - last > gap) gap = now_ms() - last;
        last = now_ms();
        usleep(10000);
    }
    printf("net: stream %s %s %s rounds=%d gap-ms=%lld\n", words[0], words[1], result, rounds, gap);
    return strcmp(result, "ok") != 0;
}

/* As much as the network takes, to a `sink`, which says at the end how much has arrived. */
static int pour(int count, char **words) {
    static char bytes[65536];
    int seconds = count > 2 ? atoi(words[2]) : 5;
    int fd = connected(words[0], atoi(words[1]), 3000);
    if (fd < 0) {
        printf("net: pour %s %s %s\n", words[0], words[1], word_of(errno));
        return 1;
    }
    long long begin = now_ms();
    while (now_ms() - begin < seconds * 1000LL && ready(fd, POLLOUT, 3000) && (write(fd, bytes, sizeof bytes) > 0 || errno == EAGAIN)) {}
    shutdown(fd, SHUT_WR);
    char line[64];
    reading(fd, line, sizeof line, 1, 60000);
    long long took = now_ms() - begin, arrived = atoll(line);
    printf("net: pour %s %s %s bytes=%lld ms=%lld\n", words[0], words[1], arrived ? "ok" : "silent", arrived, took);
    return !arrived;
}

static int sink(int count, char **words) {
    (void)count;
    int port = atoi(words[0]), on = 1, fd = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (void *)&any, sizeof any) || listen(fd, 4)) {
        printf("net: sink %d %s\n", port, strerror(errno));
        return 1;
    }
    printf("net: sink %d ok\n", port);
    fflush(stdout);
    if (fork()) return 0;
    setsid();
    for (int i = 0; i < 3; i++) close(i);
    static char bytes[1 << 18];
    for (;;) {
        int peer = accept(fd, NULL, NULL);
        long long arrived = 0;
        for (ssize_t got; (got = read(peer, bytes, sizeof bytes)) > 0;) arrived += got;
        dprintf(peer, "%lld\n", arrived);
        close(peer);
    }
}

static int show(int count, char **words) {
    (void)count, (void)words;
    struct ifaddrs *all, *one;
    if (getifaddrs(&all)) die("no addresses");
    for (one = all; one; one = one->ifa_next) {
        char text[64] = "";
        if (!one->ifa_addr || !strcmp(one->ifa_name, "lo")) continue;
        if (one->ifa_addr->sa_family == AF_PACKET) {
            unsigned char *mac = ((struct sockaddr_ll *)one->ifa_addr)->sll_addr;
            printf("net: show %s mac=%02x:%02x:%02x:%02x:%02x:%02x\n", one->ifa_name, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
        } else if (one->ifa_addr->sa_family == AF_INET) {
            inet_ntop(AF_INET, &((struct sockaddr_in *)one->ifa_addr)->sin_addr, text, sizeof text);
            printf("net: show %s address=%s\n", one->ifa_name, text);
        } else if (one->ifa_addr->sa_family == AF_INET6) {
            inet_ntop(AF_INET6, &((struct sockaddr_in6 *)one->ifa_addr)->sin6_addr, text, sizeof text);
            printf("net: show %s address6=%s\n", one->ifa_name, text);
        }
    }
    return 0;
}

static const struct {
    const char *name;
    int least;
    int (*run)(int, char **);
    const char *usage;
} commands[] = {
    {"ping", 1, ping, "ADDRESS [COUNT [BYTES]]"},
    {"tcp", 2, tcp, "ADDRESS PORT [LINE]"},
    {"udp", 3, udp, "ADDRESS PORT TEXT"},
    {"serve", 2, serve, "PORT TEXT"},
    {"stream", 2, stream, "ADDRESS PORT [SECONDS]"},
    {"sink", 1, sink, "PORT"},
    {"pour", 2, pour, "ADDRESS PORT [SECONDS]"},
    {"resolve", 1, resolve, "NAME [A|AAAA|PTR [SERVER]]"},
    {"http", 4, http, "METHOD ADDRESS PORT PATH [HEADER...]"},
    {"metadata", 1, metadata, "PATH [HEADER...]"},
    {"show", 0, show, ""},
    {"dhcp6", 1, dhcp6, "CARD"},
};

int main(int count, char **words) {
    setvbuf(stdout, NULL, _IOFBF, 4096);
    signal(SIGPIPE, SIG_IGN);
    for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++)
        if (count > 1 && !strcmp(words[1], commands[i].name) && count - 2 >= commands[i].least)
            return commands[i].run(count - 2, words + 2);
    for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++) printf("net %s %s\n", commands[i].name, commands[i].usage);
    return 2;
}
