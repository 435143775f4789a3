/* A guest that misbehaves, and one that listens: `probe list`, `probe send ...`, `probe hear ...`. README.md has the words. */
#include "tricks.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 256, GUEST_USER = 1000 };

static const struct trick *tricks[MOST];
static int trick_count;

static void number_tricks(void) {
    const struct trick *groups[] = {link_tricks, ip4_tricks, ip6_tricks, socket_tricks};
    for (int i = 0; i < 4; i++)
        for (const struct trick *one = groups[i]; one->name; one++) tricks[++trick_count] = one;
}

static long long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void own_addresses(struct world *w) {
    struct ifaddrs *all = NULL;
    if (getifaddrs(&all)) return;
    for (struct ifaddrs *one = all; one; one = one->ifa_next) {
        if (!one->ifa_addr || strcmp(one->ifa_name, w->card)) continue;
        if (one->ifa_addr->sa_family == AF_PACKET) memcpy(w->mac, ((struct sockaddr_ll *)one->ifa_addr)->sll_addr, 6);
        if (one->ifa_addr->sa_family == AF_INET) memcpy(w->ip, &((struct sockaddr_in *)one->ifa_addr)->sin_addr, 4);
        if (one->ifa_addr->sa_family == AF_INET6) {
            const uint8_t *address = (void *)&((struct sockaddr_in6 *)one->ifa_addr)->sin6_addr;
            memcpy(address[0] == 0xfe ? w->link6 : w->ip6, address, 16);
        }
    }
    freeifaddrs(all);
}

/* key=value of the command line. */
static int learn(struct world *w, char *word) {
    struct {
        const char *key;
        void *place;
        int kind;
    } known[] = {
        {"victim", w->victim, 4}, {"victim6", w->victim6, 16}, {"victim-mac", w->victim_mac, 6}, {"gateway", w->gateway, 4},
        {"gateway-mac", w->gateway_mac, 6}, {"service", w->service, 4}, {"service6", w->service6, 16}, {"service-mac", w->service_mac, 6},
        {"host", w->host, 4}, {"host6", w->host6, 16}, {"foreign", w->foreign, 4}, {"foreign6", w->foreign6, 16},
        {"foreign-mac", w->foreign_mac, 6}, {"vni", &w->vni, 0},
    };
    char *value = strchr(word, '=');
    if (!value) return 0;
    *value++ = 0;
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++) {
        uint8_t *place = known[i].place;
        if (strcmp(word, known[i].key)) continue;
        if (known[i].kind == 4) return inet_pton(AF_INET, value, place) == 1;
        if (known[i].kind == 16) return inet_pton(AF_INET6, value, place) == 1;
        if (known[i].kind == 6)
            return sscanf(value, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", place, place + 1, place + 2, place + 3, place + 4, place + 5) == 6;
        w->vni = atoi(value);
        return 1;
    }
    return 0;
}

static const char *lacks(const struct world *w, int needs) {
    if (needs & NEEDS_VICTIM && !set(w->victim, 4)) return "victim";
    if (needs & NEEDS_VICTIM6 && !set(w->victim6, 16)) return "victim6";
    if (needs & NEEDS_GATEWAY && !set(w->gateway, 4)) return "gateway";
    if (needs & NEEDS_SERVICE && !set(w->service, 4)) return "service";
    if (needs & NEEDS_SERVICE6 && !set(w->service6, 16)) return "service6";
    if (needs & NEEDS_HOST && !set(w->host, 4)) return "host";
    if (needs & NEEDS_HOST6 && !set(w->host6, 16)) return "host6";
    if (needs & NEEDS_FOREIGN && !set(w->foreign, 4)) return "foreign";
    if (needs & NEEDS_FOREIGN6 && !set(w->foreign6, 16)) return "foreign6";
    if (needs & NEEDS_IP6 && !set(w->ip6, 16)) return "own IPv6";
    return NULL;
}

/* The number of the trick whose mark is in the frame; 0 for none. */
static int marked(const uint8_t *bytes, int size) {
    const uint8_t *found = memmem(bytes, size, "YADO-PROBE-", 11);
    return found && found + 14 <= bytes + size ? atoi((const char[]){found[11], found[12], found[13], 0}) : 0;
}

/* An answer that a DHCP server gives to a question of this trick. */
static int dhcp_answer(const uint8_t *bytes, int size, int trick) {
    static const uint8_t transaction[3] = {0x59, 0x41, 0x44};
    return size > 282 && bytes[12] == 8 && bytes[23] == 17 && bytes[35] == 67 && bytes[42] == 2 && !memcmp(bytes + 46, transaction, 3) &&
        bytes[49] == trick;
}

static void await_answers(struct world *w) {
    uint8_t bytes[FRAME_MAX];
    struct sockaddr_ll from;
    for (long long end = now_ms() + 150; w->packet_socket >= 0 && now_ms() < end;) {
        struct pollfd wait = {w->packet_socket, POLLIN, 0};
        socklen_t size = sizeof from;
        if (poll(&wait, 1, (int)(end - now_ms())) != 1) break;
        int got = recvfrom(w->packet_socket, bytes, sizeof bytes, 0, (void *)&from, &size);
        if (got > 0 && from.sll_pkttype != PACKET_OUTGOING && dhcp_answer(bytes, got, w->trick)) w->answered++;
    }
}

