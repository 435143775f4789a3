package dev.yado.vmmd;

import dev.yado.protocol.AcceleratorChoice;
import dev.yado.protocol.DirectBoot;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskOrigin.Mode;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.ImageRef;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.ObservedState;
import dev.yado.protocol.VmShape;
import dev.yado.protocol.VmSpec;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Linux guests that write files with their digests to their disks, and say whether they still match. */
final class TestingFiles {
    private final TestingHost host;

    TestingFiles(TestingHost host) {
        this.host = host;
    }

    VmSpec ready(int disks) throws IOException {
        return ready(disks, host.images().witness("initrd.img", ImageFormat.RAW));
    }

    VmSpec ready(int disks, ImageRef initrd) throws IOException {
        return ready(Stream.generate(() -> disk(null)).limit(disks).toList(), initrd);
    }

    /** @param pool null: of the host's own */
    static DiskSpec disk(@Nullable String pool) {
        return new DiskSpec(DiskId.random(), null, new Mebibytes(64), pool);
    }

    VmSpec ready(List<DiskSpec> disks) throws IOException {
        return ready(disks, host.images().witness("initrd.img", ImageFormat.RAW));
    }

    private VmSpec ready(List<DiskSpec> disks, ImageRef initrd) throws IOException {
        DirectBoot boot = new DirectBoot(
                host.images().witness("vmlinuz", ImageFormat.RAW),
                initrd,
                "console=ttyS0 quiet panic=0 cryptomgr.notests no_timer_check");
        VmSpec spec = host.spec(new VmShape(1, new Mebibytes(192), AcceleratorChoice.TCG, disks, boot));
        host.put(spec);
        awaitReady(spec, 1);
        return spec;
    }

    void awaitReady(VmSpec spec, int boots) {
        host.awaitSerial(spec.id(), 0, "yado-guest: disk vda boots=" + boots);
        host.type(spec.id(), "echo boots=" + boots + " at=$((1))\n");
        host.awaitSerial(spec.id(), 0, "boots=" + boots + " at=1");
        host.awaitState(spec.id(), ObservedState.RUNNING);
    }

    /** A file, and beside it what it should hold, on the first and the last disk. */
    void write(VmSpec spec, String name, int mebibytes) {
        String last = "/mnt/vd" + (char) ('a' + spec.shape().disks().size() - 1);
        String copy = last.equals("/mnt/vda") ? "" : " cp /mnt/vda/" + name + "* " + last + "/;";
        host.type(
                spec.id(),
                "cd /mnt/vda; dd if=/dev/urandom of=" + name + " bs=1M count=" + mebibytes + " 2>/dev/null; sha256sum "
                        + name + " >" + name + ".sum; cd /;" + copy + " sync; echo " + name + "=$((1))\n");
        host.awaitSerial(spec.id(), 0, name + "=1");
    }

    VmSpec restore(TestingBackup backup, Mode mode) {
        VmSpec spec = backup.restored(host, mode);
        host.put(spec);
        host.awaitSerial(spec.id(), 0, "yado-guest: ready");
        host.awaitState(spec.id(), ObservedState.RUNNING);
        return spec;
    }

    void check(VmSpec spec, String name) {
        for (int disk = 0; disk < spec.shape().disks().size(); disk++) {
            String directory = "/mnt/vd" + (char) ('a' + disk);
            String said = name + disk + "-is";
            host.type(spec.id(), "cd " + directory + "; sha256sum -c " + name + ".sum; echo " + said + "=$?; cd /\n");
            host.awaitSerial(spec.id(), 0, said + "=0");
        }
    }
}
