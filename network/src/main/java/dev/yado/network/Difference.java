package dev.yado.network;

/**
 * One thing on the host that is not as it is wanted.
 *
 * @param detail names it and says how it differs, for people, such as {@code "the forwarding entry of 52:54:00:00:00:01 to 192.0.2.7"}
 */
public record Difference(Kind kind, String detail) {
    public enum Kind {
        /** Wanted, and not there. */
        MISSING,
        /** There, and other than wanted. */
        CHANGED,
        /** There, and not wanted. */
        FOREIGN,
        /** There, as wanted, but not for good any more: what runs here does so by itself. Nobody has meddled with it. */
        WORN
    }

    public static Difference missing(String detail) {
        return new Difference(Kind.MISSING, detail);
    }

    public static Difference changed(String detail) {
        return new Difference(Kind.CHANGED, detail);
    }

    public static Difference worn(String detail) {
        return new Difference(Kind.WORN, detail);
    }

    public static Difference foreign(String detail) {
        return new Difference(Kind.FOREIGN, detail);
    }
}
