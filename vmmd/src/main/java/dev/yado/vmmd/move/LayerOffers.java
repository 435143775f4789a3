package dev.yado.vmmd.move;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.migration.LayerOffer;
import dev.yado.protocol.migration.MigrationId;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** What one other host may read of each VM's disks, since the VM is to move there. Lost with the daemon: then it is offered anew. */
public final class LayerOffers {
    private final Map<VmId, Offered> offered = new ConcurrentHashMap<>();

    private record Offered(LayerOffer offer, Map<String, Path> files) {}

    /** @param files by their names; in the place of what was offered of the VM before */
    public void offer(VmId vm, LayerOffer offer, Map<String, Path> files) {
        offered.put(vm, new Offered(offer, Map.copyOf(files)));
    }

    /** It has been offered for this move. */
    public boolean has(VmId vm, MigrationId migration) {
        return of(vm, migration).isPresent();
    }

    public void withdraw(VmId vm) {
        offered.remove(vm);
    }

    /** Who may read what is offered for a move; empty: nothing is. */
    public Optional<HostId> reader(VmId vm, MigrationId migration) {
        return of(vm, migration).map(each -> each.offer().to());
    }

    /** @throws HostRefusal {@link ErrorCode#NOT_FOUND} when it is not offered */
    public Path file(VmId vm, MigrationId migration, String name) {
        return of(vm, migration)
                .map(each -> each.files().get(name))
                .orElseThrow(() -> new HostRefusal(
                        ErrorCode.NOT_FOUND,
                        "Migration " + migration + " may not read " + name + " of VM " + vm + "."));
    }

    private Optional<Offered> of(VmId vm, MigrationId migration) {
        return Optional.ofNullable(offered.get(vm))
                .filter(each -> each.offer().id().equals(migration));
    }
}
