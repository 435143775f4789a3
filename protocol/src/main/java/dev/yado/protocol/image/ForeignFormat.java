package dev.yado.protocol.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.Optional;

/** Image formats that Yado does not take but a probing hypervisor would recognise. */
enum ForeignFormat {
    VMDK("VMDK", "vmdk"),
    VDI("VDI", "vdi"),
    VHDX("VHDX", "vhdx"),
    VHD("VHD", "vpc"),
    QED("QED", "qed"),
    QCOW1("qcow version 1", "qcow"),
    PARALLELS("Parallels", "parallels"),
    LUKS("LUKS", "luks"),
    BOCHS("Bochs", "bochs"),
    CLOOP("cloop", "cloop");

    private final String title;
    private final String qemuName;

    ForeignFormat(String title, String qemuName) {
        this.title = title;
        this.qemuName = qemuName;
    }

    String title() {
        return title;
    }

    /** What {@code qemu-img -f} calls it. */
    String qemuName() {
        return qemuName;
    }

    static Optional<ForeignFormat> of(byte[] head) {
        return Arrays.stream(values()).filter(format -> format.begins(head)).findFirst();
    }

    private boolean begins(byte[] head) {
        return switch (this) {
            case VMDK ->
                has(head, 0, "KDMV")
                        || has(head, 0, "COWD")
                        || has(head, 0, "# Disk DescriptorFile")
                        || isVmdkDescriptor(head);
            case VDI -> has(head, 0x40, "\u007f\u0010\u00da\u00be");
            case VHDX -> has(head, 0, "vhdxfile");
            case VHD -> has(head, 0, "conectix");
            case QED -> has(head, 0, "QED\0");
            case QCOW1 -> has(head, 0, "QFI\u00fb\0\0\0\u0001");
            case PARALLELS -> has(head, 0, "WithoutFreeSpace") || has(head, 0, "WithouFreSpacExt");
            case LUKS -> has(head, 0, "LUKS\u00ba\u00be");
            case BOCHS -> has(head, 0, "Bochs Virtual HD Image");
            case CLOOP -> has(head, 0, "#!/bin/sh\n#V2.0 Format\n");
        };
    }

    private static boolean has(byte[] head, int at, String magic) {
        byte[] wanted = magic.getBytes(ISO_8859_1);
        return head.length >= at + wanted.length
                && Arrays.equals(head, at, at + wanted.length, wanted, 0, wanted.length);
    }

    /** QEMU takes a text as VMDK whose first line after comments and blank lines is a version. */
    private static boolean isVmdkDescriptor(byte[] head) {
        int at = 0;
        while (at < head.length) {
            int end = at;
            while (end < head.length && head[end] != '\n') {
                end++;
            }
            boolean comment = head[at] == '#';
            if (!comment && !new String(head, at, Math.min(end - at, 512), ISO_8859_1).isBlank()) {
                return has(head, at, "version=");
            }
            at = end + 1;
        }
        return false;
    }
}