static int wanted(const char *list, int number) {
    if (!list) return 1;
    for (const char *at = list; *at; at += strcspn(at, ","), at += *at == ',') {
        size_t length = strcspn(at, ",");
        int from = atoi(at), to = memchr(at, '-', length) ? atoi(strchr(at, '-') + 1) : from;
        if (from > 0 ? number >= from && number <= to : length == strlen(tricks[number]->name) && !strncmp(at, tricks[number]->name, length)) return 1;
    }
    return 0;
}

static int packet_socket(int index) {
    int fd = socket(AF_PACKET, SOCK_RAW, htons(3 /* ETH_P_ALL */));
    struct sockaddr_ll here = {.sll_family = AF_PACKET, .sll_protocol = htons(3), .sll_ifindex = index};
    if (fd >= 0) bind(fd, (void *)&here, sizeof here);
    return fd;
}

static int send_tricks(struct world *w, const char *list) {
    int ran = 0, sent = 0, refused = 0, answered = 0, left_out = 0;
    w->packet_socket = packet_socket(w->index);
    for (int number = 1; number <= trick_count; number++) {
        if (!wanted(list, number)) continue;
        const struct trick *trick = tricks[number];
        const char *lack = lacks(w, trick->needs);
        if (lack) {
            printf("probe %d %s left out: no %s\n", number, trick->name, lack);
            left_out++;
            continue;
        }
        w->trick = number;
        w->sent = w->refused = w->answered = w->error = 0;
        trick->run(w);
        if (!strncmp(trick->name, "dhcp-", 5)) await_answers(w);
        printf("probe %d %s sent %d", number, trick->name, w->sent);
        if (w->answered) printf(" answered %d", w->answered);
        if (w->refused) printf(" refused %d: %s", w->refused, strerror(w->error));
        printf("\n");
        fflush(stdout);
        ran++, sent += w->sent, refused += w->refused, answered += w->answered;
    }
    printf("probe done tricks=%d sent=%d refused=%d answered=%d left-out=%d\n", ran, sent, refused, answered, left_out);
    return 0;
}

/* Listens to everything that reaches the card, and counts the marks. */
static int hear(struct world *w, int seconds) {
    static int heard[MOST], frames, foreign;
    uint8_t bytes[FRAME_MAX];
    struct sockaddr_ll from;
    int fd = packet_socket(w->index);
    int plenty = 64 << 20; /* of the queue: floods come before what counts */
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &plenty, sizeof plenty);
    struct packet_mreq promiscuous = {.mr_ifindex = w->index, .mr_type = PACKET_MR_PROMISC};
    if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof promiscuous)) {
        printf("hear refused: %s\n", strerror(errno));
        return 1;
    }
    printf("hear begins\n");
    fflush(stdout);
    for (long long end = now_ms() + seconds * 1000LL; now_ms() < end;) {
        struct pollfd wait = {fd, POLLIN, 0};
        socklen_t size = sizeof from;
        if (poll(&wait, 1, (int)(end - now_ms())) != 1) break;
        int got = recvfrom(fd, bytes, sizeof bytes, 0, (void *)&from, &size);
        if (got < 14 || from.sll_pkttype == PACKET_OUTGOING) continue;
        frames++;
        if (from.sll_pkttype == PACKET_OTHERHOST) foreign++;
        int number = marked(bytes, got);
        if (number > 0 && number <= trick_count) heard[number]++;
    }
    int kinds = 0;
    for (int number = 1; number <= trick_count; number++)
        if (heard[number] && ++kinds) printf("hear %d %s %d\n", number, tricks[number]->name, heard[number]);
    printf("hear done frames=%d for-others=%d tricks=%d\n", frames, foreign, kinds);
    return 0;
}

static int usage(void) {
    printf("probe list\n"
           "probe send [-i CARD] [-u] [-n NUMBER|FROM-TO|NAME,...] KEY=VALUE...\n"
           "  keys: victim victim6 victim-mac gateway gateway-mac service service6 service-mac host host6 foreign foreign6 foreign-mac vni\n"
           "  -u: as an ordinary user of the guest\n"
           "probe hear [-i CARD] SECONDS\n");
    return 2;
}

int main(int count, char **words) {
    struct world w = {.card = "eth0", .packet_socket = -1};
    const char *list = NULL;
    int seconds = 0;
    number_tricks();
    if (count > 1 && !strcmp(words[1], "list")) {
        for (int i = 1; i <= trick_count; i++) printf("probe %d %s\n", i, tricks[i]->name);
        return 0;
    }
    if (count < 2 || (strcmp(words[1], "send") && strcmp(words[1], "hear"))) return usage();
    for (int i = 2; i < count; i++) {
        if (!strcmp(words[i], "-i") && i + 1 < count) snprintf(w.card, sizeof w.card, "%s", words[++i]);
        else if (!strcmp(words[i], "-n") && i + 1 < count) list = words[++i];
        else if (!strcmp(words[i], "-u")) {
            if (setgid(GUEST_USER) || setuid(GUEST_USER)) return usage();
        } else if (atoi(words[i]) > 0 && !strchr(words[i], '=')) seconds = atoi(words[i]);
        else if (!learn(&w, words[i])) return usage();
    }
    w.index = if_nametoindex(w.card);
    own_addresses(&w);
    return !strcmp(words[1], "hear") ? hear(&w, seconds) : send_tricks(&w, list);
}
