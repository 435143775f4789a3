package dev.yado.simulator;

import java.time.Duration;

/** What becomes of one message, a call to a host or a report of one. */
public sealed interface Fate {
    Fate ARRIVES = new Arrives();

    record Arrives() implements Fate {}

    /** It arrives and is answered after the time. */
    record Slow(Duration by) implements Fate {}

    record Lost() implements Fate {}

    /** It arrives, its answer does not. */
    record ReplyLost() implements Fate {}

    /** It arrives now and again after the time. */
    record Doubled(Duration later) implements Fate {}

    /** The sender gives it up; it arrives after the time, perhaps behind newer ones. */
    record Late(Duration by) implements Fate {}
}
