package dev.yado.vmmd.vm;

import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent.HostRefusal;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.migration.Forecast;
import dev.yado.storage.DiskSighting;
import dev.yado.storage.Pools;
import dev.yado.vmmd.move.Forecasting;
import java.io.IOException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What moves of this host's VMs would be like. No loop is asked, so nothing waits for a forecast. */
public final class Forecasts {
    /** Of a disk's file, what is not the guest's: its header and the first of its tables. */
    private static final long EMPTY_DISK_BYTES = 640 << 10;

    private final HostParts host;
    private final Vms vms;
    private final Forecasting forecasting;
    private final Set<VmId> underWay = ConcurrentHashMap.newKeySet();

    public Forecasts(HostParts host, Vms vms) {
        this.host = host;
        this.vms = vms;
        this.forecasting = new Forecasting(host.moves().lessons());
    }

    /**
     * @throws HostRefusal {@link ErrorCode#NOT_FOUND} when the VM is not here; {@link ErrorCode#CONFLICT} while it moves, is on its
     *     way to another state or is looked at already; {@link ErrorCode#UNAVAILABLE} when it cannot be looked at
     */
    Forecast of(VmId vm, Forecast.Question question) {
        GuestSight sight = vms.sights().stream()
                .filter(each -> each.id().equals(vm) && each.spec() != null)
                .findFirst()
                .orElseThrow(() -> new HostRefusal(ErrorCode.NOT_FOUND, "This host holds no VM " + vm + "."));
        if (!underWay.add(vm)) {
            throw new HostRefusal(
                    ErrorCode.CONFLICT,
                    "VM " + vm + " is being looked at for another forecast: ask again in a second.");
        }
        try {
            VmSpec spec = Objects.requireNonNull(sight.spec());
            return forecasting.of(vm, question, live(sight, spec), diskBytes(spec, question));
        } catch (IOException e) {
            throw new HostRefusal(
                    ErrorCode.UNAVAILABLE, "VM " + vm + " cannot be looked at for a forecast: " + e.getMessage() + ".");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HostRefusal(ErrorCode.UNAVAILABLE, "The daemon is ending.");
        } finally {
            underWay.remove(vm);
        }
    }

    private static Forecasting.@Nullable Live live(GuestSight sight, VmSpec spec) {
        boolean runs = sight.state() == ObservedState.RUNNING;
        boolean held = sight.state() == ObservedState.PAUSED;
        boolean atRest = sight.state() == ObservedState.STOPPED && sight.pid() == 0;
        if (sight.moves() || !(atRest || (runs || held) && sight.pid() != 0)) {
            throw new HostRefusal(
                    ErrorCode.CONFLICT,
                    "VM " + sight.id() + " is " + (sight.moves() ? "on the move" : sight.state())
                            + ": what its move would be like can be said once it runs, is paused or is stopped.");
        }
        return atRest
                ? null
                : new Forecasting.Live(
                        sight.pid(), sight.session(), spec.shape().memory(), runs);
    }

    /** What those that would be copied have above their images, of their snapshots as well, by how far their files have grown. */
    private long diskBytes(VmSpec spec, Forecast.Question question) {
        Pools.Home home = new Pools.Home(spec.id(), host.store().directory(spec.id()));
        return spec.shape().disks().stream()
                .filter(disk -> question.copied().contains(disk.id()))
                .mapToLong(disk -> diskBytes(home, disk))
                .sum();
    }

    private long diskBytes(Pools.Home home, DiskSpec disk) {
        long ofSnapshots = host.pools().holds(home, disk)
                ? host.pools().layers(home, disk).carried().layerBytes()
                : 0;
        return ofSnapshots
                + host.pools()
                        .look(home, disk, true)
                        .map(DiskSighting::bytes)
                        .map(bytes -> Math.clamp(
                                bytes - EMPTY_DISK_BYTES, 0, disk.size().value() << 20))
                        .orElse(0L);
    }
}
