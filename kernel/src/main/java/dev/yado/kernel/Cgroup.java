package dev.yado.kernel;

import dev.yado.protocol.Mebibytes;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/**
 * The cgroup of one VM. It has no limit until one is set. Not a resource of this process: it outlives the daemon, is
 * found again by {@link Cgroups#create} with the same name, and goes with {@link #remove}.
 */
public final class Cgroup implements CgroupAnswer {
    private final CgroupVersion version;
    private final Path memory;
    private final List<Path> cpu;

    /** @param cpu none where the host has no CPU controller; with version 2 the same directory as memory */
    Cgroup(CgroupVersion version, Path memory, List<Path> cpu) {
        this.version = version;
        this.memory = memory;
        this.cpu = List.copyOf(cpu);
    }

    /** Moves a process with all its threads in; its later children start inside. Memory it holds already stays counted where it was. */
    public void add(long pid) throws IOException {
        for (Path directory : directories()) {
            Files.writeString(directory.resolve("cgroup.procs"), Long.toString(pid));
        }
    }

    public List<Long> processes() throws IOException {
        return Files.readAllLines(memory.resolve("cgroup.procs")).stream()
                .map(Long::parseLong)
                .toList();
    }

    /** Beyond it the kernel reclaims, then kills inside this cgroup only. Must leave room for QEMU beside the guest's memory. */
    public void limitMemory(Mebibytes limit) throws IOException {
        Files.writeString(memory.resolve(version.memoryLimit), Long.toString(limit.bytes()));
    }

    /** Weighs this VM against its neighbours by its number of vCPUs; nothing where the host has no CPU controller. */
    public void shareCpu(int vcpus) throws IOException {
        for (Path directory : cpu) {
            Files.writeString(directory.resolve(version.cpuWeight), Integer.toString(version.weight(vcpus)));
        }
    }

    /** Processes the OOM killer has killed in here since the cgroup was made; empty when the kernel does not count. */
    public OptionalLong oomKills() {
        try {
            return Files.readAllLines(memory.resolve(version.oomEvents)).stream()
                    .filter(line -> line.startsWith("oom_kill "))
                    .mapToLong(line -> Long.parseLong(line.substring("oom_kill ".length())))
                    .findFirst();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    /** @return false while a process is still inside; true when it is gone, also when it had been before */
    public boolean remove() throws IOException {
        boolean gone = true;
        for (Path directory : directories()) {
            gone &= removeDirectory(directory);
        }
        return gone;
    }

    private static boolean removeDirectory(Path directory) throws IOException {
        try {
            Files.delete(directory);
            return true;
        } catch (NoSuchFileException e) {
            return true;
        } catch (DirectoryNotEmptyException e) {
            return false;
        } catch (FileSystemException e) {
            if (Files.readAllLines(directory.resolve("cgroup.procs")).isEmpty()) {
                throw e;
            }
            return false;
        }
    }

    private List<Path> directories() {
        return cpu.contains(memory) || cpu.isEmpty() ? List.of(memory) : List.of(memory, cpu.getFirst());
    }
}
