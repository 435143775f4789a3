package dev.yado.vmmd.qmp;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A command of the QEMU machine protocol and the type of its answer. */
public sealed interface QmpCommand<R> {
    /** The name on the wire. */
    String name();

    default Map<String, Object> arguments() {
        return Map.of();
    }

    /** QEMU carries it out at once, whatever else it is busy with or waits for. Of the commands that QEMU does so with. */
    default boolean outOfBand() {
        return false;
    }

    /** @param result the member {@code return} of the reply */
    R answer(JsonNode result);

    /** A command whose reply says nothing but that it was done. */
    sealed interface Order extends QmpCommand<Done> {
        @Override
        default Done answer(JsonNode result) {
            return Done.DONE;
        }
    }

    /** Those of {@link BlockCommand}. */
    non-sealed interface Block<R> extends QmpCommand<R> {}

    enum Done {
        DONE
    }

    /** Opens the session. @param withOutOfBand as QEMU has offered in its greeting */
    record Capabilities(boolean withOutOfBand) implements Order {
        @Override
        public String name() {
            return "qmp_capabilities";
        }

        @Override
        public Map<String, Object> arguments() {
            return withOutOfBand ? Map.of("enable", List.of("oob")) : Map.of();
        }
    }

    /** Lets the vCPUs run. */
    record Cont() implements Order {
        @Override
        public String name() {
            return "cont";
        }
    }

    /** Holds the vCPUs. */
    record Stop() implements Order {
        @Override
        public String name() {
            return "stop";
        }
    }

    /** Presses the ACPI power button; a guest that does not listen does not notice. */
    record SystemPowerdown() implements Order {
        @Override
        public String name() {
            return "system_powerdown";
        }
    }

    record SystemReset() implements Order {
        @Override
        public String name() {
            return "system_reset";
        }
    }

    /** Ends the process; the guest gets no word of it, disks are flushed. */
    record Quit() implements Order {
        @Override
        public String name() {
            return "quit";
        }
    }

    /** Makes an object of QEMU: a credential, a thread. */
    record ObjectAdd(String type, String id, Map<String, Object> properties) implements Order {
        public ObjectAdd {
            properties = Map.copyOf(properties);
        }

        @Override
        public String name() {
            return "object-add";
        }

        @Override
        public Map<String, Object> arguments() {
            Map<String, Object> all = new HashMap<>(properties);
            all.put("qom-type", type);
            all.put("id", id);
            return all;
        }
    }

    record ObjectDel(String id) implements Order {
        @Override
        public String name() {
            return "object-del";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("id", id);
        }
    }

    /**
     * Has the stream of a migration go over TLS.
     *
     * @param credentials id of the object
     * @param peer the name in the other end's certificate; null at the end that listens
     */
    record MigrateSetTls(String credentials, @Nullable String peer) implements Order {
        @Override
        public String name() {
            return "migrate-set-parameters";
        }

        @Override
        public Map<String, Object> arguments() {
            return peer == null
                    ? Map.of("tls-creds", credentials)
                    : Map.of("tls-creds", credentials, "tls-hostname", peer);
        }
    }

    /** Begins to send the guest; how it goes on is told by events. */
    record Migrate(String uri) implements Order {
        @Override
        public String name() {
            return "migrate";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("uri", uri);
        }
    }

    /** Listens for a guest, in a process that was started to wait for it. */
    record MigrateIncoming(String uri) implements Order {
        @Override
        public String name() {
            return "migrate-incoming";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("uri", uri);
        }
    }

    /** Where a process listens for a guest; the answer is empty when it does not. */
    record QueryMigrationPort() implements QmpCommand<Optional<Integer>> {
        @Override
        public String name() {
            return "query-migrate";
        }

        @Override
        public Optional<Integer> answer(JsonNode result) {
            for (JsonNode address : result.path("socket-address")) {
                if (address.path("type").asString("").equals("inet")) {
                    return Optional.of(Integer.parseInt(address.path("port").asString("")));
                }
            }
            return Optional.empty();
        }
    }

    /** Lets a migration go on that waits before the switch-over. */
    record MigrateContinue() implements Order {
        @Override
        public String name() {
            return "migrate-continue";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("state", "pre-switchover");
        }
    }

    record QueryStatus() implements QmpCommand<RunStatus> {
        @Override
        public String name() {
            return "query-status";
        }

        @Override
        public RunStatus answer(JsonNode result) {
            return RunStatus.of(result.path("status").asString(""));
        }
    }

    /** The answer has every disk that a guest's device is on. */
    record QueryBlockStats() implements QmpCommand<List<DiskActivity>> {
        /** While a disk is backed up another node is between it and its device. */
        private static final Pattern DEVICE = Pattern.compile("/machine/peripheral/vd(\\d+)(/.*)?");

        private static String disk(JsonNode device) {
            Matcher place = DEVICE.matcher(device.path("qdev").asString(""));
            return place.matches()
                    ? "disk" + place.group(1)
                    : device.path("node-name").asString("");
        }

        @Override
        public String name() {
            return "query-blockstats";
        }

        @Override
        public List<DiskActivity> answer(JsonNode result) {
            List<DiskActivity> disks = new ArrayList<>();
            for (JsonNode device : result) {
                JsonNode stats = device.path("stats");
                disks.add(new DiskActivity(
                        disk(device),
                        stats.path("rd_bytes").asLong(0),
                        stats.path("wr_bytes").asLong(0),
                        stats.path("rd_operations").asLong(0),
                        stats.path("wr_operations").asLong(0),
                        stats.path("flush_operations").asLong(0)));
            }
            return disks;
        }
    }

