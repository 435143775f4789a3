package dev.yado.reconcile;

import dev.yado.api.Caller;
import dev.yado.vm.VmRecords;
import dev.yado.vm.Vms;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Begins the removal again of what is wanted gone and has no open operation any more. */
@Component
class FinishDeletes implements Reconciler {
    private final VmRecords records;
    private final Vms vms;

    FinishDeletes(VmRecords records, Vms vms) {
        this.records = records;
        this.vms = vms;
    }

    @Override
    public Duration period() {
        return Duration.ofSeconds(30);
    }

    @Override
    public void scan() {
        records.unfinishedDeletes().forEach(id -> vms.delete(new Caller.Administrator(null), id));
    }
}
