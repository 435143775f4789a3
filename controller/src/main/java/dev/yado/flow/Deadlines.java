package dev.yado.flow;

import java.time.Duration;

/** How long steps may take, waits included. */
final class Deadlines {
    /** Until a host has room. */
    static final Duration CAPACITY = Duration.ofHours(24);
    /** Until the host takes the call: hosts are serviced, and what was asked is still wanted afterwards. */
    static final Duration HOST_ANSWER = Duration.ofHours(12);
    /** Large images are fetched before the first run. */
    static final Duration FIRST_RUN = Duration.ofHours(4);

    static final Duration START = Duration.ofHours(4);
    /** The longest time that a guest may be given to stop by itself is an hour. */
    static final Duration STOP = Duration.ofHours(2);

    /** A move's own deadline is at most a day. */
    static final Duration TRANSFER = Duration.ofHours(26);

    static final Duration AT_ONCE = Duration.ofMinutes(10);
    /** Nothing is released before the host has said that nothing is left, however long it is away. */
    static final Duration REMOVAL = Duration.ofDays(30);

    private Deadlines() {}
}
