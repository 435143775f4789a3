/* What needs no right in the guest: ordinary sockets to where nobody should answer. An answer is a connection or a reply. */
#include "tricks.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const uint8_t METADATA[4] = {169, 254, 169, 254};

static void failed(struct world *w) {
    w->refused++;
    w->error = errno;
}

static int connect4(struct world *w, const uint8_t *address, int port, int ms) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    memcpy(&to.sin_addr, address, 4);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), error = 0;
    socklen_t size = sizeof error;
    struct pollfd wait = {fd, POLLOUT, 0};
    if (connect(fd, (void *)&to, sizeof to) && errno != EINPROGRESS) {
        failed(w);
        close(fd);
        return -1;
    }
    w->sent++;
    if (poll(&wait, 1, ms) == 1 && !getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) && !error) {
        fcntl(fd, F_SETFL, 0);
        return fd;
    }
    close(fd);
    return -1;
}

static void knock(struct world *w, const uint8_t *address, const int *ports) {
    for (; *ports; ports++) {
        int fd = connect4(w, address, *ports, 400);
        if (fd < 0) continue;
        w->answered++;
        printf("probe %d found port %d\n", w->trick, *ports);
        close(fd);
    }
}
/* Administration, databases, controllers, hypervisors. */
static const int PORTS[] = {22, 23, 25, 80, 111, 443, 2049, 2375, 3306, 5000, 5432, 5433, 5900, 6080, 6443, 6640, 6641, 7443, 8080, 8443, 8500, 8765,
    9090, 9100, 9443, 16509, 0};

static void tcp_host(struct world *w) { knock(w, w->host, PORTS); }
static void tcp_foreign(struct world *w) { knock(w, w->foreign, PORTS); }
static void tcp_service(struct world *w) {
    static const int all[] = {22, 23, 25, 111, 443, 2049, 3306, 5000, 5432, 5433, 5900, 6080, 7443, 8080, 8443, 9090, 9100, 9443, 16509, 0};
    knock(w, w->service, all);
}
static void tcp_metadata(struct world *w) {
    static const int all[] = {22, 53, 111, 443, 5432, 8080, 8443, 9090, 0};
    knock(w, METADATA, all);
}
static void tcp_service_80(struct world *w) {
    static const int one[] = {80, 0};
    knock(w, w->service, one);
}
static void tcp_link_local_range(struct world *w) {
    static const int some[] = {22, 80, 443, 8080, 0};
    for (int i = 1; i < 4; i++) {
        uint8_t address[4] = {169, 254, 169, 250 + i};
        knock(w, address, some);
    }
}
static void tcp_any_local(struct world *w) {
    static const uint8_t addresses[][4] = {{10, 0, 0, 1}, {172, 16, 0, 1}, {172, 17, 0, 1}, {192, 168, 0, 1}, {192, 168, 122, 1}, {100, 64, 0, 1}};
    static const int some[] = {22, 8080, 0};
    for (unsigned i = 0; i < sizeof addresses / 4; i++)
        if (memcmp(addresses[i], w->gateway, 4)) knock(w, addresses[i], some);
}

/* One datagram, and whether anything comes back. */
static void ask(struct world *w, int family, const void *address, int port, const void *data, int size) {
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_scope_id = w->index};
    if (family == AF_INET) memcpy(&v4.sin_addr, address, 4);
    else memcpy(&v6.sin6_addr, address, 16);
    int fd = socket(family, SOCK_DGRAM, 0), on = 1;
    char answer[2000];
    setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
    struct pollfd wait = {fd, POLLIN, 0};
    ssize_t done = sendto(fd, data, size, 0, family == AF_INET ? (void *)&v4 : (void *)&v6, family == AF_INET ? sizeof v4 : sizeof v6);
    if (done < 0) failed(w);
    else w->sent++;
    if (done >= 0 && poll(&wait, 1, 400) == 1 && recv(fd, answer, sizeof answer, 0) > 0) w->answered++;
    close(fd);
}
static void ask_marked(struct world *w, const uint8_t *address, int port) {
    struct frame f = {.length = 0};
    mark(&f, w->trick);
    ask(w, AF_INET, address, port, f.bytes, f.length);
}
static void udp_host(struct world *w) {
    static const int ports[] = {53, 67, 69, 111, 123, 161, 500, 4789, 6081, 8472};
    for (unsigned i = 0; i < sizeof ports / sizeof *ports; i++) ask_marked(w, w->host, ports[i]);
}
static void udp_service(struct world *w) {
    static const int ports[] = {69, 111, 123, 161, 500, 4789, 8472};
    for (unsigned i = 0; i < sizeof ports / sizeof *ports; i++) ask_marked(w, w->service, ports[i]);
}
static void udp_foreign(struct world *w) { ask_marked(w, w->foreign, 7777); }
static void tftp_of_service(struct world *w) { ask(w, AF_INET, w->service, 69, "\0\1/etc/passwd\0octet", 20); }

