package dev.yado.kernel;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.yado.protocol.Mebibytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.stream.Stream;

/** A real cgroup on this machine under a host tag of its own; without such rights the test is skipped. */
record TestingCgroup(Cgroups cgroups, String hostTag, Cgroup cgroup) implements AutoCloseable {
    static final String VM = "vm";

    static TestingCgroup ofThisMachine() {
        String hostTag = "test-" + UUID.randomUUID();
        Cgroups cgroups = Cgroups.ofHost(hostTag);
        return switch (cgroups.create(VM)) {
            case Cgroup cgroup -> new TestingCgroup(cgroups, hostTag, cgroup);
            case CgroupUnavailable unavailable -> abort(unavailable.reason());
        };
    }

    /** A process that takes memory until it is stopped; it begins only when it is inside the limited cgroup. */
    RunningChild gluttonWith(Mebibytes limit) throws IOException {
        RunningChild glutton = RunningChild.of("sh", "-c", "read go && exec tail /dev/zero");
        cgroup.add(glutton.pid());
        cgroup.limitMemory(limit);
        try (var begin = glutton.process().outputWriter()) {
            begin.write("go\n");
        }
        return glutton;
    }

    @Override
    public void close() throws IOException {
        await().until(cgroup::remove);
        for (String controller : new String[] {"", "unified", "memory", "cpu"}) {
            Path tree = Path.of("/sys/fs/cgroup", controller, "yado");
            Files.deleteIfExists(tree.resolve(hostTag));
            removeIfUnused(tree);
        }
    }

    private static void removeIfUnused(Path tree) throws IOException {
        if (Files.isDirectory(tree)) {
            try (Stream<Path> entries = Files.list(tree)) {
                if (entries.noneMatch(Files::isDirectory)) {
                    Files.deleteIfExists(tree);
                }
            }
        }
    }
}
