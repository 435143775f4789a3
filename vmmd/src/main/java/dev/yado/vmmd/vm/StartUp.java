package dev.yado.vmmd.vm;

import dev.yado.network.service.Guest;
import dev.yado.network.service.SeedDisk;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.DirectBoot;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.GuestModel;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmSpec;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.migration.Arrival;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.Carried;
import dev.yado.protocol.migration.CarriedDisk;
import dev.yado.storage.Disk;
import dev.yado.storage.Pools;
import dev.yado.storage.RestoredBase;
import dev.yado.vmmd.move.CarriedLayers;
import dev.yado.vmmd.move.Incoming;
import dev.yado.vmmd.move.MoveParts;
import dev.yado.vmmd.move.Storage;
import dev.yado.vmmd.network.WantedGuests;
import dev.yado.vmmd.qemu.DiskAccess;
import dev.yado.vmmd.qemu.GuestFiles;
import dev.yado.vmmd.qemu.GuestMachine;
import dev.yado.vmmd.qemu.QemuCapabilities;
import dev.yado.vmmd.qemu.QemuProcess;
import dev.yado.vmmd.qmp.QmpCommand;
import dev.yado.vmmd.qmp.QmpException;
import dev.yado.vmmd.qmp.QmpSession;
import dev.yado.vmmd.qmp.RunStatus;
import dev.yado.vmmd.store.Run;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The phases of a start, each a type, so that none can be left out or done out of order. Every phase can be interrupted; what it
 * has begun is then undone, but disks that were made stay.
 *
 * <pre>
 * DisksReady -> Planned -> Launched -> Attached          (a process that was there already begins at Launched)
 * </pre>
 */
final class StartUp {
    /** QEMU greets some 15 ms after exec, on a host that swaps much later. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final String MACHINE = "q35";

    private StartUp() {}

    /**
     * @param made disks that were there before: one of them that is gone is not made anew
     * @throws YadoException when an image or a disk cannot be had
     */
    static DisksReady disks(HostParts host, VmSpec spec, Set<DiskId> made) throws InterruptedException {
        return disks(host, spec, made, false);
    }

    /** @param comes from another host, with what is on its disks */
    static DisksReady disks(HostParts host, VmSpec spec, Set<DiskId> made, boolean comes) throws InterruptedException {
        Path directory = host.store().directory(spec.id());
        Pools.Home home = new Pools.Home(spec.id(), directory);
        List<Disk> disks = new ArrayList<>();
        for (DiskSpec disk : spec.shape().disks()) {
            if (made.contains(disk.id()) && !host.pools().holds(home, disk)) {
                throw new YadoException(
                        ErrorCode.VM_START_FAILED,
                        "Disk " + disk.id() + " was made before and its file is gone. Put it back, or restore a backup:"
                                + " nothing was made in its place.");
            }
            DiskSpec wanted = comes ? disk.withoutOrigin() : disk;
            disks.add(host.pools().ensureDisk(home, wanted, host.backups().restores()));
        }
        try {
            RestoringVm.serve(host, spec, disks);
        } catch (IOException e) {
            throw new YadoException(
                    ErrorCode.VM_START_FAILED,
                    "What the disks lack of their backup cannot be served: " + e.getMessage(),
                    e);
        }
        DirectBoot boot = spec.shape().boot();
        GuestMachine.Kernel kernel = null;
        if (boot != null) {
            ImageRef initrd = boot.initrd();
            kernel = new GuestMachine.Kernel(
                    host.pools().image(boot.kernel()),
                    initrd == null ? null : host.pools().image(initrd),
                    boot.cmdline());
        }
        return new DisksReady(host, spec, directory, disks, kernel);
    }

    /**
     * What snapshots of a VM that comes have: its disks stand on that.
     *
     * @param begun told where it comes from before any of it does
     * @throws YadoException when it cannot be had
     */
    static void receive(HostParts host, Arrival arrival, Consumer<CarriedLayers> begun) throws InterruptedException {
        Carried carried = arrival.carried();
        if (carried != null) {
            VmId vm = arrival.spec().id();
            CarriedLayers source = CarriedLayers.of(host.moves().tls(), vm, arrival, carried);
            begun.accept(source);
            for (CarriedDisk disk : carried.disks()) {
                host.pools().own().receive(host.store().directory(vm), disk, source);
            }
        }
    }

