package dev.yado.vmmd.agent;

import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** A command of the QEMU guest agent and the type of its answer. */
sealed interface AgentCommand<R> {
    /** The name on the wire. */
    String name();

    default Map<String, Object> arguments() {
        return Map.of();
    }

    /** @param result the member {@code return} of the reply; empty when the guest has made something else of it */
    Optional<R> answer(JsonNode result);

    /** @param id comes back, so that it is known from where on is answered what was asked */
    record Sync(long id) implements AgentCommand<Long> {
        @Override
        public String name() {
            return "guest-sync-delimited";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("id", id);
        }

        @Override
        public Optional<Long> answer(JsonNode result) {
            return result.isIntegralNumber() && result.canConvertToLong()
                    ? Optional.of(result.longValue())
                    : Optional.empty();
        }
    }

    record Ping() implements AgentCommand<Boolean> {
        @Override
        public String name() {
            return "guest-ping";
        }

        @Override
        public Optional<Boolean> answer(JsonNode result) {
            return result.isObject() ? Optional.of(true) : Optional.empty();
        }
    }

    /** Whether file systems are still because it was asked to make them so. */
    record FreezeStatus() implements AgentCommand<Boolean> {
        @Override
        public String name() {
            return "guest-fsfreeze-status";
        }

        @Override
        public Optional<Boolean> answer(JsonNode result) {
            return switch (result.isString() ? result.stringValue() : "") {
                case "frozen" -> Optional.of(true);
                case "thawed" -> Optional.of(false);
                default -> Optional.empty();
            };
        }
    }

    /** The answer is how many file systems are still. When it refuses, none is. */
    record Freeze() implements AgentCommand<Integer> {
        @Override
        public String name() {
            return "guest-fsfreeze-freeze";
        }

        @Override
        public Optional<Integer> answer(JsonNode result) {
            return count(result);
        }
    }

    /** The answer is how many file systems were still until now. */
    record Thaw() implements AgentCommand<Integer> {
        @Override
        public String name() {
            return "guest-fsfreeze-thaw";
        }

        @Override
        public Optional<Integer> answer(JsonNode result) {
            return count(result);
        }
    }

    private static Optional<Integer> count(JsonNode result) {
        return result.isIntegralNumber() && result.canConvertToInt() && result.intValue() >= 0
                ? Optional.of(result.intValue())
                : Optional.empty();
    }
}
