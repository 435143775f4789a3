/* `beacon PORT MILLISECONDS`: says on a serial port that the guest is alive, "beacon COUNTER UPTIME". README.md has the words.
   In step with the guest's own clock, so it does not drift, and silent only while the guest does not run. It never ends. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static const long long SECOND = 1000000000LL;

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_BOOTTIME, &time);
    return time.tv_sec * SECOND + time.tv_nsec;
}

int main(int count, char **words) {
    if (count != 3 || atoi(words[2]) < 1) return 2;
    long long period = atoi(words[2]) * 1000000LL;
    for (int number = 1; number < NSIG; number++) signal(number, SIG_IGN);
    /* It is not to wait for what else the guest does, and not for its own memory. */
    sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = 10});
    mlockall(MCL_CURRENT | MCL_FUTURE);
    int port = open(words[1], O_WRONLY | O_NOCTTY);
    struct termios line;
    if (port < 0 || tcgetattr(port, &line)) return 1;
    cfmakeraw(&line);
    line.c_cflag |= CLOCAL;
    cfsetspeed(&line, B115200);
    tcsetattr(port, TCSANOW, &line);
    long long due = now();
    for (unsigned counter = 0;; counter++) {
        long long at = now();
        dprintf(port, "beacon %u %lld.%06lld\n", counter, at / SECOND, at % SECOND / 1000);
        due += period;
        if (due < now() - SECOND) due = now(); /* the clock jumped: no burst to catch up */
        struct timespec next = {due / SECOND, due % SECOND};
        clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &next, NULL);
    }
}
