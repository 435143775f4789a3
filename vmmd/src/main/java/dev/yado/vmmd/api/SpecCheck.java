package dev.yado.vmmd.api;

import dev.yado.protocol.DiskCopy;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskOrigin;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.GuestModel;
import dev.yado.protocol.GuestSetup;
import dev.yado.protocol.NicSpec;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.address.Interface;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes sure that a spec is whole before anything relies on it: JSON can leave out or overdo everything. */
final class SpecCheck {
    private static final int MOST_DISKS = 16;
    private static final int MOST_CARDS = 16;
    private static final Pattern QEMU_NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}");
    private static final Pattern HOSTNAME = Pattern.compile("[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?");

    private SpecCheck() {}

    static void check(VmId path, VmSpec spec) {
        present("id", spec.id());
        present("tenantId", spec.tenantId());
        present("name", spec.name());
        present("desired", spec.desired());
        present("stop", spec.stop());
        present("stop.mode", spec.stop().mode());
        present("shape", spec.shape());
        require(path.equals(spec.id()), "the id in the path and the one in the body differ");
        require(spec.stop().timeoutSeconds() >= 0, "stop.timeoutSeconds is negative");
        require(
                !spec.name().isBlank()
                        && spec.name().length() <= 255
                        && spec.name().chars().noneMatch(Character::isISOControl),
                "name is 1 to 255 printable characters");
        shape(spec.shape());
        model(spec.model());
        cards(spec);
    }

    /** What follows a comma would be more than a name to QEMU. */
    private static void model(@Nullable GuestModel model) {
        if (model != null) {
            for (String name : Arrays.asList(model.machineType(), model.cpuModel())) {
                require(
                        name == null || QEMU_NAME.matcher(name).matches(),
                        "model has a name that is none of QEMU's: " + name);
            }
        }
    }

    private static void cards(VmSpec spec) {
        require(spec.nics().size() <= MOST_CARDS, "a VM has at most " + MOST_CARDS + " cards");
        Set<Object> seen = new HashSet<>();
        for (NicSpec nic : spec.nics()) {
            present("nic.id", nic.id());
            present("nic.network", nic.network());
            present("nic.mac", nic.mac());
            require(seen.add(nic.id()) && seen.add(nic.mac()), "card " + nic.id() + " or its address is named twice");
            for (Interface address : nic.addresses()) {
                present("nic.address", address.address());
                require(
                        address.prefix() >= 0
                                && address.prefix() <= address.address().bits(),
                        "the prefix of " + address.address() + " is 0 to "
                                + address.address().bits());
            }
        }
        GuestSetup setup = spec.setup();
        if (setup != null) {
            present("setup.hostname", setup.hostname());
            require(HOSTNAME.matcher(setup.hostname()).matches(), "setup.hostname is no DNS label");
            require(
                    setup.sshKeys().stream().noneMatch(key -> key.chars().anyMatch(Character::isISOControl)),
                    "a key of setup.sshKeys has control characters");
        }
    }

    private static void shape(VmShape shape) {
        present("shape.memory", shape.memory());
        present("shape.accelerator", shape.accelerator());
        require(shape.vcpus() >= 1 && shape.vcpus() <= 255, "shape.vcpus is 1 to 255");
        require(shape.memory().value() >= 1, "shape.memory is at least 1 MiB");
        require(shape.disks().size() <= MOST_DISKS, "a VM has at most " + MOST_DISKS + " disks");
        Set<DiskId> seen = new HashSet<>();
        for (DiskSpec disk : shape.disks()) {
            present("disk.id", disk.id());
            present("disk.size", disk.size());
            require(disk.size().value() >= 1, "a disk has at least 1 MiB");
            require(seen.add(disk.id()), "disk " + disk.id() + " is named twice");
            origin(disk.origin());
            copy(disk.copy());
        }
        if (shape.boot() != null) {
            present("boot.kernel", shape.boot().kernel());
            present("boot.cmdline", shape.boot().cmdline());
            require(shape.boot().cmdline().indexOf('\0') < 0, "boot.cmdline has a NUL character");
        }
    }

    private static void origin(@Nullable DiskOrigin origin) {
        if (origin != null) {
            present("disk.origin.repository", origin.repository());
            present("disk.origin.backup", origin.backup());
            present("disk.origin.disk", origin.disk());
            present("disk.origin.mode", origin.mode());
        }
    }

    private static void copy(@Nullable DiskCopy copy) {
        if (copy != null) {
            present("disk.copy.vm", copy.vm());
            present("disk.copy.snapshot", copy.snapshot());
            present("disk.copy.disk", copy.disk());
        }
    }

    private static void present(String field, @Nullable Object value) {
        require(value != null, field + " is missing");
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new YadoException(ErrorCode.INVALID_REQUEST, "The spec is refused: " + otherwise + ".");
        }
    }
}
