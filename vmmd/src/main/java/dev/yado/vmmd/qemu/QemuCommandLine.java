package dev.yado.vmmd.qemu;

import dev.yado.protocol.Accelerator;
import dev.yado.protocol.ImageFormat;
import dev.yado.protocol.ProtocolJson;
import dev.yado.storage.RestoredBase;
import dev.yado.vmmd.qemu.GuestMachine.Base;
import dev.yado.vmmd.qemu.GuestMachine.Card;
import dev.yado.vmmd.qemu.GuestMachine.Drive;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of QEMU for a machine. A pure function: the same machine gives the same arguments. QEMU is to be started in the
 * VM's directory, since sockets and logs are named relative to it.
 */
final class QemuCommandLine {
    private static final int FIRST_GIVEN = 3;
    /** A daemon is away no longer than that. */
    private static final int RECONNECT_SECONDS = 3600;

    /**
     * Of a machine that can never have a second processor TCG leaves out the guest's locks and memory barriers. Between guest and
     * device they are needed all the same: without them a notification is lost now and then, and the card or disk waits for ever.
     */
    private static final int LEAST_WITH_BARRIERS = 2;

    /**
     * QEMU before 9.0 copies a guest under TCG wrongly when its memory is a multiple of 256 KiB: it looks at its record of written pages 64
     * pages at a time, and forgets to have the guest's next write to them recorded again. So pages are lost that the guest writes while
     * it moves. With some more memory it looks page by page, and does not forget. Both hosts of a move have to give it the same.
     */
    private static final int KIB_FOR_DIRTY_PAGES = 8;

    /** The last one that q35 leaves free. */
    private static final String AGENT_SLOT = "0x1e";

    private final List<String> arguments = new ArrayList<>();

    private QemuCommandLine() {}

    static List<String> of(GuestMachine machine) {
        QemuCommandLine line = new QemuCommandLine();
        line.identity(machine);
        line.board(machine);
        line.control();
        line.serialPorts();
        for (int index = 0; index < machine.drives().size(); index++) {
            line.drive(index, machine.drives().get(index));
        }
        line.seed(machine);
        for (int index = 0; index < machine.cards().size(); index++) {
            line.card(index, machine.cards().get(index));
        }
        line.agent();
        line.kernel(machine);
        return List.copyOf(line.arguments);
    }

