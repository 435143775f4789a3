package dev.yado.storage;

import static dev.yado.storage.TestingImages.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.Mebibytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** What others do to a disk: tools that fail, and users that try what they may not. */
@EnabledIf("qemuIsInstalled")
class DiskGuardTest {
    private static final DiskTool TOOL = DiskTool.DEFAULT;

    @TempDir
    private Path state;

    private final TestingImages images = new TestingImages();
    private Path vmDir;

    static boolean qemuIsInstalled() {
        return Files.isExecutable(TOOL.qemuImg()) && Files.isExecutable(Path.of("/usr/bin/qemu-io"));
    }

    @BeforeEach
    void nameVm() {
        vmDir = state.resolve("vms/one");
    }

    @Test
    void aToolThatFailsLeavesNothing() throws Exception {
        DiskTool broken = new DiskTool(Path.of("/bin/false"), Duration.ofSeconds(5));
        try (DirectoryPool other = DirectoryPool.open(state.resolve("pool"), images, broken, PoolSettings.DEFAULT)) {
            refused(ErrorCode.INTERNAL, "qemu-img ended with 1", () -> other.ensureDisk(vmDir, empty(1)));
        }
        assertThat(files()).isEmpty();
    }

    @Test
    void aToolThatIsMissingIsNamed() throws Exception {
        DiskTool missing = new DiskTool(state.resolve("qemu-img"), Duration.ofSeconds(5));
        try (DirectoryPool other = DirectoryPool.open(state.resolve("pool"), images, missing, PoolSettings.DEFAULT)) {
            refused(ErrorCode.INTERNAL, "install qemu-utils", () -> other.ensureDisk(vmDir, empty(1)));
        }
    }

    @Test
    void aToolThatHangsIsEndedAtItsDeadline() throws Exception {
        Path script = state.resolve("hangs");
        Path pid = state.resolve("pid");
        Files.writeString(script, "#!/bin/sh\necho $$ > " + pid + "\nexec sleep 60\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        DiskTool hangs = new DiskTool(script, Duration.ofSeconds(1));
        try (DirectoryPool other = DirectoryPool.open(state.resolve("pool"), images, hangs, PoolSettings.DEFAULT)) {
            refused(ErrorCode.DEADLINE_EXCEEDED, "within 1 s", () -> other.ensureDisk(vmDir, empty(1)));
        }
        long process = Long.parseLong(Files.readString(pid).strip());
        await("the end of the tool")
                .until(() ->
                        ProcessHandle.of(process).filter(ProcessHandle::isAlive).isEmpty());
    }

    @Test
    @EnabledIf("isRoot")
    void theUserOfQemuMayWriteItsDisksAndOnlyReadItsImages() throws Exception {
        int nobody = 65_534;
        PoolSettings settings = PoolSettings.DEFAULT.withOwner(new FileOwner(nobody, nobody));
        Path open = Files.createTempDirectory("yado-pool");
        try (DirectoryPool other = DirectoryPool.open(open.resolve("pool"), images, TOOL, settings)) {
            for (Path path : List.of(open, open.resolve("pool"), Files.createDirectory(open.resolve("vm")))) {
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
            Disk disk = other.ensureDisk(open.resolve("vm"), disk(images.raw(TestingImages.sparse(8)), 16));
            Path base = Objects.requireNonNull(disk.base()).file();

            assertThat(as(nobody, "test", "-w", disk.file().toString())).isTrue();
            assertThat(as(
                            nobody,
                            "qemu-io",
                            "-f",
                            "qcow2",
                            "-c",
                            "write 0 4k",
                            disk.file().toString()))
                    .isTrue();
            assertThat(as(nobody, "test", "-r", base.toString())).isTrue();
            assertThat(as(nobody, "test", "-w", base.toString())).isFalse();
            assertThat(as(nobody, "touch", disk.file().resolveSibling("other").toString()))
                    .isFalse();
            assertThat(as(1, "test", "-r", base.toString())).isFalse();
            assertThat(as(1, "test", "-r", disk.file().toString())).isFalse();
        } finally {
            try (Stream<Path> tree = Files.walk(open)) {
                for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    static boolean isRoot() throws IOException {
        return (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
    }

    private static boolean as(int user, String... command) throws Exception {
        List<String> all = new ArrayList<>(List.of("setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups"));
        all.addAll(List.of(command));
        Process process = new ProcessBuilder(all)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return process.exitValue() == 0;
    }

    private List<String> files() throws IOException {
        Path disks = vmDir.resolve("disks");
        if (!Files.exists(disks)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(disks)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private static DiskSpec empty(long mebibytes) {
        return new DiskSpec(DiskId.random(), null, new Mebibytes(mebibytes));
    }

    private static DiskSpec disk(ImageRef image, long mebibytes) {
        return new DiskSpec(DiskId.random(), image, new Mebibytes(mebibytes));
    }
}
