package dev.yado.vmmd.agent;

import dev.yado.protocol.ProtocolJson;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * An open conversation with the agent of a guest. Whatever a guest may say, a command has its answer within its time or fails; what an
 * agent says late is never taken for the answer to something else. An agent carries out what it is asked in order, late or not. For one
 * thread at a time.
 */
final class GuestAgent implements AutoCloseable {
    /** Comes in no JSON. Ours makes the agent forget half a question, its own comes before the answer that was asked for. */
    private static final byte DELIMITER = (byte) 0xff;
    /** So much is passed over at most before an answer. */
    private static final long MOST_PASSED_OVER = 1 << 20;

    private final AgentLines lines;
    /** Every question that was put has been answered. */
    private boolean inStep;

    private GuestAgent(AgentLines lines) {
        this.lines = lines;
    }

    /** Nothing is asked yet: whether anybody answers is not known. */
    static GuestAgent connect(Path socket, Duration within) throws AgentException, InterruptedException {
        return new GuestAgent(AgentLines.connect(socket, within));
    }

    /** It cannot be asked any more. */
    boolean isOver() {
        return lines.isClosed();
    }

    /**
     * @throws AgentException.Refused when the agent says so
     * @throws AgentException when there is no answer in time, or none that can be understood: it may still do what it was asked
     */
    <R> R run(AgentCommand<R> command, Duration within) throws AgentException, InterruptedException {
        Time time = new Time(within);
        AgentCommand.Sync sync = inStep
                ? null
                : new AgentCommand.Sync(ThreadLocalRandom.current().nextLong(1L << 31));
        inStep = false;
        lines.write(question(sync, command), time.left());
        Passing passing = new Passing();
        if (sync != null) {
            awaitStep(sync, time, passing);
        }
        R answer = answer(command, read(command.name(), time, passing));
        inStep = true;
        return answer;
    }

    /** In one piece: whoever gets the first part gets the rest, whatever becomes of the host. */
    private static byte[] question(AgentCommand.@Nullable Sync sync, AgentCommand<?> command) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        if (sync != null) {
            bytes.write(DELIMITER);
            bytes.writeBytes(encoded(sync));
        }
        bytes.writeBytes(encoded(command));
        return bytes.toByteArray();
    }

    private static byte[] encoded(AgentCommand<?> command) {
        Map<String, Object> message = command.arguments().isEmpty()
                ? Map.of("execute", command.name())
                : Map.of("execute", command.name(), "arguments", command.arguments());
        return (ProtocolJson.mapper().writeValueAsString(message) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** Passes over what answers earlier questions, and whatever else there is. */
    private void awaitStep(AgentCommand.Sync sync, Time time, Passing passing)
            throws AgentException, InterruptedException {
        while (true) {
            byte[] line = read(sync.name(), time, passing);
            int delimiter = line.length - 1;
            while (delimiter >= 0 && line[delimiter] != DELIMITER) {
                delimiter--;
            }
            if (delimiter >= 0
                    && parsed(line, delimiter + 1)
                            .flatMap(message -> sync.answer(message.path("return")))
                            .filter(id -> id == sync.id())
                            .isPresent()) {
                return;
            }
        }
    }

    private byte[] read(String command, Time time, Passing passing) throws AgentException, InterruptedException {
        byte[] line;
        try {
            line = lines.read(time.left());
        } catch (AgentException e) {
            throw lines.isClosed() || !time.isOver() ? e : time.over(command);
        }
        if (passing.most(line)) {
            lines.close();
            throw new AgentException("The guest's agent talks without end and does not answer " + command + ".");
        }
        return line;
    }

    private static <R> R answer(AgentCommand<R> command, byte[] line) throws AgentException {
        Optional<JsonNode> message = parsed(line, 0);
        if (message.isPresent() && message.get().path("error").isObject()) {
            throw new AgentException.Refused(
                    command.name(), message.get().path("error").path("desc").asString("it says no more."));
        }
        return message.filter(said -> said.has("return"))
                .flatMap(said -> command.answer(said.path("return")))
                .orElseThrow(() -> new AgentException(
                        "The guest's agent answered " + command.name() + " with something that is no answer to it."));
    }

    private static Optional<JsonNode> parsed(byte[] line, int from) {
        try {
            return Optional.of(ProtocolJson.mapper().readTree(line, from, line.length - from));
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        lines.close();
    }

    /** How much of what a guest says was passed over. */
    private static final class Passing {
        private long bytes;

        boolean most(byte[] line) {
            bytes += line.length + 1L;
            return bytes > MOST_PASSED_OVER;
        }
    }

    /** The time that an answer has. */
    private record Time(long until) {
        Time(Duration within) {
            this(System.nanoTime() + within.toNanos());
        }

        Duration left() {
            return Duration.ofNanos(Math.max(0, until - System.nanoTime()));
        }

        boolean isOver() {
            return System.nanoTime() >= until;
        }

        AgentException over(String command) {
            return new AgentException("The guest's agent did not answer " + command + " in time.");
        }
    }
}
