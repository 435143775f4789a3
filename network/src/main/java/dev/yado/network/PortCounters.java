package dev.yado.network;

/** Of one card since it was plugged in, as its guest sees it: {@code in} is what it was given, {@code out} what it sent. */
public record PortCounters(Traffic in, Traffic out) {

    /** @param dropped at the card: its queue was full, or the packet was not allowed before any rule set could say so */
    public record Traffic(long packets, long bytes, long dropped) {}
}
