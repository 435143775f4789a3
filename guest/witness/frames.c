#include "frames.h"

#include <errno.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

const uint8_t BROADCAST[6] = {255, 255, 255, 255, 255, 255};

void put(struct frame *f, const void *data, int size) {
    if (f->length + size > FRAME_MAX) return;
    memcpy(f->bytes + f->length, data, size);
    f->length += size;
}

void put8(struct frame *f, int value) {
    uint8_t byte = value;
    put(f, &byte, 1);
}

void put16(struct frame *f, int value) {
    put8(f, value >> 8);
    put8(f, value);
}

void put32(struct frame *f, uint32_t value) {
    put16(f, value >> 16);
    put16(f, value & 0xffff);
}

void begin(struct frame *f, const uint8_t *to, const uint8_t *from, int type) {
    f->length = 0;
    put(f, to, 6);
    put(f, from, 6);
    put16(f, type);
}

void mark(struct frame *f, int trick) {
    char text[16];
    put(f, text, snprintf(text, sizeof text, "YADO-PROBE-%03d", trick));
}

uint16_t sum16(const void *data, int size, uint32_t start) {
    const uint8_t *bytes = data;
    uint32_t sum = start;
    for (int i = 0; i < size; i++) sum += i % 2 ? bytes[i] : bytes[i] << 8;
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

static void write16(struct frame *f, int at, int value) {
    f->bytes[at] = value >> 8;
    f->bytes[at + 1] = value;
}

int begin_ip4(struct frame *f, const uint8_t *from, const uint8_t *to, int protocol, const uint8_t *options, int option_size, int fragment) {
    int header = f->length;
    put8(f, 0x45 + option_size / 4);
    put8(f, 0);
    put16(f, 0);
    put16(f, 0x5944); /* one identification: fragments of a trick belong together */
    put16(f, fragment);
    put8(f, 64);
    put8(f, protocol);
    put16(f, 0);
    put(f, from, 4);
    put(f, to, 4);
    put(f, options, option_size);
    return header;
}

void end_ip4(struct frame *f, int header) {
    write16(f, header + 2, f->length - header);
    write16(f, header + 10, 0);
    write16(f, header + 10, ~sum16(f->bytes + header, (f->bytes[header] & 15) * 4, 0));
}

int begin_ip6(struct frame *f, const uint8_t *from, const uint8_t *to, int next, int hops) {
    int header = f->length;
    put32(f, 0x60000000);
    put16(f, 0);
    put8(f, next);
    put8(f, hops);
    put(f, from, 16);
    put(f, to, 16);
    return header;
}

void end_ip6(struct frame *f, int header) {
    write16(f, header + 4, f->length - header - 40);
}

void sum6(struct frame *f, int header, int payload, int protocol, int at) {
    int size = f->length - payload;
    uint32_t start = sum16(f->bytes + header + 8, 32, size + protocol);
    write16(f, at, 0);
    uint16_t sum = ~sum16(f->bytes + payload, size, start);
    write16(f, at, sum ? sum : 0xffff);
}

void udp4(struct frame *f, const uint8_t *from, const uint8_t *to, int from_port, int to_port, const void *data, int size) {
    int header = begin_ip4(f, from, to, 17, NULL, 0, 0);
    put16(f, from_port);
    put16(f, to_port);
    put16(f, 8 + size);
    put16(f, 0);
    put(f, data, size);
    end_ip4(f, header);
}

void udp6(struct frame *f, const uint8_t *from, const uint8_t *to, int from_port, int to_port, const void *data, int size) {
    int header = begin_ip6(f, from, to, 17, 64), payload = f->length;
    put16(f, from_port);
    put16(f, to_port);
    put16(f, 8 + size);
    put16(f, 0);
    put(f, data, size);
    end_ip6(f, header);
    sum6(f, header, payload, 17, payload + 6);
}

void tcp4(struct frame *f, const uint8_t *from, const uint8_t *to, int from_port, int to_port, int flags) {
    int header = begin_ip4(f, from, to, 6, NULL, 0, 0), payload = f->length;
    put16(f, from_port);
    put16(f, to_port);
    put32(f, 0x1000);
    put32(f, 0);
    put8(f, 0x50);
    put8(f, flags);
    put16(f, 0xffff);
    put32(f, 0);
    end_ip4(f, header);
    write16(f, payload + 16, ~sum16(f->bytes + payload, 20, sum16(f->bytes + header + 12, 8, 6 + 20)));
}

void arp(struct frame *f, const uint8_t *ether_to, const uint8_t *ether_from, int operation, const uint8_t *sender_mac, const uint8_t *sender,
    const uint8_t *target_mac, const uint8_t *target) {
    begin(f, ether_to, ether_from, 0x0806);
    put16(f, 1);
    put16(f, 0x0800);
    put8(f, 6);
    put8(f, 4);
    put16(f, operation);
    put(f, sender_mac, 6);
    put(f, sender, 4);
    put(f, target_mac, 6);
    put(f, target, 4);
}

int set(const uint8_t *address, int size) {
    for (int i = 0; i < size; i++)
        if (address[i]) return 1;
    return 0;
}

void transmit(struct world *w, struct frame *f) {
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = w->index, .sll_halen = 6};
    memcpy(to.sll_addr, f->bytes, 6);
    if (w->packet_socket < 0) {
        w->refused++;
        w->error = EPERM;
    } else if (sendto(w->packet_socket, f->bytes, f->length, 0, (void *)&to, sizeof to) < 0) {
        w->refused++;
        w->error = errno;
    } else {
        w->sent++;
    }
}
