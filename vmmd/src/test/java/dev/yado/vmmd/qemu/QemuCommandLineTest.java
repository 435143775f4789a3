package dev.yado.vmmd.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.Mebibytes;
import dev.yado.protocol.VmId;
import dev.yado.protocol.address.Mac;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The arguments against golden files, one argument a line. A change of a golden file is a change of every guest. */
class QemuCommandLineTest {
    private static final VmId ID = VmId.of("0193e5a0-0000-7000-8000-000000000001");
    private static final DiskAccess FAST = new DiskAccess(DiskAccess.Aio.IO_URING, true);

    @Test
    void cloneOfAnImageAndADataDiskUnderTcg() throws IOException {
        GuestMachine machine = new GuestMachine(
                ID,
                "web, 1",
                2,
                new Mebibytes(1024),
                Accelerator.TCG,
                "max",
                "pc-q35-7.2",
                List.of(
                        new GuestMachine.Drive(
                                Path.of("/pool/root,disk.qcow2"),
                                new GuestMachine.Base(Path.of("/pool/images/base.qcow2"), ImageFormat.QCOW2),
                                "8000000000000002",
                                FAST,
                                false),
                        new GuestMachine.Drive(
                                Path.of("/pool/data.qcow2"),
                                null,
                                "8000000000000003",
                                new DiskAccess(DiskAccess.Aio.THREADS, false),
                                false)),
                List.of(),
                null,
                null);
        assertThat(QemuCommandLine.of(machine)).isEqualTo(golden("clone-and-data-tcg.txt"));
    }

    @Test
    void aDiskThatLacksSomethingOfItsBackupStandsOnWhatTheDaemonServes() {
        GuestMachine machine = new GuestMachine(
                ID,
                "n",
                1,
                new Mebibytes(1),
                Accelerator.TCG,
                "max",
                "pc-q35-7.2",
                List.of(new GuestMachine.Drive(
                        Path.of("/own/one.qcow2"), List.of(), null, "1", FAST, false, "export-of-it")),
                List.of(),
                null,
                null);
        List<String> line = QemuCommandLine.of(machine);
        assertThat(line)
                .filteredOn(word -> word.contains("\"node-name\":\"restored0\""))
                .singleElement()
                .asString()
                .contains("\"export\":\"export-of-it\"", "restore/nbd", "\"reconnect-delay\"", "\"read-only\":true");
        assertThat(line)
                .filteredOn(word -> word.contains("/own/one.qcow2"))
                .singleElement()
                .asString()
                .contains("\"backing\":\"restored0\"");
    }

    @Test
    void aDiskThatAnotherHostCouldOpenIsLocked() {
        GuestMachine machine = new GuestMachine(
                ID,
                "n",
                1,
                new Mebibytes(1),
                Accelerator.TCG,
                "max",
                "pc-q35-7.2",
                List.of(
                        new GuestMachine.Drive(Path.of("/shared/one.qcow2"), null, "1", FAST, true),
                        new GuestMachine.Drive(Path.of("/own/two.qcow2"), null, "2", FAST, false)),
                List.of(),
                null,
                null);
        assertThat(QemuCommandLine.of(machine))
                .filteredOn(word -> word.contains("\"locking\":\"on\""))
                .singleElement()
                .asString()
                .contains("/shared/one.qcow2");
    }

    @Test
    void directBootUnderKvm() throws IOException {
        GuestMachine machine = new GuestMachine(
                ID,
                "direct",
                1,
                new Mebibytes(256),
                Accelerator.KVM,
                "host",
                "pc-q35-7.2",
                List.of(),
                List.of(),
                null,
                new GuestMachine.Kernel(
                        Path.of("/pool/images/vmlinuz"), Path.of("/pool/images/initrd"), "console=ttyS0 x=1,2"));
        assertThat(QemuCommandLine.of(machine)).isEqualTo(golden("direct-boot-kvm.txt"));
    }

    @Test
    void cardsAreTheTapsThatItIsGivenAndASeedIsReadOnly() {
        GuestMachine machine = new GuestMachine(
                ID,
                "n",
                1,
                new Mebibytes(1),
                Accelerator.TCG,
                "max",
                "pc-q35-7.2",
                List.of(),
                List.of(
                        new GuestMachine.Card(new Mac("52:54:00:00:00:01"), 1450),
                        new GuestMachine.Card(new Mac("52:54:00:00:00:02"), 9000)),
                Path.of("/vms/seed.iso"),
                null);
        assertThat(QemuCommandLine.of(machine))
                .contains("tap,id=net0,fd=3", "tap,id=net1,fd=4")
                .contains("virtio-net-pci,id=nic1,netdev=net1,mac=52:54:00:00:00:02,host_mtu=9000,romfile=")
                .filteredOn(word -> word.contains("/vms/seed.iso"))
                .singleElement()
                .asString()
                .contains("\"read-only\":true");
    }

    @Test
    void everyPathOfASocketIsShortEnough() {
        GuestMachine machine = new GuestMachine(
                ID, "n", 1, new Mebibytes(1), Accelerator.TCG, "max", "pc-q35-7.2", List.of(), List.of(), null, null);
        assertThat(QemuCommandLine.of(machine))
                .filteredOn(word -> word.startsWith("socket,"))
                .hasSize(4)
                .allMatch(word -> word.matches(".*path=sock/[a-z0-9]+,.*"));
    }

    private static List<String> golden(String name) throws IOException {
        try (InputStream file = Objects.requireNonNull(QemuCommandLineTest.class.getResourceAsStream(name), name)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        }
    }
}
