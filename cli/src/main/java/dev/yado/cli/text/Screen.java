package dev.yado.cli.text;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Where answers and progress go. Answers to standard output, everything else to standard error. */
public final class Screen {
    private static final String CLEAR_LINE = "\r\u001b[K";

    private final PrintStream answers;
    private final PrintStream messages;
    private final boolean live;
    private final boolean colour;
    private boolean passing;

    public Screen(PrintStream answers, PrintStream messages, boolean live, boolean colour) {
        this.answers = answers;
        this.messages = messages;
        this.live = live;
        this.colour = colour;
    }

    /** Of this process. Colour needs a terminal and no NO_COLOR. */
    public static Screen ofProcess() {
        boolean live = isTerminal(2);
        String noColour = System.getenv("NO_COLOR");
        boolean colour =
                isTerminal(1) && (noColour == null || noColour.isEmpty()) && !"dumb".equals(System.getenv("TERM"));
        return new Screen(System.out, System.err, live, colour);
    }

    @SuppressWarnings("SystemConsoleNull") // the launcher's Java may have another console
    public static boolean isTerminal(int descriptor) {
        Path link = Path.of("/proc/self/fd", Integer.toString(descriptor));
        try {
            String target = Files.readSymbolicLink(link).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException noProc) {
            return System.console() != null;
        }
    }

    /** True when somebody watches the messages. */
    public boolean live() {
        return live;
    }

    /** For an answer that is no text. */
    public OutputStream bytes() {
        return answers;
    }

    public synchronized void answer(String line) {
        clear();
        answers.println(line);
    }

    public void answer(Table table) {
        List<String> lines = table.lines();
        for (int i = 0; i < lines.size(); i++) {
            answer(i == 0 && colour ? "\u001b[1m" + lines.get(i) + "\u001b[0m" : lines.get(i));
        }
    }

    /** As they are, and a line end when they have none. */
    public synchronized void answer(byte[] bytes) {
        clear();
        answers.write(bytes, 0, bytes.length);
        if (bytes.length > 0 && bytes[bytes.length - 1] != '\n') {
            answers.println();
        }
        answers.flush();
    }

    /** A message that stays. */
    public synchronized void message(String line) {
        clear();
        messages.println(line);
    }

    /** A message that the next one replaces; shown only when somebody watches. */
    public synchronized void passing(String line) {
        if (live) {
            int width = Width.COLUMNS - 1;
            messages.print(CLEAR_LINE + (line.length() > width ? line.substring(0, width) : line));
            messages.flush();
            passing = true;
        }
    }

    public synchronized void clear() {
        if (passing) {
            messages.print(CLEAR_LINE);
            messages.flush();
            passing = false;
        }
    }

    /** Asked for only when needed: it takes a process. */
    private static final class Width {
        static final int COLUMNS = columns();

        private static int columns() {
            try {
                Process stty = new ProcessBuilder("stty", "size")
                        .redirectInput(Path.of("/dev/tty").toFile())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
                String answer =
                        new String(stty.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII);
                stty.waitFor(1, TimeUnit.SECONDS);
                String[] size = answer.strip().split(" ");
                int columns = size.length == 2 ? Integer.parseInt(size[1]) : 0;
                return columns < 20 ? 80 : columns;
            } catch (IOException | NumberFormatException unknown) {
                return 80;
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                return 80;
            }
        }
    }
}
