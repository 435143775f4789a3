package dev.yado.network.nft;

import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/** Writes Ethernet frames, byte by byte, with right checksums. */
public final class Frames {
    public static final byte[] BROADCAST = hex("ffffffffffff");
    static final int ARP = 0x0806;
    public static final int IPV4 = 0x0800;
    public static final int IPV6 = 0x86dd;

    private Frames() {}

    static byte[] bytes(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits.replace(" ", ""));
    }

    public static byte[] ethernet(Mac to, Mac from, int type, byte[] payload) {
        return ethernet(to.bytes(), from, type, payload);
    }

    /** @param to may be a group of stations */
    public static byte[] ethernet(byte[] to, Mac from, int type, byte[] payload) {
        return bytes(to, from.bytes(), two(type), payload);
    }

    static byte[] two(int value) {
        return new byte[] {(byte) (value >> 8), (byte) value};
    }

    static byte[] arp(int operation, Mac sender, Ip senderIp, Mac target, Ip targetIp) {
        return bytes(
                hex("0001 0800 06 04"),
                two(operation),
                sender.bytes(),
                senderIp.bytes(),
                target.bytes(),
                targetIp.bytes());
    }

    /** An IPv4 or IPv6 packet, by the family of the addresses. */
    public static byte[] ip(Ip source, Ip destination, int protocol, byte[] payload) {
        return source.v6()
                ? ip6(source, destination, protocol, 255, payload)
                : ip4(source, destination, protocol, 0, payload);
    }

    public static int type(Ip address) {
        return address.v6() ? IPV6 : IPV4;
    }

    /** @param fragment flags and offset as in the header */
    static byte[] ip4(Ip source, Ip destination, int protocol, int fragment, byte[] payload) {
        byte[] header = bytes(
                hex("4500"),
                two(20 + payload.length),
                two(7),
                two(fragment),
                new byte[] {64, (byte) protocol, 0, 0},
                source.bytes(),
                destination.bytes());
        System.arraycopy(two(sum(header)), 0, header, 10, 2);
        return bytes(header, payload);
    }

    static byte[] ip6(Ip source, Ip destination, int next, int hops, byte[] payload) {
        return bytes(
                hex("60000000"),
                two(payload.length),
                new byte[] {(byte) next, (byte) hops},
                source.bytes(),
                destination.bytes(),
                payload);
    }

    public static byte[] udp(Ip source, Ip destination, int from, int to, byte[] data) {
        byte[] header = bytes(two(from), two(to), two(8 + data.length), two(0), data);
        return checked(source, destination, 17, header, 6);
    }

    /** @param flags 2: SYN, 0x10: ACK, 0x12: both */
    public static byte[] tcp(Ip source, Ip destination, int from, int to, int sequence, int acknowledged, int flags) {
        byte[] header = bytes(
                two(from),
                two(to),
                four(sequence),
                four(acknowledged),
                new byte[] {0x50, (byte) flags},
                two(65_000),
                two(0),
                two(0));
        return checked(source, destination, 6, header, 16);
    }

    static byte[] four(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    /** Of ICMP or ICMPv6, by the family. */
    public static byte[] icmp(Ip source, Ip destination, int type, int code, byte[] body) {
        byte[] message = bytes(new byte[] {(byte) type, (byte) code, 0, 0}, body);
        if (source.v6()) {
            return checked(source, destination, 58, message, 2);
        }
        System.arraycopy(two(sum(message)), 0, message, 2, 2);
        return message;
    }

    /** A neighbour solicitation (135) or advertisement (136), without options. */
    static byte[] discovery(Ip source, Ip destination, int type, Ip target) {
        return icmp(source, destination, type, 0, bytes(type == 136 ? hex("60000000") : four(0), target.bytes()));
    }

    static byte[] sctp(int from, int to) {
        byte[] init = bytes(hex("01 00 0014"), four(0x1234), four(65_536), two(1), two(1), four(1));
        byte[] packet = bytes(two(from), two(to), four(0), four(0), init);
        byte[] sum = ByteBuffer.allocate(4)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .putInt((int) crc32c(packet))
                .array();
        System.arraycopy(sum, 0, packet, 8, 4);
        return packet;
    }

    private static long crc32c(byte[] bytes) {
        java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
        crc.update(bytes);
        return crc.getValue();
    }

    private static byte[] checked(Ip source, Ip destination, int protocol, byte[] message, int at) {
        byte[] pseudo = bytes(source.bytes(), destination.bytes(), four(message.length), four(protocol));
        int sum = sum(bytes(pseudo, message));
        System.arraycopy(two(sum == 0 ? 0xffff : sum), 0, message, at, 2);
        return message;
    }

    private static int sum(byte[] bytes) {
        long sum = 0;
        for (int i = 0; i < bytes.length; i += 2) {
            int low = i + 1 < bytes.length ? bytes[i + 1] & 0xff : 0;
            sum += (bytes[i] & 0xff) << 8 | low;
        }
        while (sum >> 16 != 0) {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        return (int) ~sum & 0xffff;
    }
}
