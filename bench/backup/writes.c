/* How long a guest's writes take, one after the other, each of 4 KiB to the disk itself, at random places of a file: writes FILE SECONDS */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BYTES = 4096, MOST = 1 << 20, FILE_BYTES = 64 << 20 };

static unsigned took[MOST];

static long long now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static int by_size(const void *a, const void *b) {
    unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    void *page;
    int file = argc == 3 ? open(argv[1], O_RDWR | O_DIRECT | O_DSYNC) : -1;
    if (file < 0 || posix_memalign(&page, BYTES, BYTES)) {
        fprintf(stderr, "usage: writes FILE SECONDS; FILE has 64 MiB\n");
        return 2;
    }
    memset(page, 1, BYTES);
    srandom(1);
    long long end = now_us() + atoi(argv[2]) * 1000000LL;
    unsigned count = 0;
    for (long long before = now_us(); before < end && count < MOST; count++) {
        if (pwrite(file, page, BYTES, random() % (FILE_BYTES / BYTES) * (off_t)BYTES) != BYTES) {
            perror("writes");
            return 1;
        }
        long long after = now_us();
        took[count] = (unsigned)(after - before);
        before = after;
    }
    qsort(took, count, sizeof *took, by_size);
    printf("writes: count=%u p50-us=%u p99-us=%u most-us=%u\n", count, took[count / 2], took[count * 99 / 100], took[count - 1]);
    return 0;
}
