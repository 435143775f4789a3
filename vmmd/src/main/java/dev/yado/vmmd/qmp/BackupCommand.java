package dev.yado.vmmd.qmp;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Commands about disks that are backed up or restored, most of which QEMU's storage daemon knows as well. */
public final class BackupCommand {
    /** Of bitmaps, and of what is kept of a snapshot. */
    private static final int GRANULARITY = 64 << 10;

    private BackupCommand() {}

    private interface Order extends QmpCommand.Block<QmpCommand.Done> {
        @Override
        default QmpCommand.Done answer(JsonNode result) {
            return QmpCommand.Done.DONE;
        }
    }

    /** Makes a file a node that lasts no longer than the process: nothing of it is synced. @param file as the process sees it */
    public record ScratchAdd(String node, String file) implements Order {
        @Override
        public String name() {
            return "blockdev-add";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of(
                    "driver",
                    "file",
                    "node-name",
                    node,
                    "filename",
                    file,
                    "discard",
                    "unmap",
                    "cache",
                    Map.of("no-flush", true));
        }
    }

    /**
     * A node over another: before something is written to that one through it, what was there goes to the scratch. When that fails or
     * takes too long the snapshot is lost; the write is done all the same.
     */
    public record CopyBeforeWriteAdd(String node, String over, String scratch, int timeoutSeconds) implements Order {
        @Override
        public String name() {
            return "blockdev-add";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of(
                    "driver",
                    "copy-before-write",
                    "node-name",
                    node,
                    "file",
                    over,
                    "target",
                    scratch,
                    "on-cbw-error",
                    "break-snapshot",
                    "cbw-timeout",
                    timeoutSeconds);
        }
    }

    /** What was there when a {@link CopyBeforeWriteAdd} was put over a disk. */
    public record SnapshotAccessAdd(String node, String filter) implements Order {
        @Override
        public String name() {
            return "blockdev-add";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("driver", "snapshot-access", "node-name", node, "file", filter);
        }
    }

    /** Connects to an export on a unix socket. @param socket as the process sees it */
    public record NbdSocketAdd(String node, String socket, String export) implements Order {
        @Override
        public String name() {
            return "blockdev-add";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of(
                    "driver",
                    "nbd",
                    "node-name",
                    node,
                    "server",
                    Map.of("type", "unix", "path", socket),
                    "export",
                    export);
        }
    }

    /** Has a device of the guest use another node; the guest does not notice. */
    public record DriveSet(String device, String node) implements Order {
        @Override
        public String name() {
            return "qom-set";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("path", "/machine/peripheral/" + device, "property", "drive", "value", node);
        }
    }

    /** What can be done to bitmaps, alone or as part of a {@link Transaction}. */
    public sealed interface OfBitmap extends QmpCommand.Block<QmpCommand.Done> {
        @Override
        default QmpCommand.Done answer(JsonNode result) {
            return QmpCommand.Done.DONE;
        }
    }

    /** @param persistent it is kept with the disk when the process ends well */
    public record BitmapAdd(String node, String bitmap, boolean persistent) implements OfBitmap {
        @Override
        public String name() {
            return "block-dirty-bitmap-add";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("node", node, "name", bitmap, "granularity", GRANULARITY, "persistent", persistent);
        }
    }

    public record BitmapRemove(String node, String bitmap) implements OfBitmap {
        @Override
        public String name() {
            return "block-dirty-bitmap-remove";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("node", node, "name", bitmap);
        }
    }

    /** It notes nothing more. */
    public record BitmapDisable(String node, String bitmap) implements OfBitmap {
        @Override
        public String name() {
            return "block-dirty-bitmap-disable";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("node", node, "name", bitmap);
        }
    }

    public record BitmapEnable(String node, String bitmap) implements OfBitmap {
        @Override
        public String name() {
            return "block-dirty-bitmap-enable";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("node", node, "name", bitmap);
        }
    }

    /** What one has noted, of whatever node, the other one has noted as well. */
    public record BitmapMerge(String node, String target, String sourceNode, String source) implements OfBitmap {
        @Override
        public String name() {
            return "block-dirty-bitmap-merge";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of(
                    "node", node, "target", target, "bitmaps", List.of(Map.of("node", sourceNode, "name", source)));
        }
    }

