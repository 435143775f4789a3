package dev.yado.vmmd.qmp;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Commands about disks of which snapshots are taken and deleted. */
public final class SnapshotCommand {
    private SnapshotCommand() {}

    private interface Order extends QmpCommand.Block<QmpCommand.Done> {
        @Override
        default QmpCommand.Done answer(JsonNode result) {
            return QmpCommand.Done.DONE;
        }
    }

    /** @param node in QEMU's words */
    public record NodeAdd(Map<String, Object> node) implements Order {
        @Override
        public String name() {
            return "blockdev-add";
        }

        @Override
        public Map<String, Object> arguments() {
            return node;
        }
    }

    /** What is written from now on to {@code node} goes to {@code over}, which stands on it. */
    public record Change(String node, String over) {}

    /** All disks at one instant, or none. */
    public record ChangeOver(List<Change> changes) implements Order {
        public ChangeOver {
            changes = List.copyOf(changes);
        }

        @Override
        public String name() {
            return "transaction";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of(
                    "actions",
                    changes.stream()
                            .map(change -> Map.of(
                                    "type",
                                    "blockdev-snapshot",
                                    "data",
                                    Map.of("node", change.node(), "overlay", change.over())))
                            .toList());
        }
    }

    /**
     * Brings into a node what it has of the nodes between it and another one below it, which it stands on at its end.
     *
     * @param base null: it stands on nothing at its end
     * @param name what the file of the node then says that it stands on; null: nothing
     */
    public record Stream(
            String job,
            String node,
            @Nullable String base,
            @Nullable String name) implements Order {
        @Override
        public String name() {
            return "block-stream";
        }

        @Override
        public Map<String, Object> arguments() {
            Map<String, Object> arguments =
                    new HashMap<>(Map.of("job-id", job, "device", node, "auto-dismiss", false, "on-error", "report"));
            if (base != null && name != null) {
                arguments.put("base-node", base);
                arguments.put("backing-file", name);
            }
            return arguments;
        }
    }

    /** The answer has the node that each drive of the guest is on, by the drive's place. */
    public record QueryDrives() implements QmpCommand.Block<Map<Integer, String>> {
        private static final Pattern DEVICE = Pattern.compile("/machine/peripheral/vd(\\d+)(/.*)?");

        @Override
        public String name() {
            return "query-block";
        }

        @Override
        public Map<Integer, String> answer(JsonNode result) {
            Map<Integer, String> drives = new TreeMap<>();
            for (JsonNode device : result) {
                Matcher place = DEVICE.matcher(device.path("qdev").asString(""));
                if (place.matches() && device.has("inserted")) {
                    drives.put(
                            Integer.valueOf(place.group(1)),
                            device.path("inserted").path("node-name").asString(""));
                }
            }
            return drives;
        }
    }
}