    record DisksReady(
            HostParts host, VmSpec spec, Path directory, List<Disk> disks, GuestMachine.@Nullable Kernel kernel) {
        /**
         * @param started the machine type of the first start here; what the spec pins goes before it
         * @param arrival what its guest comes with; null for one that boots
         * @throws YadoException when this host cannot make such a machine
         */
        Planned plan(@Nullable String started, @Nullable Arrival arrival) throws IOException {
            Accelerator accelerator = host.accelerators().choose(wish(arrival));
            QemuCapabilities qemu = host.qemu().binary().capabilities();
            GuestModel model = spec.model();
            String pinned = model == null || model.machineType() == null ? started : model.machineType();
            String wanted = pinned == null ? MACHINE : pinned;
            String machineType = qemu.machineType(wanted)
                    .orElseThrow(() -> new YadoException(
                            ErrorCode.VM_START_FAILED,
                            "QEMU " + qemu.version() + " of this host has no machine type " + wanted
                                    + (pinned == null ? "." : ", which the VM was first started with.")));
            List<GuestMachine.Drive> drives = drives(qemu.ioUring());
            GuestMachine machine = new GuestMachine(
                    spec.id(),
                    spec.name(),
                    spec.shape().vcpus(),
                    spec.shape().memory(),
                    accelerator,
                    host.accelerators().cpuModel(accelerator, model == null ? null : model.cpuModel()),
                    machineType,
                    drives,
                    spec.nics().stream()
                            .map(nic -> new GuestMachine.Card(
                                    nic.mac(), host.networks().mtuOf(spec, nic)))
                            .toList(),
                    seed(),
                    kernel,
                    arrival != null);
            return new Planned(
                    host, spec, directory, machine, new Run.Launch(host.bootId(), accelerator, machineType, false));
        }

        /** A guest that comes goes on with what it had. */
        private AcceleratorChoice wish(@Nullable Arrival arrival) {
            Accelerator had = arrival == null ? null : arrival.accelerator();
            return switch (had) {
                case null -> spec.shape().accelerator();
                case KVM -> AcceleratorChoice.KVM;
                case TCG -> AcceleratorChoice.TCG;
            };
        }

        /** For a VM that does not run: a process that has some of its disks open. */
        Storage open(List<DiskId> these) throws IOException, InterruptedException {
            List<GuestMachine.Drive> all =
                    drives(host.qemu().binary().capabilities().ioUring());
            Map<Integer, GuestMachine.Drive> opened = new TreeMap<>();
            for (int index = 0; index < disks.size(); index++) {
                if (these.contains(disks.get(index).id())) {
                    opened.put(index, all.get(index));
                }
            }
            return Storage.open(host.qemu(), directory, opened);
        }

        private List<GuestMachine.Drive> drives(boolean ioUring) throws IOException {
            Map<Path, DiskAccess> accesses = new HashMap<>();
            List<GuestMachine.Drive> drives = new ArrayList<>();
            for (int index = 0; index < disks.size(); index++) {
                Disk disk = disks.get(index);
                Path place = disk.file().resolveSibling(".").normalize();
                DiskAccess access = accesses.get(place);
                if (access == null) {
                    access = DiskAccess.best(place, ioUring);
                    accesses.put(place, access);
                }
                boolean shared = spec.shape().disks().get(index).pool() != null;
                drives.add(new GuestMachine.Drive(
                        disk.file(),
                        disk.layers(),
                        base(disk),
                        serial(disk),
                        access,
                        shared,
                        disk.restoring() ? RestoredBase.export(disk.id()) : null));
            }
            return drives;
        }

        /** Written anew with each start; goes with the VM's directory. */
        private @Nullable Path seed() throws IOException {
            Guest guest = WantedGuests.guest(spec).orElse(null);
            GuestFiles files = new GuestFiles(directory);
            if (guest == null) {
                SeedDisk.delete(files.seed());
                return null;
            }
            SeedDisk.write(files.seed(), guest, host.networks().networksOf(spec));
            files.giveSeed(host.qemu().user());
            return files.seed();
        }

        private static GuestMachine.@Nullable Base base(Disk disk) {
            Disk.Base base = disk.base();
            return base == null ? null : new GuestMachine.Base(base.file(), base.format());
        }

        /** The random end of the id: its beginning is the time, which disks made together share. */
        private static String serial(Disk disk) {
            return disk.id().toString().replace("-", "").substring(12);
        }
    }

    record Planned(HostParts host, VmSpec spec, Path directory, GuestMachine machine, Run.Launch launch) {
        /** @throws YadoException when a card cannot be plugged in */
        Launched execute() throws IOException {
            QemuProcess process;
            try (Cards cards = Cards.plugIn(host.networks(), spec)) {
                process = host.qemu().start(machine, new GuestFiles(directory), cards.taps());
            }
            // Takes a millisecond or more, in which QEMU comes up.
            Thread enclosing = Thread.ofVirtual()
                    .start(() -> host.cgroups().enclose(machine.id(), process.pid(), machine.vcpus()));
            return new Launched(process, machine, directory, enclosing);
        }
    }

    record Launched(QemuProcess process, GuestMachine machine, Path directory, Thread enclosing) {
        /** Has it listen for the guest; ends the process when it cannot. */
        ArrivalAnswer.Endpoint listen(Attached attached, MoveParts moves, Arrival arrival)
                throws IOException, InterruptedException {
            try {
                return Incoming.listen(moves, attached.session(), arrival, directory);
            } catch (IOException | InterruptedException | RuntimeException e) {
                attached.session().close();
                endAndWait(process);
                throw e;
            }
        }

        /** Ends the process when it cannot be attached to. */
        Attached attach(QmpSession.Listener listener) throws IOException, InterruptedException {
            try {
                Attached attached = StartUp.attach(process, machine.id().value(), PATIENCE, listener);
                enclosing.join();
                return attached;
            } catch (IOException | InterruptedException | RuntimeException e) {
                endAndWait(process);
                throw e;
            }
        }
    }

    record Attached(QmpSession session, RunStatus status) {}

    /**
     * Opens the conversation with a process and makes sure that it is the right one.
     *
     * @throws QmpException when it ended, does not answer or is another VM's
     */
    static Attached attach(QemuProcess process, java.util.UUID id, Duration patience, QmpSession.Listener listener)
            throws IOException, InterruptedException {
        QmpSession session = process.connect(patience, listener);
        try {
            CompletableFuture<java.util.UUID> uuid = session.send(new QmpCommand.QueryUuid());
            RunStatus status = session.run(new QmpCommand.QueryStatus(), patience);
            if (!id.equals(uuid.getNow(null))) {
                throw new QmpException("process " + process.pid() + " is the QEMU of another VM: " + uuid.getNow(null));
            }
            return new Attached(session, status);
        } catch (IOException | InterruptedException | RuntimeException e) {
            session.close();
            throw e;
        }
    }

    /** So that the files of the process are free when the failure is told. */
    private static void endAndWait(QemuProcess process) {
        process.kill();
        boolean interrupted = Thread.interrupted();
        try {
            process.end().get(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("QEMU process " + process.pid() + " does not end after SIGKILL", e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
