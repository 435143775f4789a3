package dev.yado.vm;

import dev.yado.api.Caller;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** Pins VMs to hosts, for what only one host has: a licence, a cable, a measurement. A pin moves nothing and stops nothing. */
@Service
class HostPins {
    private final Vms vms;
    private final VmRows rows;
    private final VmPins pins;
    private final TransactionTemplate transactions;

    HostPins(Vms vms, VmRows rows, VmPins pins, TransactionTemplate transactions) {
        this.vms = vms;
        this.rows = rows;
        this.pins = pins;
        this.transactions = transactions;
    }

    /**
     * @param wanted null: the host that it is on
     * @throws YadoException {@code CONFLICT} while it moves, and when no host is named of a VM that has none; {@code NOT_FOUND} when
     *     there is no such VM or host; {@code FORBIDDEN} for a tenant
     */
    VmView pin(Caller caller, VmId id, @Nullable HostId wanted) {
        caller.requireAdministrator();
        try {
            transactions.executeWithoutResult(_ -> {
                VmRow vm = locked(caller, id);
                pins.host(id, wanted == null ? present(vm) : wanted);
            });
        } catch (DataIntegrityViolationException noSuchHost) {
            throw new YadoException(ErrorCode.NOT_FOUND, "host " + wanted + " does not exist", noSuchHost);
        }
        return vms.get(caller, id);
    }

    VmView unpin(Caller caller, VmId id) {
        caller.requireAdministrator();
        transactions.executeWithoutResult(_ -> {
            locked(caller, id);
            pins.host(id, null);
        });
        return vms.get(caller, id);
    }

    private static HostId present(VmRow vm) {
        LastOperation last = vm.sight().operation();
        if (last != null && last.isOpen(VmVerb.MIGRATE)) {
            throw new YadoException(
                    ErrorCode.CONFLICT,
                    "VM " + vm.name() + " moves: name the host, or wait until operation " + last.id() + " has ended");
        }
        Placement placement = vm.sight().placement();
        if (placement == null) {
            throw new YadoException(ErrorCode.CONFLICT, "VM " + vm.name() + " has no host: name one");
        }
        return placement.host();
    }

    private VmRow locked(Caller caller, VmId id) {
        vms.row(caller, id);
        return rows.lock(id).orElseThrow(() -> new YadoException(ErrorCode.NOT_FOUND, "the VM is gone"));
    }
}
