package dev.yado.vmmd.qemu;

/** How a process ended, as far as its watcher could learn. */
public sealed interface ProcessEnd {
    record Exited(int code) implements ProcessEnd {}

    record Signalled(int signal) implements ProcessEnd {}

    /** It was not this daemon's child: only that it is gone is known. */
    record Unknown() implements ProcessEnd {}
}
