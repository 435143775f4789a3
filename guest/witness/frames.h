/* Frames byte by byte. A trick fills a frame and sends it; each frame of ours carries the mark of its trick, so that who hears it can say so. */
#include <stdint.h>

enum { FRAME_MAX = 2000 };

struct frame {
    uint8_t bytes[FRAME_MAX];
    int length;
};

/* What the tricks know of the world; absent addresses are all zeros, and tricks that need them are left out. */
struct world {
    char card[16];
    int index;
    uint8_t mac[6], ip[4], ip6[16], link6[16];
    uint8_t victim_mac[6], victim[4], victim6[16];   /* another VM of the same network */
    uint8_t gateway_mac[6], gateway[4];              /* a router of the network */
    uint8_t service_mac[6], service[4], service6[16]; /* what the host itself answers at in the network */
    uint8_t host[4], host6[16];                      /* the host's own address, outside */
    uint8_t foreign[4], foreign6[16], foreign_mac[6]; /* a VM of another tenant */
    int vni;                                         /* of the other tenant's network */
    int trick;                                       /* the number of the one that runs */
    int packet_socket;                               /* -1 without the right to it */
    int sent, refused, answered, error;
};

extern const uint8_t BROADCAST[6];

void begin(struct frame *f, const uint8_t *to, const uint8_t *from, int type);
void put(struct frame *f, const void *data, int size);
void put8(struct frame *f, int value);
void put16(struct frame *f, int value);
void put32(struct frame *f, uint32_t value);
void mark(struct frame *f, int trick);
/* Offset of the header, so that lengths and sums can be filled in when the payload is there. */
int begin_ip4(struct frame *f, const uint8_t *from, const uint8_t *to, int protocol, const uint8_t *options, int option_size, int fragment);
void end_ip4(struct frame *f, int header);
int begin_ip6(struct frame *f, const uint8_t *from, const uint8_t *to, int next, int hops);
void end_ip6(struct frame *f, int header);
void udp4(struct frame *f, const uint8_t *from, const uint8_t *to, int from_port, int to_port, const void *data, int size);
void udp6(struct frame *f, const uint8_t *from, const uint8_t *to, int from_port, int to_port, const void *data, int size);
void tcp4(struct frame *f, const uint8_t *from, const uint8_t *to, int from_port, int to_port, int flags);
/* The sum of an upper protocol over its pseudo header, written at `at`. */
void sum6(struct frame *f, int header, int payload, int protocol, int at);
void arp(struct frame *f, const uint8_t *ether_to, const uint8_t *ether_from, int operation, const uint8_t *sender_mac, const uint8_t *sender,
    const uint8_t *target_mac, const uint8_t *target);
uint16_t sum16(const void *data, int size, uint32_t start);
int set(const uint8_t *address, int size);
void transmit(struct world *w, struct frame *f);
