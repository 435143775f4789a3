package dev.yado.api;

/**
 * The version of what a caller reads: it differs as soon as anything in the view differs.
 *
 * @param text as in the headers, with quotes
 */
public record Etag(String text) {
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    /** @param view a record: its words tell all of its parts */
    public static Etag of(Record view) {
        return new Etag("\"" + hash(view) + "\"");
    }

    /** For what has a generation, which people recognize. */
    public static Etag of(long generation, Record view) {
        return new Etag("\"" + generation + "-" + hash(view) + "\"");
    }

    private static String hash(Record view) {
        String words = view.toString();
        long hash = FNV_OFFSET;
        for (int i = 0; i < words.length(); i++) {
            hash = (hash ^ words.charAt(i)) * FNV_PRIME;
        }
        return Long.toHexString(hash);
    }

    @Override
    public String toString() {
        return text;
    }
}
