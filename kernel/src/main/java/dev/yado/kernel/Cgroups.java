package dev.yado.kernel;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cgroups of one host daemon, {@code yado/HOST_TAG/VM} under the root of the hierarchy. Version 2 is taken where it
 * has the memory controller, else version 1, else each answer is {@link CgroupUnavailable}: never an exception for what
 * a host lacks or forbids.
 */
public final class Cgroups {
    private static final Logger log = LoggerFactory.getLogger(Cgroups.class);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,99}");
    private static final String TREE = "yado";

    private final Path root;
    private final String hostTag;

    /** @param hostTag keeps several daemons on one machine apart: letters, digits, {@code _.-} */
    Cgroups(Path root, String hostTag) {
        this.root = root;
        this.hostTag = requireName(hostTag);
    }

    public static Cgroups ofHost(String hostTag) {
        return new Cgroups(Path.of("/sys/fs/cgroup"), hostTag);
    }

    /** Makes the VM's cgroup, or finds the one it has. */
    public CgroupAnswer create(String vm) {
        String name = requireName(vm);
        try {
            for (Path unified : List.of(root, root.resolve("unified"))) {
                if (controllers(unified).contains("memory")) {
                    return createV2(unified, name);
                }
            }
            if (Files.exists(root.resolve("memory/memory.limit_in_bytes"))) {
                return createV1(name);
            }
            return new CgroupUnavailable("no memory controller is mounted under " + root);
        } catch (IOException e) {
            return new CgroupUnavailable("no cgroup can be made: " + reason(e));
        }
    }

    /** Names of all VMs that have a cgroup here, also of those long gone; none where there are no cgroups. */
    public List<String> names() {
        return Stream.of(root, root.resolve("unified"), root.resolve("memory"))
                .map(base -> base.resolve(TREE).resolve(hostTag))
                .filter(Files::isDirectory)
                .flatMap(tree -> directories(tree).stream())
                .distinct()
                .sorted()
                .toList();
    }

    /** Removes what {@link #create} made above the VMs' cgroups, unless a VM still has one here. */
    public void removeUnused() {
        for (Path base : List.of(root, root.resolve("unified"), root.resolve("memory"), root.resolve("cpu"))) {
            Path tree = base.resolve(TREE);
            try {
                Files.deleteIfExists(tree.resolve(hostTag));
                Files.deleteIfExists(tree);
            } catch (IOException e) {
                log.debug("{} is still used", tree);
            }
        }
    }

    private CgroupAnswer createV2(Path unified, String vm) throws IOException {
        Path directory = unified;
        enableBelow(directory);
        for (String step : List.of(TREE, hostTag)) {
            directory = directory.resolve(step);
            Files.createDirectories(directory);
            enableBelow(directory);
        }
        Path own = directory.resolve(vm);
        Files.createDirectories(own);
        requireWritable(own);
        List<Path> cpu = controllers(own).contains("cpu") ? List.of(own) : List.of();
        return new Cgroup(CgroupVersion.V2, own, cpu);
    }

    /** Version 2: a controller works in a directory only when its parent hands it down. */
    private static void enableBelow(Path directory) throws IOException {
        Path control = directory.resolve("cgroup.subtree_control");
        List<String> enabled = words(control);
        for (String controller : List.of("memory", "cpu")) {
            if (!enabled.contains(controller) && controllers(directory).contains(controller)) {
                Files.writeString(control, "+" + controller);
            }
        }
    }

    private CgroupAnswer createV1(String vm) throws IOException {
        Path memory = root.resolve("memory").resolve(TREE).resolve(hostTag).resolve(vm);
        Files.createDirectories(memory);
        requireWritable(memory);
        return new Cgroup(CgroupVersion.V1, memory, cpuV1(vm));
    }

    /** Version 1 weighs a group against single threads of the root, so the parents get the weight of all CPUs. */
    private List<Path> cpuV1(String vm) {
        Path directory = root.resolve("cpu");
        if (Files.notExists(directory.resolve(CgroupVersion.V1.cpuWeight))) {
            return List.of();
        }
        int allCpus = CgroupVersion.V1.weight(Runtime.getRuntime().availableProcessors());
        try {
            for (String step : List.of(TREE, hostTag)) {
                directory = Files.createDirectories(directory.resolve(step));
                Files.writeString(directory.resolve(CgroupVersion.V1.cpuWeight), Integer.toString(allCpus));
            }
            return List.of(Files.createDirectories(directory.resolve(vm)));
        } catch (IOException e) {
            log.warn("VMs are not weighed against each other: {}", reason(e));
            return List.of();
        }
    }

    private static void requireWritable(Path cgroup) throws IOException {
        if (!Files.isWritable(cgroup.resolve("cgroup.procs"))) {
            throw new AccessDeniedException(cgroup.toString());
        }
    }

    private static List<String> controllers(Path directory) throws IOException {
        Path file = directory.resolve("cgroup.controllers");
        return Files.exists(file) ? words(file) : List.of();
    }

    private static List<String> words(Path file) throws IOException {
        return List.of(Files.readString(file).strip().split(" "));
    }

    private static List<String> directories(Path tree) {
        try (Stream<Path> entries = Files.list(tree)) {
            return entries.filter(Files::isDirectory)
                    .map(entry -> entry.getFileName().toString())
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static String reason(IOException e) {
        return e instanceof AccessDeniedException denied ? "this user may not write " + denied.getFile() : e.toString();
    }

    private static String requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not a cgroup name: " + name);
        }
        return name;
    }
}
