/* The tricks by number. Each sends what it is named after; none judges itself: others say what they heard. */
#include "frames.h"

enum {
    NEEDS_VICTIM = 1, NEEDS_VICTIM6 = 2, NEEDS_GATEWAY = 4, NEEDS_SERVICE = 8, NEEDS_HOST = 16, NEEDS_FOREIGN = 32, NEEDS_IP6 = 64,
    NEEDS_FOREIGN6 = 128, NEEDS_HOST6 = 256, NEEDS_SERVICE6 = 512
};

struct trick {
    const char *name;
    void (*run)(struct world *);
    int needs;
};

extern const struct trick link_tricks[], ip4_tricks[], ip6_tricks[], socket_tricks[];
