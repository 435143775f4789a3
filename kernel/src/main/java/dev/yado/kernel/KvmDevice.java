package dev.yado.kernel;

import dev.yado.kernel.sys.CpuidEntry;
import dev.yado.kernel.sys.Fd;
import dev.yado.kernel.sys.KvmCalls;
import dev.yado.kernel.sys.KvmCapability;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** An open /dev/kvm. */
final class KvmDevice implements AutoCloseable {
    /** The only version there has been since Linux 2.6.22. */
    static final int API_VERSION = 12;

    private final Fd fd;

    private KvmDevice(Fd fd) {
        this.fd = fd;
    }

    static KvmDevice open(Path path) throws IOException {
        return new KvmDevice(Fd.openReadWrite(path));
    }

    int apiVersion() throws IOException {
        return KvmCalls.apiVersion(fd);
    }

    /** Name without {@code KVM_CAP_} to KVM's answer; 0 means "not there". */
    Map<String, Integer> capabilities() throws IOException {
        Map<String, Integer> answers = new TreeMap<>();
        for (KvmCapability capability : KvmCapability.values()) {
            answers.put(capability.name(), KvmCalls.checkExtension(fd, capability));
        }
        return Collections.unmodifiableMap(answers);
    }

    List<CpuidEntry> supportedCpuid() throws IOException {
        return KvmCalls.supportedCpuid(fd);
    }

    /** A VM with one vCPU; the device must stay open while it is made, not longer. */
    KvmGuest createGuest(long memoryBytes) throws IOException {
        return KvmGuest.create(fd, memoryBytes);
    }

    @Override
    public void close() {
        fd.close();
    }
}
