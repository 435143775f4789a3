package dev.yado.tenant;

import dev.yado.protocol.TenantId;
import dev.yado.protocol.VmId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a tenant may have and what it has. @param largest VMs that have most of it */
public record Quota(
        TenantId tenant,
        Line vms,
        Line vcpus,
        Line memoryMiB,
        Line diskMiB,
        Line networks,
        Line addresses,
        Line securityRules,
        Line routers,
        Line backups,
        Line snapshots,
        List<User> largest) {
    public Quota {
        largest = List.copyOf(largest);
    }

    /** @param limit null: unlimited */
    public record Limits(
            @Nullable Long vms,
            @Nullable Long vcpus,
            @Nullable Long memoryMiB,
            @Nullable Long diskMiB,
            @Nullable Long networks,
            @Nullable Long addresses,
            @Nullable Long securityRules,
            @Nullable Long routers,
            @Nullable Long backups,
            @Nullable Long snapshots) {
        public static final Limits NONE = new Limits(null, null, null, null, null, null, null, null, null, null);

        boolean any() {
            return vms != null || vcpus != null || memoryMiB != null || diskMiB != null;
        }

        boolean anyOfNetworks() {
            return networks != null || addresses != null || securityRules != null || routers != null;
        }
    }

    /** What is used, or asked for. */
    public record Amounts(long vms, long vcpus, long memoryMiB, long diskMiB) {}

    /** The same of networks. @param addresses of network cards and floating IPs */
    public record NetworkAmounts(long networks, long addresses, long securityRules, long routers) {
        /** Without routers. */
        public NetworkAmounts(long networks, long addresses, long securityRules) {
            this(networks, addresses, securityRules, 0);
        }
    }

    /** @param limit null: unlimited */
    public record Line(@Nullable Long limit, long used) {
        /** Only after the limit was lowered: nothing new ever gets past it. */
        public boolean exceeded() {
            return limit != null && used > limit;
        }
    }

    public record User(VmId vm, String name, String desiredState, Amounts has) {}

    /** One limit that would be passed. */
    public record Shortage(String quota, long limit, long used, long asked) {
        @Override
        public String toString() {
            return quota + ": limit " + limit + ", used " + used + ", asked " + asked;
        }
    }
}
