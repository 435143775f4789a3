package dev.yado.vmmd.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Whom QEMU runs as. */
public sealed interface QemuUser {
    /** As the daemon. */
    record Own() implements QemuUser {}

    /** @param kvmGroup the group that may open {@code /dev/kvm}, where there is one */
    record Other(int uid, int gid, Optional<Integer> kvmGroup) implements QemuUser {
        private Optional<String> whyNotOpen(Path device) {
            try {
                Set<PosixFilePermission> may =
                        Files.readAttributes(device, PosixFileAttributes.class).permissions();
                int owner = (Integer) Files.getAttribute(device, "unix:uid");
                int group = (Integer) Files.getAttribute(device, "unix:gid");
                boolean inGroup =
                        group == gid || kvmGroup.filter(kvm -> kvm == group).isPresent();
                boolean opens = uid == 0
                        || (owner == uid
                                ? may.contains(PosixFilePermission.OWNER_READ)
                                        && may.contains(PosixFilePermission.OWNER_WRITE)
                                : inGroup
                                        ? may.contains(PosixFilePermission.GROUP_READ)
                                                && may.contains(PosixFilePermission.GROUP_WRITE)
                                        : may.contains(PosixFilePermission.OTHERS_READ)
                                                && may.contains(PosixFilePermission.OTHERS_WRITE));
                return opens
                        ? Optional.empty()
                        : Optional.of("QEMU's user " + uid + " may not open " + device + " (owner " + owner + ", group "
                                + group + "): chgrp kvm " + device + " && chmod 660 " + device);
            } catch (IOException e) {
                return Optional.of(device + " cannot be looked at: " + e.getMessage());
            }
        }
    }

    /**
     * @param text {@code UID:GID}, or the name of a user known to the machine
     * @throws IllegalArgumentException when there is no such user
     */
    static QemuUser parse(String text) throws IOException {
        String[] parts = text.split(":", -1);
        if (parts.length == 2 && parts[0].matches("\\d+") && parts[1].matches("\\d+")) {
            return new Other(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), kvmGroup());
        }
        for (String line : Files.readAllLines(Path.of("/etc/passwd"))) {
            String[] fields = line.split(":", -1);
            if (fields.length > 3 && fields[0].equals(text)) {
                return new Other(Integer.parseInt(fields[2]), Integer.parseInt(fields[3]), kvmGroup());
            }
        }
        throw new IllegalArgumentException("no user " + text + " in /etc/passwd: give UID:GID or make the user");
    }

    /** What stands before QEMU's path. Each word of it executes the next, so the process id stays the same. */
    default List<String> prefix() {
        List<String> words = new ArrayList<>();
        switch (this) {
            case Own _ -> {}
            case Other other -> {
                words.addAll(List.of("setpriv", "--reuid=" + other.uid(), "--regid=" + other.gid()));
                words.add(other.kvmGroup().map(group -> "--groups=" + group).orElse("--clear-groups"));
                words.addAll(List.of("--inh-caps=-all", "--no-new-privs"));
            }
        }
        return words;
    }

    /** Empty when this user can use KVM, else why not. */
    default Optional<String> whyNoKvm(Path device) {
        if (!Files.exists(device)) {
            return Optional.of(
                    device + " does not exist: the kernel has no KVM, or virtualization is off in the firmware");
        }
        return switch (this) {
            case Own _ ->
                Files.isReadable(device) && Files.isWritable(device)
                        ? Optional.empty()
                        : Optional.of("the daemon's user may not open " + device + ": add it to the group kvm");
            case Other other -> other.whyNotOpen(device);
        };
    }

    private static Optional<Integer> kvmGroup() throws IOException {
        for (String line : Files.readAllLines(Path.of("/etc/group"))) {
            String[] fields = line.split(":", -1);
            if (fields.length > 2 && fields[0].equals("kvm")) {
                return Optional.of(Integer.parseInt(fields[2]));
            }
        }
        return Optional.empty();
    }
}