/* Names that only the server itself may tell: its version, and of machines outside. */
static void names(struct world *w, const char *question, int size) { ask(w, AF_INET, w->service, 53, question, size); }
static void names_version(struct world *w) {
    names(w, "\x59\x44\1\0\0\1\0\0\0\0\0\0\7version\4bind\0\0\x10\0\3", 30);
}
static void names_host(struct world *w) { ask(w, AF_INET, w->host, 53, "\x59\x44\1\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1", 19); }

/* A transfer of the whole zone, which is asked over TCP: an answer with records. */
static void names_transfer(struct world *w) {
    static const char question[] = "\0\x1a\x59\x44\0\0\0\1\0\0\0\0\0\0\x08internal\0\0\xfc\0\1";
    char answer[64] = {0};
    int fd = connect4(w, w->service, 53, 400);
    if (fd < 0) return;
    struct pollfd wait = {fd, POLLIN, 0};
    if (write(fd, question, 28) == 28 && poll(&wait, 1, 1000) == 1 && read(fd, answer, sizeof answer) > 8 && (answer[8] || answer[9])) w->answered++;
    close(fd);
}

/* A request to the metadata service that is made as if it came through a proxy, or for another: answered when it says 200. */
static void metadata(struct world *w, const char *method, const char *path, const char *header) {
    char text[1024], answer[64] = {0};
    int fd = connect4(w, METADATA, 80, 1000);
    if (fd < 0) return;
    int size = snprintf(text, sizeof text, "%s %s HTTP/1.1\r\nHost: 169.254.169.254\r\nConnection: close\r\n%s\r\n", method, path, header);
    struct pollfd wait = {fd, POLLIN, 0};
    if (write(fd, text, size) == size && poll(&wait, 1, 2000) == 1 && read(fd, answer, sizeof answer - 1) > 12 && !strncmp(answer + 9, "200", 3))
        w->answered++;
    close(fd);
}
static void metadata_forwarded(struct world *w, const char *name) {
    char header[128], victim[20];
    inet_ntop(AF_INET, w->victim, victim, sizeof victim);
    snprintf(header, sizeof header, "%s: %s\r\n", name, victim);
    metadata(w, "GET", "/latest/meta-data/local-ipv4", header);
}
static void metadata_x_forwarded_for(struct world *w) { metadata_forwarded(w, "X-Forwarded-For"); }
static void metadata_x_real_ip(struct world *w) { metadata_forwarded(w, "X-Real-IP"); }
static void metadata_via(struct world *w) { metadata_forwarded(w, "Via"); }
static void metadata_forwarded_standard(struct world *w) {
    char header[128], victim[20];
    inet_ntop(AF_INET, w->victim, victim, sizeof victim);
    snprintf(header, sizeof header, "Forwarded: for=%s\r\n", victim);
    metadata(w, "GET", "/latest/user-data", header);
}
static void metadata_instance_header(struct world *w) {
    metadata(w, "GET", "/openstack/latest/user_data", "X-Instance-ID: 1\r\nX-Tenant-ID: 1\r\nX-Instance-ID-Signature: 0\r\nX-Forwarded-For: 10.0.0.1\r\n");
}
static void metadata_up(struct world *w) { metadata(w, "GET", "/latest/../../../../etc/passwd", ""); }
static void metadata_up_encoded(struct world *w) { metadata(w, "GET", "/openstack/%2e%2e/%2e%2e/etc/passwd", ""); }
static void metadata_write(struct world *w) { metadata(w, "POST", "/latest/user-data", "Content-Length: 0\r\n"); }
static void metadata_token_forwarded(struct world *w) {
    metadata(w, "PUT", "/latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds: 60\r\nX-Forwarded-For: 10.9.9.9\r\nContent-Length: 0\r\n");
}
static void metadata_bad_token(struct world *w) {
    metadata(w, "GET", "/latest/user-data", "X-aws-ec2-metadata-token: AAAAAAAAAAAAAAAAAAAAAA==\r\n");
}
/* Bound to an address that is not ours. */
static void metadata_bound_to_victim(struct world *w) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1, error = 0;
    socklen_t size = sizeof error;
    struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET, .sin_port = htons(80)};
    memcpy(&from.sin_addr, w->victim, 4);
    memcpy(&to.sin_addr, METADATA, 4);
    struct pollfd wait = {fd, POLLOUT, 0};
    if (setsockopt(fd, SOL_IP, 19 /* IP_TRANSPARENT */, &on, sizeof on) || bind(fd, (void *)&from, sizeof from) ||
        (connect(fd, (void *)&to, sizeof to) && errno != EINPROGRESS)) {
        failed(w);
    } else {
        w->sent++;
        if (poll(&wait, 1, 1000) == 1 && !getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) && !error) w->answered++;
    }
    close(fd);
}
static void udp6_host(struct world *w) { ask(w, AF_INET6, w->host6, 53, "\x59\x44\1\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1", 19); }
static void udp6_foreign(struct world *w) {
    struct frame f = {.length = 0};
    mark(&f, w->trick);
    ask(w, AF_INET6, w->foreign6, 7777, f.bytes, f.length);
}
static void udp6_all_nodes(struct world *w) {
    static const uint8_t all[16] = {0xff, 2, [15] = 1};
    struct frame f = {.length = 0};
    mark(&f, w->trick);
    ask(w, AF_INET6, all, 4789, f.bytes, f.length);
}
static void fake_dhcp_server(struct world *w) {
    uint8_t all[4] = {255, 255, 255, 255};
    int fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1;
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_port = htons(67)}, to = {.sin_family = AF_INET, .sin_port = htons(68)};
    struct frame f = {.length = 0};
    memcpy(&to.sin_addr, all, 4);
    mark(&f, w->trick);
    setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on);
    if (bind(fd, (void *)&from, sizeof from) || sendto(fd, f.bytes, f.length, 0, (void *)&to, sizeof to) < 0) failed(w);
    else w->sent++;
    close(fd);
}

