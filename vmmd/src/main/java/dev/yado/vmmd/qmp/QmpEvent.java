package dev.yado.vmmd.qmp;

import java.time.Instant;
import tools.jackson.databind.JsonNode;

/** What QEMU says unasked. */
public sealed interface QmpEvent {
    /**
     * @param guest the guest asked for it
     * @param reason {@code guest-shutdown}, {@code guest-reset}, {@code host-signal}, {@code host-qmp-quit}, …
     */
    record Shutdown(boolean guest, String reason) implements QmpEvent {}

    /** The vCPUs are held, for whatever reason. @param at by the host's clock */
    record Stopped(Instant at) implements QmpEvent {}

    record Resumed(Instant at) implements QmpEvent {}

    record Reset(boolean guest) implements QmpEvent {}

    record GuestPanicked() implements QmpEvent {}

    /**
     * @param node the node of the block graph
     * @param operation {@code read} or {@code write}
     * @param held the machine is held until it is resumed
     */
    record BlockError(String node, String operation, boolean held, boolean noSpace, String reason, Instant at)
            implements QmpEvent {}

    /** A migration, out or in, has come so far. */
    record Migration(MigrationStatistics.Status status) implements QmpEvent {}

    /** Somebody in the guest has opened the channel of the agent, or has closed it. */
    record AgentPort(boolean open) implements QmpEvent {}

    /** One that nobody here acts on. */
    record Other(String name) implements QmpEvent {}

    static QmpEvent of(JsonNode message) {
        String name = message.path("event").asString("");
        JsonNode data = message.path("data");
        return switch (name) {
            case "SHUTDOWN" ->
                new Shutdown(
                        data.path("guest").asBoolean(false), data.path("reason").asString(""));
            case "STOP" -> new Stopped(at(message));
            case "RESUME" -> new Resumed(at(message));
            case "RESET" -> new Reset(data.path("guest").asBoolean(false));
            case "GUEST_PANICKED" -> new GuestPanicked();
            case "BLOCK_IO_ERROR" ->
                new BlockError(
                        data.path("node-name").asString(""),
                        data.path("operation").asString(""),
                        data.path("action").asString("").equals("stop"),
                        data.path("nospace").asBoolean(false),
                        data.path("reason").asString(""),
                        at(message));
            case "MIGRATION" ->
                new Migration(MigrationStatistics.Status.of(data.path("status").asString("")));
            case "VSERPORT_CHANGE" ->
                data.path("id").asString("").equals("agent")
                        ? new AgentPort(data.path("open").asBoolean(false))
                        : new Other(name);
            default -> new Other(name);
        };
    }

    private static Instant at(JsonNode message) {
        JsonNode time = message.path("timestamp");
        long seconds = time.path("seconds").asLong(-1);
        return seconds < 0
                ? Instant.now()
                : Instant.ofEpochSecond(seconds, time.path("microseconds").asLong(0) * 1000);
    }
}
