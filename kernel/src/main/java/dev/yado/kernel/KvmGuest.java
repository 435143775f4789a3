package dev.yado.kernel;

import dev.yado.kernel.sys.CpuidEntry;
import dev.yado.kernel.sys.Fd;
import dev.yado.kernel.sys.KvmCalls;
import dev.yado.kernel.sys.MappedMemory;
import dev.yado.kernel.sys.Registers;
import dev.yado.kernel.sys.VcpuCalls;
import dev.yado.kernel.sys.VcpuExit;
import java.io.IOException;
import java.util.List;

/**
 * The smallest VM: memory at address 0, one vCPU, no devices. One platform thread runs and closes it;
 * any other may {@link #kick}.
 */
final class KvmGuest implements AutoCloseable {
    private final Fd vm;
    private final Fd vcpu;
    private final MappedMemory memory;
    private final MappedMemory run;
    private final VcpuCalls calls;
    private boolean closed;

    private KvmGuest(Fd vm, Fd vcpu, MappedMemory memory, MappedMemory run) {
        this.vm = vm;
        this.vcpu = vcpu;
        this.memory = memory;
        this.run = run;
        this.calls = new VcpuCalls(vcpu, run);
    }

    static KvmGuest create(Fd device, long memoryBytes) throws IOException {
        CloseOnFailure made = new CloseOnFailure();
        try {
            Fd vm = made.keep(KvmCalls.createVm(device));
            KvmCalls.setTssAddress(vm);
            MappedMemory memory = made.keep(MappedMemory.anonymous(memoryBytes));
            KvmCalls.setMemory(vm, 0, memory);
            Fd vcpu = made.keep(KvmCalls.createVcpu(vm, 0));
            MappedMemory run = made.keep(KvmCalls.mapRun(device, vcpu));
            return new KvmGuest(vm, vcpu, memory, run);
        } catch (IOException e) {
            made.closeAll();
            throw e;
        }
    }

    /** Guest-physical address and bytes to put there. */
    void load(long address, byte[] bytes) {
        memory.putBytes(address, bytes);
    }

    void loadLong(long address, long value) {
        memory.putLong(address, value);
    }

    void showCpu(List<CpuidEntry> cpuid) throws IOException {
        KvmCalls.setCpuid(vcpu, cpuid);
    }

    void enterLongMode(long pageTables) throws IOException {
        calls.enterLongMode(pageTables);
    }

    void setRegisters(Registers registers) throws IOException {
        calls.setRegisters(registers);
    }

    Registers registers() throws IOException {
        return calls.registers();
    }

    /** Blocks until the guest exits or is kicked. */
    VcpuExit run() throws IOException {
        return calls.run();
    }

    /** Makes {@link #run} come back, now and ever after. Excludes close: the shared page must be there. */
    synchronized void kick() throws IOException {
        if (!closed) {
            calls.kick();
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        run.close();
        vcpu.close();
        vm.close();
        memory.close();
    }
}
