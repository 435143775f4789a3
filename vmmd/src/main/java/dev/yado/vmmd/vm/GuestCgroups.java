package dev.yado.vmmd.vm;

import dev.yado.kernel.Cgroup;
import dev.yado.kernel.CgroupAnswer;
import dev.yado.kernel.CgroupUnavailable;
import dev.yado.kernel.Cgroups;
import dev.yado.kernel.OomEvidence;
import dev.yado.protocol.VmId;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives each guest's process a control group, where the host lets it: guests then share the CPUs by their number of vCPUs, and
 * the kernel counts whom it kills for lack of memory. Each run has a fresh one. Nothing here fails a guest.
 */
public final class GuestCgroups {
    private static final Logger log = LoggerFactory.getLogger(GuestCgroups.class);
    private final Cgroups cgroups;

    public GuestCgroups(Cgroups cgroups) {
        this.cgroups = cgroups;
    }

    void enclose(VmId id, long pid, int vcpus) {
        release(id);
        try {
            switch (cgroups.create(id.toString())) {
                case Cgroup group -> {
                    group.shareCpu(vcpus);
                    group.add(pid);
                }
                case CgroupUnavailable unavailable -> log.debug("VM {}: {}", id, unavailable.reason());
            }
        } catch (IOException e) {
            log.warn("VM {}: process {} is in no control group: {}", id, pid, e.getMessage());
        }
    }

    /** Puts a process back that is outside; false when it was inside, or when this host gives no groups. */
    public boolean encloseAgain(VmId id, long pid, int vcpus) {
        try {
            if (cgroups.create(id.toString()) instanceof Cgroup group
                    && !group.processes().contains(pid)) {
                group.shareCpu(vcpus);
                group.add(pid);
                return true;
            }
        } catch (IOException e) {
            log.warn("VM {}: process {} cannot be put into its control group: {}", id, pid, e.getMessage());
        }
        return false;
    }

    /** A sentence, when the kernel killed the VM's process for lack of memory. To be asked soon after its end. */
    Optional<String> outOfMemory(VmId id, long pid) {
        CgroupAnswer group = cgroups.names().contains(id.toString())
                ? cgroups.create(id.toString())
                : new CgroupUnavailable("the guest had none");
        OomEvidence evidence = OomEvidence.of(pid, group, 0);
        return switch (evidence.answer()) {
            case KILLED -> Optional.of("The host's kernel killed QEMU for lack of memory (" + evidence.source() + ").");
            case NOT_KILLED, UNKNOWN -> Optional.empty();
        };
    }

    /** To be called when no process of the VM is left. */
    void release(VmId id) {
        if (!cgroups.names().contains(id.toString())) {
            return;
        }
        try {
            if (cgroups.create(id.toString()) instanceof Cgroup group && !group.remove()) {
                log.warn("VM {}: somebody is still in its control group", id);
            }
        } catch (IOException e) {
            log.warn("VM {}: its control group is left: {}", id, e.getMessage());
        }
    }
}