    private void identity(GuestMachine machine) {
        add("-uuid", machine.id().toString());
        add("-name", "guest=" + escaped(machine.name()) + ",debug-threads=on");
        add("-nodefaults");
        add("-no-user-config");
        add("-display", "none");
        // Held until the daemon has checked it.
        add("-S");
        if (machine.incoming()) {
            add("-incoming", "defer");
        }
        add("-msg", "timestamp=on");
        add("-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
        // A guest that ended is held, so that how it ended can still be asked by a daemon that was away.
        add("-action", "reboot=reset,shutdown=pause,panic=pause");
    }

    private void board(GuestMachine machine) {
        // Without the unused SATA controller the firmware is 10 ms faster.
        add("-machine", machine.machineType() + ",usb=off,vmport=off,smm=off,sata=off,dump-guest-core=off");
        boolean kvm = machine.accelerator() == Accelerator.KVM;
        add("-accel", kvm ? "kvm" : "tcg,thread=multi");
        add("-cpu", machine.cpuModel());
        add(
                "-smp",
                "cpus=" + machine.vcpus() + (kvm ? "" : ",maxcpus=" + Math.max(LEAST_WITH_BARRIERS, machine.vcpus())));
        long mebibytes = machine.memory().value();
        add("-m", "size=" + (kvm ? mebibytes + "M" : (mebibytes << 10) + KIB_FOR_DIRTY_PAGES + "k"));
        add("-rtc", "base=utc");
        // Stock images ask the metadata service only on machines whose names they know; ours speaks this one's dialect.
        add("-smbios", "type=1,manufacturer=Yado,product=OpenStack Nova");
        add("-global", "ICH9-LPC.disable_s3=1");
        add("-global", "ICH9-LPC.disable_s4=1");
        // It speeds up 32-bit Windows where the processor does not, and its option ROM costs every start 2 ms.
        add("-global", "apic-common.vapic=off");
        add("-boot", "menu=off,strict=on");
        add("-object", "rng-random,id=rng0,filename=/dev/urandom");
        add("-device", "virtio-rng-pci,id=rng,rng=rng0");
        // The ISA one is found by every kernel with ACPI, the PCI one by kernels without it.
        add("-device", "pvpanic");
        add("-device", "pvpanic-pci,id=panic");
    }

    private void control() {
        add("-chardev", "socket,id=qmp,path=" + GuestFiles.QMP + ",server=on,wait=off");
        add("-mon", "chardev=qmp,mode=control");
    }

    private void serialPorts() {
        for (SerialPort port : SerialPort.values()) {
            String id = port.name().toLowerCase(Locale.ROOT);
            add(
                    "-chardev",
                    "socket,id=" + id + ",path=" + GuestFiles.socket(port) + ",server=on,wait=off,logfile="
                            + GuestFiles.log(port) + ",logappend=on");
            add("-device", "isa-serial,chardev=" + id + ",index=" + port.index());
        }
    }

    /**
     * The channel to an agent in the guest. Its place on the bus is its own, behind all that are given out in turn: so a VM whose process
     * has no channel yet finds everything else where it was when it is started again, and can be moved into a process that has one,
     * which its guest sees after its next reset.
     */
    private void agent() {
        add("-chardev", "socket,id=agent,path=" + GuestFiles.AGENT + ",server=on,wait=off");
        add("-device", "virtio-serial-pci,id=channels,addr=" + AGENT_SLOT + ",max_ports=2");
        add("-device", "virtserialport,bus=channels.0,nr=1,id=agent,chardev=agent,name=org.qemu.guest_agent.0");
    }

    private void drive(int index, Drive drive) {
        String node = GuestMachine.node(index);
        String restored = drive.restored();
        if (restored != null) {
            add("-blockdev", restored(index, restored));
        }
        add("-blockdev", node(index, drive));
        add("-object", "iothread,id=io" + index);
        add(
                "-device",
                "virtio-blk-pci,id=vd" + index + ",drive=" + node + ",iothread=io" + index + ",serial=" + drive.serial()
                        + (index == 0 ? ",bootindex=1" : ""));
    }

    /** A drive as a node of the block graph, in QEMU's words. */
    static String node(int index, Drive drive) {
        Map<String, Object> top = file(GuestMachine.node(index), drive);
        String restored = drive.restored();
        top.put("backing", restored != null ? GuestMachine.restored(index) : below(index, drive, 0));
        return json(top);
    }

    /** The file of a drive without what it stands on, as a node of that name. */
    static Map<String, Object> file(String node, Drive drive) {
        Map<String, Object> top = new LinkedHashMap<>();
        top.put("node-name", node);
        top.put("driver", "qcow2");
        top.put("discard", "unmap");
        top.put("detect-zeroes", "unmap");
        top.put("cache", Map.of("direct", drive.access().direct()));
        Map<String, Object> file = file(drive.file(), drive.access(), false);
        if (drive.shared()) {
            file.put("locking", "on");
        }
        top.put("file", file);
        return top;
    }

    /** @param depth layers that are above it */
    private static @Nullable Map<String, Object> below(int index, Drive drive, int depth) {
        Base base = drive.base();
        Map<String, Object> below = new LinkedHashMap<>();
        boolean layered = depth < drive.layers().size();
        if (!layered && base == null) {
            return null;
        }
        below.put(
                "node-name", layered ? GuestMachine.layer(index, drive.layers().get(depth)) : GuestMachine.base(index));
        boolean qcow2 = layered || Objects.requireNonNull(base).format() == ImageFormat.QCOW2;
        below.put("driver", qcow2 ? "qcow2" : "raw");
        below.put("read-only", true);
        below.put("cache", Map.of("direct", drive.access().direct()));
        if (layered) {
            // It may be written to while a layer below it is brought into it.
            below.put("file", file(drive.layers().get(depth), drive.access(), false));
            below.put("backing", below(index, drive, depth + 1));
        } else {
            below.put("file", file(Objects.requireNonNull(base).file(), drive.access(), true));
            if (qcow2) {
                below.put("backing", null);
            }
        }
        return below;
    }

    /** The daemon serves it, and again after a restart: until then the guest waits for what it reads of it. */
    private static String restored(int index, String export) {
        Map<String, Object> served = new LinkedHashMap<>();
        served.put("node-name", GuestMachine.restored(index));
        served.put("driver", "nbd");
        served.put("read-only", true);
        served.put("server", Map.of("type", "unix", "path", RestoredBase.SOCKET));
        served.put("export", export);
        served.put("reconnect-delay", RECONNECT_SECONDS);
        return json(served);
    }

    private void seed(GuestMachine machine) {
        Path seed = machine.seed();
        if (seed == null) {
            return;
        }
        Map<String, Object> node = new LinkedHashMap<>();
        node.put("node-name", "seed");
        node.put("driver", "raw");
        node.put("read-only", true);
        node.put("file", Map.of("driver", "file", "filename", seed.toString(), "read-only", true));
        add("-blockdev", json(node));
        add("-device", "virtio-blk-pci,id=seed,drive=seed,serial=yado-seed");
    }

    /** Descriptors 0 to 2 are input and log. Without the option ROM no firmware boots from the network. */
    private void card(int index, Card card) {
        String id = "net" + index;
        add("-netdev", "tap,id=" + id + ",fd=" + (FIRST_GIVEN + index));
        add(
                "-device",
                "virtio-net-pci,id=nic" + index + ",netdev=" + id + ",mac=" + card.mac() + ",host_mtu=" + card.mtu()
                        + ",romfile=");
    }

    private void kernel(GuestMachine machine) {
        GuestMachine.Kernel kernel = machine.kernel();
        if (kernel == null) {
            return;
        }
        add("-kernel", kernel.image().toString());
        Path initrd = kernel.initrd();
        if (initrd != null) {
            add("-initrd", initrd.toString());
        }
        add("-append", kernel.cmdline());
    }

    private static Map<String, Object> file(Path path, DiskAccess access, boolean readOnly) {
        Map<String, Object> file = new LinkedHashMap<>();
        file.put("driver", "file");
        file.put("filename", path.toString());
        file.put("aio", access.aio().wire);
        file.put("cache", Map.of("direct", access.direct()));
        if (readOnly) {
            file.put("read-only", true);
        } else {
            file.put("discard", "unmap");
        }
        return file;
    }

    private static String json(Map<String, Object> value) {
        return ProtocolJson.mapper().writeValueAsString(value);
    }

    /** In QEMU's option lists a comma is written twice. */
    private static String escaped(String value) {
        return value.replace(",", ",,");
    }

    private void add(String... more) {
        arguments.addAll(List.of(more));
    }
}