    /** The answer is whether somebody in the guest has the agent's channel open; empty: the guest has none. */
    record QueryAgentPort() implements QmpCommand<Optional<Boolean>> {
        @Override
        public String name() {
            return "query-chardev";
        }

        @Override
        public Optional<Boolean> answer(JsonNode result) {
            for (JsonNode port : result) {
                if (port.path("label").asString("").equals("agent")) {
                    return Optional.of(port.path("frontend-open").asBoolean(false));
                }
            }
            return Optional.empty();
        }
    }

    record QueryUuid() implements QmpCommand<UUID> {
        @Override
        public String name() {
            return "query-uuid";
        }

        @Override
        public UUID answer(JsonNode result) {
            return UUID.fromString(result.path("UUID").asString(""));
        }
    }

    /** The answer is {@code major.minor.micro}. */
    record QueryVersion() implements QmpCommand<String> {
        @Override
        public String name() {
            return "query-version";
        }

        @Override
        public String answer(JsonNode result) {
            JsonNode version = result.path("qemu");
            return version.path("major").asInt(0) + "." + version.path("minor").asInt(0) + "."
                    + version.path("micro").asInt(0);
        }
    }

    /** The answer has every machine type: alias or name to the versioned name. */
    record QueryMachines() implements QmpCommand<Map<String, String>> {
        @Override
        public String name() {
            return "query-machines";
        }

        @Override
        public Map<String, String> answer(JsonNode result) {
            Map<String, String> names = new HashMap<>();
            for (JsonNode machine : result) {
                String name = machine.path("name").asString("");
                names.put(name, name);
                if (machine.has("alias")) {
                    names.put(machine.path("alias").asString(""), name);
                }
            }
            return names;
        }
    }

    /** The answer has the CPU models that mean the same everywhere and of which a guest gets every feature here. */
    record QueryCpuDefinitions() implements QmpCommand<List<String>> {
        @Override
        public String name() {
            return "query-cpu-definitions";
        }

        @Override
        public List<String> answer(JsonNode result) {
            List<String> runnable = new ArrayList<>();
            for (JsonNode model : result) {
                JsonNode missing = model.path("unavailable-features");
                if (model.path("migration-safe").asBoolean(false) && missing.isArray() && missing.isEmpty()) {
                    runnable.add(model.path("name").asString(""));
                }
            }
            return runnable;
        }
    }

    /** The answer has every value of every enumeration of the protocol: features show as such words. */
    record SchemaWords() implements QmpCommand<Set<String>> {
        @Override
        public String name() {
            return "query-qmp-schema";
        }

        @Override
        public Set<String> answer(JsonNode result) {
            Set<String> words = new HashSet<>();
            for (JsonNode type : result) {
                type.path("values").forEach(value -> words.add(value.asString("")));
            }
            return words;
        }
    }

    /** Those that are not named stay as they are. Refused while a migration is under way. */
    record MigrateSetCapabilities(Map<MigrationCapability, Boolean> states) implements Order {
        public MigrateSetCapabilities {
            states = Map.copyOf(states);
        }

        @Override
        public String name() {
            return "migrate-set-capabilities";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of(
                    "capabilities",
                    states.entrySet().stream()
                            .map(state -> Map.of("capability", state.getKey().wire(), "state", state.getValue()))
                            .toList());
        }
    }

    /** Those that are not named stay as they are. Goes while a migration is under way. */
    record MigrateSetParameters(Map<MigrationParameter, Long> values) implements Order {
        public MigrateSetParameters {
            values = Map.copyOf(values);
        }

        @Override
        public String name() {
            return "migrate-set-parameters";
        }

        @Override
        public Map<String, Object> arguments() {
            Map<String, Object> arguments = new HashMap<>();
            values.forEach((parameter, value) -> arguments.put(parameter.wire(), value));
            return arguments;
        }
    }

    /** Lets the guest run at the destination as soon as that can be done; the rest of its memory follows. */
    record MigrateStartPostcopy() implements Order {
        @Override
        public String name() {
            return "migrate-start-postcopy";
        }
    }

    /** Breaks it off; a guest that was held for it runs again. Not in post-copy. */
    record MigrateCancel() implements Order {
        @Override
        public String name() {
            return "migrate_cancel";
        }
    }

    record QueryMigrate() implements QmpCommand<MigrationStatistics> {
        @Override
        public String name() {
            return "query-migrate";
        }

        @Override
        public MigrationStatistics answer(JsonNode result) {
            return MigrationStatistics.of(result);
        }
    }

    /** Begins to look how fast the guest writes, by sampling pages: the other ways of QEMU 7.2 end the process under TCG. */
    record CalcDirtyRate(int seconds, int samplePagesPerGiB) implements Order {
        @Override
        public String name() {
            return "calc-dirty-rate";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("calc-time", seconds, "sample-pages", samplePagesPerGiB, "mode", "page-sampling");
        }
    }

    record QueryDirtyRate() implements QmpCommand<DirtyRate> {
        @Override
        public String name() {
            return "query-dirty-rate";
        }

        @Override
        public DirtyRate answer(JsonNode result) {
            return DirtyRate.of(result);
        }
    }
}
