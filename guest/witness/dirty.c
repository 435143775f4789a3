/* A guest that writes to its memory at a given rate, and sees whether what it wrote is still there: `dirty`. README.md has the words. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, WORDS = PAGE / 8, TICKS = 100 };

static volatile sig_atomic_t over;
static void end(int signal) {
    (void)signal;
    over = 1;
}

/* A page says where it is and how often it was written: in its first word and, mixed with numbers that differ in every byte, in the others. */
static void write_page(uint64_t *page, uint64_t index, uint64_t times, unsigned words) {
    uint64_t value = (index << 32 | times) * 0x9e3779b97f4a7c15u | 1;
    for (unsigned i = 1; i < words; i++) page[i] = value += 0xc2b2ae3d27d4eb4fu;
    page[0] = index << 32 | times;
}

static int page_is(const uint64_t *page, uint64_t index, uint64_t times, unsigned words) {
    uint64_t value = (index << 32 | times) * 0x9e3779b97f4a7c15u | 1;
    if (page[0] != (index << 32 | times)) return 0;
    if (words < 2) return 1;
    return page[1] == value + 0xc2b2ae3d27d4eb4fu && page[words - 1] == value + (words - 1) * 0xc2b2ae3d27d4eb4fu;
}

static unsigned long gcd(unsigned long a, unsigned long b) { return b ? gcd(b, a % b) : a; }

static long long now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static volatile unsigned long worked;
static void work(unsigned long turns) {
    for (unsigned long i = 0; i < turns; i++) worked += i;
}

/* So many turns of work are a second of this processor. */
static unsigned long turns_of_a_second(void) {
    unsigned long turns = 1000;
    long long took;
    do {
        turns *= 2;
        took = now_us();
        work(turns);
        took = now_us() - took;
    } while (took < 200000);
    return turns * 1000000 / (unsigned long)took;
}

int main(int argc, char **argv) {
    unsigned long mib = argc > 2 ? strtoul(argv[1], NULL, 10) : 0, rate = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    unsigned long bytes = argc > 3 ? strtoul(argv[3], NULL, 10) : PAGE, seconds = argc > 4 ? strtoul(argv[4], NULL, 10) : 0;
    int busy = argc > 5 && !strcmp(argv[5], "busy");
    if (!mib || bytes < 8 || bytes > PAGE) {
        fprintf(stderr, "usage: dirty MIB PAGES_PER_SECOND [BYTES_OF_A_PAGE [SECONDS [busy]]]\n");
        return 2;
    }
    unsigned long pages = mib * (1048576 / PAGE), words = bytes / 8, stride = pages * 618 / 1000 | 1;
    while (gcd(stride, pages) != 1) stride += 2;
    uint64_t *memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint32_t *times = calloc(pages, sizeof *times);
    if (memory == MAP_FAILED || !times) {
        printf("dirty: no memory\n");
        return 1;
    }
    for (unsigned long i = 0; i < pages; i++) write_page(memory + i * WORDS, i, 0, WORDS);
    for (unsigned long i = 0; words < WORDS && i < pages; i++) write_page(memory + i * WORDS, i, 0, words);
    signal(SIGINT, end);
    signal(SIGTERM, end);
    printf("dirty: begun mib=%lu rate=%lu\n", mib, rate);
    fflush(stdout);
    unsigned long at = 0, wrong = 0, done = 0, turns = busy ? turns_of_a_second() / TICKS : 0;
    long long begin = now_us(), told = begin;
    for (unsigned long tick = 1, second = 1; !over; tick++) {
        unsigned long share = rate * (tick % TICKS + 1) / TICKS - rate * (tick % TICKS) / TICKS;
        for (unsigned long i = 0; i < share; i++, at = (at + stride) % pages) {
            if (!page_is(memory + at * WORDS, at, times[at], words)) wrong++;
            write_page(memory + at * WORDS, at, ++times[at], words);
        }
        done += share;
        long long now = now_us(), due = begin + tick * (1000000 / TICKS);
        if (now - told >= 1000000) {
            printf("dirty: %lu pages=%lu wrong=%lu\n", second, done * 1000000 / (unsigned long)(now - told), wrong);
            fflush(stdout);
            if (seconds && second >= seconds) break;
            second++;
            told = now;
            done = 0;
        }
        if (busy) { /* What it writes is what it has worked for: it stays behind as its processor does. */
            work(turns);
            continue;
        }
        if (due > now) usleep((useconds_t)(due - now));
        if (now - due > 1000000) begin += now - due; /* it was held: nothing is made up for */
    }
    for (unsigned long i = 0; i < pages; i++)
        if (!page_is(memory + i * WORDS, i, times[i], words)) wrong++;
    printf("dirty: ended wrong=%lu\n", wrong);
    return wrong != 0;
}
