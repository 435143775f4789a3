package dev.yado.backup;

import dev.yado.protocol.VmId;
import java.util.Set;
import java.util.SortedMap;

/** Which VMs of a tenant are meant. */
sealed interface Selector {
    record All() implements Selector {}

    record These(Set<VmId> vms) implements Selector {
        public These {
            vms = Set.copyOf(vms);
        }
    }

    /** That have all of these labels. */
    record Labelled(SortedMap<String, String> labels) implements Selector {}
}
