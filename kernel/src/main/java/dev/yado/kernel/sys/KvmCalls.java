package dev.yado.kernel.sys;

import static dev.yado.kernel.sys.KvmLayouts.KVM_CPUID2;
import static dev.yado.kernel.sys.KvmLayouts.KVM_CPUID_ENTRY2;
import static dev.yado.kernel.sys.KvmLayouts.KVM_USERSPACE_MEMORY_REGION;
import static dev.yado.kernel.sys.LinuxLayouts.offset;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** The ioctls of /dev/kvm and of a VM's descriptor; those of a vCPU are in {@link VcpuCalls}. */
public final class KvmCalls {
    private static final int MOST_CPUID_ENTRIES = 256;
    /** Three pages below the BIOS, where no guest memory lies; Intel CPUs without unrestricted guest need them. */
    private static final long TSS_ADDRESS = 0xfffbd000L;

    private KvmCalls() {}

    public static int apiVersion(Fd kvm) throws IOException {
        return kvm.ioctl("KVM_GET_API_VERSION", KvmNumbers.KVM_GET_API_VERSION, 0);
    }

    public static int checkExtension(Fd kvm, KvmCapability capability) throws IOException {
        return kvm.ioctl("KVM_CHECK_EXTENSION", KvmNumbers.KVM_CHECK_EXTENSION, capability.number());
    }

    public static Fd createVm(Fd kvm) throws IOException {
        return new Fd(kvm.ioctl("KVM_CREATE_VM", KvmNumbers.KVM_CREATE_VM, 0));
    }

    public static void setTssAddress(Fd vm) throws IOException {
        vm.ioctl("KVM_SET_TSS_ADDR", KvmNumbers.KVM_SET_TSS_ADDR, TSS_ADDRESS);
    }

    /** Puts memory at a guest-physical address in slot 0. The memory must stay mapped until the VM is closed. */
    public static void setMemory(Fd vm, long guestAddress, MappedMemory memory) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment region = arena.allocate(KVM_USERSPACE_MEMORY_REGION);
            region.set(JAVA_LONG, offset(KVM_USERSPACE_MEMORY_REGION, "guest_phys_addr"), guestAddress);
            region.set(JAVA_LONG, offset(KVM_USERSPACE_MEMORY_REGION, "memory_size"), memory.size());
            region.set(JAVA_LONG, offset(KVM_USERSPACE_MEMORY_REGION, "userspace_addr"), memory.address());
            vm.ioctl("KVM_SET_USER_MEMORY_REGION", KvmNumbers.KVM_SET_USER_MEMORY_REGION, region);
        }
    }

    public static Fd createVcpu(Fd vm, int index) throws IOException {
        return new Fd(vm.ioctl("KVM_CREATE_VCPU", KvmNumbers.KVM_CREATE_VCPU, index));
    }

    /** The shared page of a vCPU, {@code kvm_run}. */
    public static MappedMemory mapRun(Fd kvm, Fd vcpu) throws IOException {
        int size = kvm.ioctl("KVM_GET_VCPU_MMAP_SIZE", KvmNumbers.KVM_GET_VCPU_MMAP_SIZE, 0);
        return MappedMemory.shared(vcpu, size);
    }

    /** What of this CPU a guest may see. */
    public static List<CpuidEntry> supportedCpuid(Fd kvm) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment table = table(arena, MOST_CPUID_ENTRIES);
            kvm.ioctl("KVM_GET_SUPPORTED_CPUID", KvmNumbers.KVM_GET_SUPPORTED_CPUID, table);
            int count = table.get(JAVA_INT, offset(KVM_CPUID2, "nent"));
            List<CpuidEntry> entries = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                entries.add(read(entry(table, i)));
            }
            return List.copyOf(entries);
        }
    }

    public static void setCpuid(Fd vcpu, List<CpuidEntry> entries) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment table = table(arena, entries.size());
            for (int i = 0; i < entries.size(); i++) {
                write(entry(table, i), entries.get(i));
            }
            vcpu.ioctl("KVM_SET_CPUID2", KvmNumbers.KVM_SET_CPUID2, table);
        }
    }

    private static MemorySegment table(Arena arena, int entries) {
        MemorySegment table = arena.allocate(
                KVM_CPUID2.byteSize() + entries * KVM_CPUID_ENTRY2.byteSize(), JAVA_LONG.byteAlignment());
        table.set(JAVA_INT, offset(KVM_CPUID2, "nent"), entries);
        return table;
    }

    private static MemorySegment entry(MemorySegment table, int index) {
        return table.asSlice(KVM_CPUID2.byteSize() + index * KVM_CPUID_ENTRY2.byteSize(), KVM_CPUID_ENTRY2);
    }

    private static CpuidEntry read(MemorySegment entry) {
        return new CpuidEntry(
                register(entry, "function"),
                register(entry, "index"),
                register(entry, "flags"),
                register(entry, "eax"),
                register(entry, "ebx"),
                register(entry, "ecx"),
                register(entry, "edx"));
    }

    private static void write(MemorySegment entry, CpuidEntry values) {
        entry.set(JAVA_INT, offset(KVM_CPUID_ENTRY2, "function"), values.function());
        entry.set(JAVA_INT, offset(KVM_CPUID_ENTRY2, "index"), values.index());
        entry.set(JAVA_INT, offset(KVM_CPUID_ENTRY2, "flags"), values.flags());
        entry.set(JAVA_INT, offset(KVM_CPUID_ENTRY2, "eax"), values.eax());
        entry.set(JAVA_INT, offset(KVM_CPUID_ENTRY2, "ebx"), values.ebx());
        entry.set(JAVA_INT, offset(KVM_CPUID_ENTRY2, "ecx"), values.ecx());
        entry.set(JAVA_INT, offset(KVM_CPUID_ENTRY2, "edx"), values.edx());
    }

    private static int register(MemorySegment entry, String name) {
        return entry.get(JAVA_INT, offset(KVM_CPUID_ENTRY2, name));
    }
}