    /** All of it or nothing. */
    public record Transaction(List<OfBitmap> actions) implements Order {
        public Transaction {
            actions = List.copyOf(actions);
        }

        @Override
        public String name() {
            return "transaction";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of(
                    "actions",
                    actions.stream()
                            .map(action -> Map.of("type", action.name(), "data", action.arguments()))
                            .toList());
        }
    }

    /**
     * Copies a node to another, from its begin to its end, one piece after the other.
     *
     * @param bitmap of the source node: only what it has noted; empty: all
     * @param pieceBytes the largest piece, at least 64 KiB; 0: as QEMU likes
     * @param bytesPerSecond at most; 0: as fast as can be
     */
    public record Backup(String job, String source, String target, String bitmap, long pieceBytes, long bytesPerSecond)
            implements Order {
        @Override
        public String name() {
            return "blockdev-backup";
        }

        @Override
        public Map<String, Object> arguments() {
            Map<String, Object> arguments = new HashMap<>();
            arguments.put("job-id", job);
            arguments.put("device", source);
            arguments.put("target", target);
            if (bitmap.isEmpty()) {
                arguments.put("sync", "full");
            } else {
                arguments.put("sync", "bitmap");
                arguments.put("bitmap", bitmap);
                arguments.put("bitmap-mode", "never");
            }
            arguments.put("auto-dismiss", false);
            arguments.put("speed", bytesPerSecond);
            arguments.put(
                    "x-perf",
                    pieceBytes == 0 ? Map.of("max-workers", 1) : Map.of("max-workers", 1, "max-chunk", pieceBytes));
            return arguments;
        }
    }

    /** Brings all that a node has below it into itself; at its end nothing is below it. */
    public record Stream(String job, String node, long bytesPerSecond) implements Order {
        @Override
        public String name() {
            return "block-stream";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of(
                    "job-id",
                    job,
                    "device",
                    node,
                    "auto-dismiss",
                    false,
                    "speed",
                    bytesPerSecond,
                    "on-error",
                    "report");
        }
    }

    /** The answer is what a guest sees of the node, in bytes. */
    public record QuerySize(String node) implements QmpCommand.Block<Long> {
        @Override
        public String name() {
            return "query-named-block-nodes";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("flat", true);
        }

        @Override
        public Long answer(JsonNode result) {
            for (JsonNode each : result) {
                if (each.path("node-name").asString("").equals(node)) {
                    return each.path("image").path("virtual-size").asLong(0);
                }
            }
            throw new IllegalStateException("there is no node " + node);
        }
    }

    /** The answer has every node of the block graph: its name, and the bitmaps that have one. */
    public record QueryNodes() implements QmpCommand.Block<Map<String, List<Bitmap>>> {
        @Override
        public String name() {
            return "query-named-block-nodes";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("flat", true);
        }

        @Override
        public Map<String, List<Bitmap>> answer(JsonNode result) {
            Map<String, List<Bitmap>> nodes = new LinkedHashMap<>();
            for (JsonNode node : result) {
                List<Bitmap> bitmaps = new ArrayList<>();
                for (JsonNode bitmap : node.path("dirty-bitmaps")) {
                    if (bitmap.has("name")) {
                        bitmaps.add(new Bitmap(
                                bitmap.path("name").asString(""),
                                bitmap.path("recording").asBoolean(false),
                                bitmap.path("busy").asBoolean(false),
                                bitmap.path("inconsistent").asBoolean(false),
                                bitmap.path("count").asLong(0)));
                    }
                }
                nodes.put(node.path("node-name").asString(""), bitmaps);
            }
            return nodes;
        }
    }

    /**
     * @param recording what is written is noted
     * @param inconsistent the process that kept it did not end well: nothing is known of what it missed
     * @param dirtyBytes that it has noted
     */
    public record Bitmap(String name, boolean recording, boolean busy, boolean inconsistent, long dirtyBytes) {}
}
