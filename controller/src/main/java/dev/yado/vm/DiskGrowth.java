package dev.yado.vm;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.YadoException;
import dev.yado.tenant.Quota;
import dev.yado.tenant.Quotas;
import java.util.List;
import org.springframework.stereotype.Component;

/** What a larger disk takes, of its tenant's quota and of its host, in the transaction of the call. */
@Component
class DiskGrowth {
    private final VmRows rows;
    private final VmRecords records;
    private final Quotas quotas;
    private final Places places;

    DiskGrowth(VmRows rows, VmRecords records, Quotas quotas, Places places) {
        this.rows = rows;
        this.records = records;
        this.quotas = quotas;
        this.places = places;
    }

    /**
     * @param vm locked
     * @throws YadoException {@code NOT_FOUND}, {@code INVALID_REQUEST} for a smaller one, {@code QUOTA_EXCEEDED}, {@code NO_HOST_FITS}
     *     when its host has no room for it
     */
    void grow(VmRow vm, VmCall.Resize asked) {
        VmView.Disk disk = rows.disks(List.of(vm.id())).getOrDefault(vm.id(), List.of()).stream()
                .filter(each -> each.id().equals(asked.disk()))
                .findFirst()
                .orElseThrow(() ->
                        new YadoException(ErrorCode.NOT_FOUND, "VM " + vm.name() + " has no disk " + asked.disk()));
        long more = asked.size().value() - disk.size().value();
        if (more < 0) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST,
                    "sizeGiB: the disk has " + disk.size() + ", and a disk is never made smaller");
        }
        quotas.require(vm.tenant(), new Quota.Amounts(0, 0, 0, more));
        rows.size(asked.disk(), asked.size());
        Placement placement = vm.sight().placement();
        if (placement != null) {
            takeAgain(vm, placement.host());
        }
    }

    private void takeAgain(VmRow vm, HostId host) {
        VmNeeds needs = records.needs(vm.id())
                .orElseThrow(() -> new YadoException(ErrorCode.CONFLICT, "VM " + vm.name() + " is gone"));
        places.takeAgain(vm.id(), host, needs).ifPresent(whyNot -> {
            throw new YadoException(ErrorCode.NO_HOST_FITS, "its host has no room for the larger disk: " + whyNot);
        });
    }
}
