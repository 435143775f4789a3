import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** A running guest that can be moved to the other of two hosts. */
interface Guest {
    Beacon beacon();

    /** What its shell says to that. */
    String run(String command, Duration patience) throws Exception;

    /** Moves it and waits for the end. */
    Moved move() throws Exception;

    /**
     * @param from by {@link System#nanoTime}: the call
     * @param to when the call, or the operation that it began, had ended
     * @param ended false: it was given up, and the guest is where it was
     * @param copiedBytes of memory; 0 when it is not known
     * @param told what the cloud says of it, null for who says nothing
     * @param steps what each took, in milliseconds
     */
    record Moved(long from, long to, boolean ended, double copiedBytes, JsonNode told, Map<String, Double> steps) {
        double ms() {
            return (to - from) / 1e6;
        }
    }

    /** Begins to write so many pages a second, of so many MiB, and ends what wrote before. 0 MiB: only ends it. */
    default void write(int mib, int pagesPerSecond) throws Exception {
        String begin = mib == 0
                ? ""
                : "dirty %d %d >/run/dirty & until grep -q begun /run/dirty; do usleep 50000; done".formatted(mib, pagesPerSecond);
        run("killall dirty 2>/dev/null; wait; rm -f /run/dirty; " + begin, Duration.ofMinutes(2));
    }

    /** Pages that it has written in the last second. */
    default int pace() throws Exception {
        String said = run("until grep -q pages= /run/dirty; do usleep 50000; done; grep -o 'pages=[0-9]*' /run/dirty | tail -n 1", Duration.ofMinutes(2));
        Matcher words = Pattern.compile("pages=(\\d+)").matcher(said);
        return words.find() ? Integer.parseInt(words.group(1)) : 0;
    }

    /** Pages of what it writes that were not as it had left them. */
    default int wrongPages() throws Exception {
        String said = run("killall dirty; wait; tail -n 1 /run/dirty", Duration.ofMinutes(2));
        if (!said.contains("dirty: ended wrong=")) {
            throw new IllegalStateException("the guest's writer has not ended: " + said);
        }
        return Integer.parseInt(said.replaceAll("(?s).*dirty: ended wrong=(\\d+).*", "$1"));
    }
}
