package dev.yado.vmmd.qmp;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Commands about disks that are copied to another host, which QEMU's storage daemon knows as well. */
public final class BlockCommand {
    private BlockCommand() {}

    private interface Order extends QmpCommand.Block<QmpCommand.Done> {
        @Override
        default QmpCommand.Done answer(JsonNode result) {
            return QmpCommand.Done.DONE;
        }
    }

    /** Listens for clients of {@link ExportAdd}. @param credentials id of a TLS object */
    public record NbdServerStart(String address, int port, String credentials) implements Order {
        @Override
        public String name() {
            return "nbd-server-start";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("addr", Map.of("type", "inet", "data", inet(address, port)), "tls-creds", credentials);
        }
    }

    /** Ends all exports: their nodes are free when it is answered. */
    public record NbdServerStop() implements Order {
        @Override
        public String name() {
            return "nbd-server-stop";
        }
    }

    /** Lets clients read and write a node. @param export its name for them */
    public record ExportAdd(String node, String export) implements Order {
        @Override
        public String name() {
            return "block-export-add";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("type", "nbd", "id", "export-" + node, "node-name", node, "name", export, "writable", true);
        }
    }

    /** Connects to an export of another process and makes it a node; answered when the connection is open, or cannot be had in time. */
    public record NbdClientAdd(String node, String address, int port, String export, String credentials, String peer)
            implements Order {
        /** QEMU does nothing else while it connects. */
        private static final int OPEN_SECONDS = 5;

        @Override
        public String name() {
            return "blockdev-add";
        }

        @Override
        public Map<String, Object> arguments() {
            Map<String, Object> server = new LinkedHashMap<>(inet(address, port));
            server.put("type", "inet");
            return Map.of(
                    "open-timeout",
                    OPEN_SECONDS,
                    "driver",
                    "nbd",
                    "node-name",
                    node,
                    "server",
                    server,
                    "export",
                    export,
                    "tls-creds",
                    credentials,
                    "tls-hostname",
                    peer);
        }
    }

    public record NodeDel(String node) implements Order {
        @Override
        public String name() {
            return "blockdev-del";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("node-name", node);
        }
    }

    /**
     * Copies what the topmost layer of a node has, and from now on whatever is written to the node: a write is done when it is on
     * both sides, so that nothing is left over when the guest is held.
     *
     * @param bytesPerSecond at most; 0: as fast as can be
     */
    public record Mirror(String job, String node, String target, long bytesPerSecond) implements Order {
        @Override
        public String name() {
            return "blockdev-mirror";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of(
                    "job-id",
                    job,
                    "device",
                    node,
                    "target",
                    target,
                    "sync",
                    "top",
                    "copy-mode",
                    "write-blocking",
                    "auto-dismiss",
                    false,
                    "speed",
                    bytesPerSecond);
        }
    }

    /** @param force false for one that is ready: it ends well, and its node goes on being the one that is written to */
    public record JobCancel(String job, boolean force) implements Order {
        @Override
        public String name() {
            return "block-job-cancel";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("device", job, "force", force);
        }
    }

    /** @param bytesPerSecond 0: as fast as can be */
    public record JobSpeed(String job, long bytesPerSecond) implements Order {
        @Override
        public String name() {
            return "block-job-set-speed";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("device", job, "speed", bytesPerSecond);
        }
    }

    public record JobDismiss(String job) implements Order {
        @Override
        public String name() {
            return "job-dismiss";
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("id", job);
        }
    }

    /** Cuts a node's connection, so that what waits for an answer over it fails at once. */
    public record Yank(String node) implements Order {
        @Override
        public String name() {
            return "yank";
        }

        @Override
        public boolean outOfBand() {
            return true;
        }

        @Override
        public Map<String, Object> arguments() {
            return Map.of("instances", List.of(Map.of("type", "block-node", "node-name", node)));
        }
    }

    public record QueryJobs() implements QmpCommand.Block<List<Job>> {
        @Override
        public String name() {
            return "query-jobs";
        }

        @Override
        public List<Job> answer(JsonNode result) {
            List<Job> jobs = new ArrayList<>();
            for (JsonNode job : result) {
                jobs.add(new Job(
                        job.path("id").asString(""),
                        job.path("status").asString(""),
                        job.path("current-progress").asLong(0),
                        job.path("total-progress").asLong(0),
                        job.has("error") ? job.path("error").asString("") : null));
            }
            return jobs;
        }
    }

    /**
     * @param status QEMU's word
     * @param error of one that is {@link #over}; null: it ended well
     */
    public record Job(
            String id,
            String status,
            long doneBytes,
            long totalBytes,
            @Nullable String error) {
        /** Both sides are the same and stay so. */
        public boolean ready() {
            return status.equals("ready") || status.equals("standby");
        }

        /** It copies no more and waits to be dismissed. */
        public boolean over() {
            return status.equals("concluded");
        }
    }

    private static Map<String, Object> inet(String address, int port) {
        return Map.of("host", address, "port", Integer.toString(port));
    }
}
