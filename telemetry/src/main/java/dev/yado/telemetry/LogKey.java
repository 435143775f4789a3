package dev.yado.telemetry;

/** The keys that log lines have besides their text. Controller and daemon use the same words, so that one search finds both. */
public enum LogKey {
    OPERATION("operation"),
    STEP("step"),
    VM("vm"),
    IMAGE("image"),
    BACKUP("backup"),
    SNAPSHOT("snapshot"),
    NETWORK("network"),
    ROUTER("router"),
    TENANT("tenant"),
    HOST("host"),
    TRACE("trace");

    private final String word;

    LogKey(String word) {
        this.word = word;
    }

    /** As it stands in a line. */
    public String word() {
        return word;
    }
}
