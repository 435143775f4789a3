package dev.yado.vm;

import dev.yado.api.generated.model.Disk;
import dev.yado.api.generated.model.Vm;
import dev.yado.api.generated.model.VmCreate;
import dev.yado.api.generated.model.VmNic;
import dev.yado.api.generated.model.VmStop;
import dev.yado.network.NicView;
import dev.yado.protocol.Accelerator;
import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.Autostart;
import dev.yado.protocol.GuestAgentState;
import dev.yado.protocol.HostId;
import dev.yado.protocol.ImageId;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.StopPolicy;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** VMs between the API's words and ours. */
final class VmJson {
    private static final long MIB_PER_GIB = 1024;

    private VmJson() {}

    static NewVm newVm(VmCreate vm) {
        dev.yado.api.generated.model.AcceleratorChoice accelerator = vm.getAccelerator();
        return new NewVm(
                vm.getName(),
                vm.getVcpus(),
                new Mebibytes(vm.getMemoryMiB()),
                vm.getDisks().stream()
                        .map(disk ->
                                new NewVm.Disk(image(disk.getImageId()), gibibytes(disk.getSizeGiB()), disk.getPool()))
                        .toList(),
                boot(vm.getBoot()),
                accelerator == null
                        ? AcceleratorChoice.AUTO
                        : AcceleratorChoice.valueOf(accelerator.getValue().toUpperCase(Locale.ROOT)),
                autostart(vm.getAutostart()),
                vm.getStart(),
                NewNicJson.of(vm.getNics() == null ? List.of() : vm.getNics()),
                setup(vm),
                vm.getLabels() == null ? new TreeMap<>() : new TreeMap<>(vm.getLabels()));
    }

    private static @Nullable Setup setup(VmCreate vm) {
        Setup.Asked asked = new Setup.Asked(
                vm.getHostname(),
                vm.getSshKeys() == null ? List.of() : vm.getSshKeys(),
                vm.getUserData(),
                vm.getUserDataBase64());
        boolean cards = vm.getNics() != null && !vm.getNics().isEmpty();
        return cards || asked.any() ? Setup.of(asked, vm.getName()) : null;
    }

    static StopPolicy policy(VmStop stop) {
        return switch (stop.getMode()) {
            case GRACEFUL -> new StopPolicy(StopPolicy.Mode.GRACEFUL, stop.getTimeoutSeconds());
            case HARD -> StopPolicy.HARD;
        };
    }

    static Vm of(VmView vm) {
        HostId host = vm.host();
        HostId pinned = vm.pinned();
        OperationId operation = vm.operation();
        GuestAgentState agent = vm.agent();
        return new Vm(
                        vm.id().value(),
                        vm.name(),
                        vm.tenant().value(),
                        Vm.DesiredStateEnum.valueOf(vm.desired().name()),
                        Vm.StateEnum.valueOf(vm.state().name()),
                        vm.vcpus(),
                        vm.memory().value(),
                        vm.disks().stream().map(VmJson::disk).toList(),
                        vm.generation(),
                        vm.createdAt().atOffset(ZoneOffset.UTC))
                .stateReason(vm.stateReason())
                .stateSince(vm.stateSince() == null ? null : vm.stateSince().atOffset(ZoneOffset.UTC))
                .lastKnownState(vm.lastKnown() == null ? null : vm.lastKnown().name())
                .hostId(host == null ? null : host.value())
                .pinnedHostId(pinned == null ? null : pinned.value())
                .accelerator(accelerator(vm))
                .boot(boot(vm.boot()))
                .autostart(autostart(vm.autostart()))
                .operationId(operation == null ? null : operation.value())
                .restoring(vm.restoring() ? true : null)
                .restoredAt(vm.restoredAt() == null ? null : vm.restoredAt().atOffset(ZoneOffset.UTC))
                .guestAgent(agent == null ? null : Vm.GuestAgentEnum.valueOf(agent.name()))
                .nics(vm.nics().stream().map(VmJson::nic).toList())
                .labels(vm.labels().isEmpty() ? null : vm.labels());
    }

    private static VmNic nic(NicView nic) {
        return new VmNic(
                nic.id().value(),
                nic.mac().text(),
                nic.addresses().stream().map(each -> each.address().toString()).toList(),
                nic.network().value());
    }

    private static Disk disk(VmView.Disk disk) {
        ImageId image = disk.image();
        return new Disk(disk.id().value(), disk.size().value() / MIB_PER_GIB)
                .imageId(image == null ? null : image.value())
                .pool(disk.pool());
    }

    private static Vm.AcceleratorEnum accelerator(VmView vm) {
        Accelerator present = vm.accelerator();
        String name = present == null ? vm.acceleratorChoice().name() : present.name();
        return Vm.AcceleratorEnum.fromValue(name.toLowerCase(Locale.ROOT));
    }

    private static @Nullable Boot boot(dev.yado.api.generated.model.@Nullable DirectBoot boot) {
        return boot == null
                ? null
                : new Boot(
                        new ImageId(boot.getKernelImageId()),
                        image(boot.getInitrdImageId()),
                        boot.getCmdline() == null ? "" : boot.getCmdline());
    }

    private static dev.yado.api.generated.model.@Nullable DirectBoot boot(@Nullable Boot boot) {
        if (boot == null) {
            return null;
        }
        ImageId initrd = boot.initrd();
        return new dev.yado.api.generated.model.DirectBoot(boot.kernel().value())
                .initrdImageId(initrd == null ? null : initrd.value())
                .cmdline(boot.cmdline());
    }

    private static @Nullable Autostart autostart(dev.yado.api.generated.model.@Nullable Autostart autostart) {
        return autostart == null ? null : new Autostart(autostart.getOrder(), autostart.getDelaySeconds());
    }

    private static dev.yado.api.generated.model.@Nullable Autostart autostart(@Nullable Autostart autostart) {
        return autostart == null
                ? null
                : new dev.yado.api.generated.model.Autostart()
                        .order(autostart.order())
                        .delaySeconds(autostart.delaySeconds());
    }

    private static @Nullable ImageId image(@Nullable UUID id) {
        return id == null ? null : new ImageId(id);
    }

    private static @Nullable Mebibytes gibibytes(@Nullable Long size) {
        return size == null ? null : Mebibytes.ofGibibytes(size);
    }
}