const struct trick socket_tricks[] = {
    {"tcp-host", tcp_host, NEEDS_HOST},
    {"tcp-foreign", tcp_foreign, NEEDS_FOREIGN},
    {"tcp-service", tcp_service, NEEDS_SERVICE},
    {"tcp-service-80", tcp_service_80, NEEDS_SERVICE},
    {"tcp-metadata-other-ports", tcp_metadata, 0},
    {"tcp-link-local-range", tcp_link_local_range, 0},
    {"tcp-usual-gateways", tcp_any_local, 0},
    {"udp-host", udp_host, NEEDS_HOST},
    {"udp-service", udp_service, NEEDS_SERVICE},
    {"udp-foreign", udp_foreign, NEEDS_FOREIGN},
    {"udp6-host", udp6_host, NEEDS_HOST6},
    {"udp6-foreign", udp6_foreign, NEEDS_FOREIGN6},
    {"udp6-all-nodes", udp6_all_nodes, 0},
    {"tftp-of-service", tftp_of_service, NEEDS_SERVICE},
    {"names-version", names_version, NEEDS_SERVICE},
    {"names-of-host", names_host, NEEDS_HOST},
    {"names-transfer", names_transfer, NEEDS_SERVICE},
    {"metadata-x-forwarded-for", metadata_x_forwarded_for, NEEDS_VICTIM},
    {"metadata-x-real-ip", metadata_x_real_ip, NEEDS_VICTIM},
    {"metadata-via", metadata_via, NEEDS_VICTIM},
    {"metadata-forwarded", metadata_forwarded_standard, NEEDS_VICTIM},
    {"metadata-instance-header", metadata_instance_header, 0},
    {"metadata-path-up", metadata_up, 0},
    {"metadata-path-up-encoded", metadata_up_encoded, 0},
    {"metadata-write", metadata_write, 0},
    {"metadata-token-forwarded", metadata_token_forwarded, 0},
    {"metadata-bad-token", metadata_bad_token, 0},
    {"metadata-bound-to-victim", metadata_bound_to_victim, NEEDS_VICTIM},
    {"fake-dhcp-server", fake_dhcp_server, 0},
    {0, 0, 0},
};
