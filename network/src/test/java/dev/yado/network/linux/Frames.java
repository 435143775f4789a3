package dev.yado.network.linux;

import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Ethernet frames as guests send them. */
final class Frames {
    static final byte[] BROADCAST = {-1, -1, -1, -1, -1, -1};
    private static final short IPV4 = 0x0800;
    private static final short ARP = 0x0806;
    private static final short REVERSE_ARP = (short) 0x8035;
    private static final short IPV6 = (short) 0x86dd;
    private static final int ETHERNET = 14;
    private static final int ICMPV6 = 58;

    private Frames() {}

    private static ByteBuffer ethernet(byte[] to, Mac from, short type, int payload) {
        return ByteBuffer.allocate(ETHERNET + payload).put(to).put(from.bytes()).putShort(type);
    }

    static byte[] arpRequest(Mac from, Ip fromIp, Ip target) {
        return ethernet(BROADCAST, from, ARP, 28)
                .put(new byte[] {0, 1, 8, 0, 6, 4, 0, 1})
                .put(from.bytes())
                .put(fromIp.bytes())
                .put(new byte[6])
                .put(target.bytes())
                .array();
    }

    /** Whether it says at which Ethernet address the target is. */
    static boolean isArpReply(byte[] frame, Ip target, Mac at) {
        return type(frame) == ARP
                && frame[21] == 2
                && Arrays.equals(frame, 22, 28, at.bytes(), 0, 6)
                && Arrays.equals(frame, 28, 32, target.bytes(), 0, 4);
    }

    static boolean isArpRequest(byte[] frame, Ip target) {
        return type(frame) == ARP && frame[21] == 1 && Arrays.equals(frame, 38, 42, target.bytes(), 0, 4);
    }

    /** "Who am I", as QEMU sends it. */
    static byte[] reverseArp(Mac from, Mac about) {
        return ethernet(BROADCAST, from, REVERSE_ARP, 28)
                .put(new byte[] {0, 1, 8, 0, 6, 4, 0, 3})
                .put(about.bytes())
                .put(new byte[4])
                .put(about.bytes())
                .put(new byte[4])
                .array();
    }

    static boolean isReverseArp(byte[] frame, Mac about) {
        return type(frame) == REVERSE_ARP && Arrays.equals(frame, 22, 28, about.bytes(), 0, 6);
    }

    static boolean isFrom(byte[] frame, Mac station) {
        return frame.length >= ETHERNET && Arrays.equals(frame, 6, 12, station.bytes(), 0, 6);
    }

    /** Sent by a bridge of its own accord, some time after it has got an address (RFC 3810), to the guests that are on it. */
    static boolean isListenerReport(byte[] frame) {
        return type(frame) == IPV6 && frame[ETHERNET + 6] == 0 && frame[ETHERNET + 48] == (byte) 143;
    }

    static byte[] arpReply(byte[] request, Mac mine) {
        return ethernet(Arrays.copyOfRange(request, 6, 12), mine, ARP, 28)
                .put(new byte[] {0, 1, 8, 0, 6, 4, 0, 2})
                .put(mine.bytes())
                .put(request, 38, 4)
                .put(request, 22, 10)
                .array();
    }

    static byte[] neighbourSolicitation(Mac from, Ip fromIp, Ip target) {
        byte[] wanted = target.bytes();
        byte[] group = Ip.parse("ff02::1:ff00:0").bytes();
        System.arraycopy(wanted, 13, group, 13, 3);
        byte[] to = {0x33, 0x33, -1, wanted[13], wanted[14], wanted[15]};
        ByteBuffer icmp = ByteBuffer.allocate(32)
                .put((byte) 135)
                .put(new byte[7])
                .put(wanted)
                .put((byte) 1)
                .put((byte) 1)
                .put(from.bytes());
        icmp.putShort(2, checksumV6(fromIp.bytes(), group, icmp.array()));
        return ethernet(to, from, IPV6, 40 + 32)
                .putInt(0x60000000)
                .putShort((short) 32)
                .put((byte) ICMPV6)
                .put((byte) 255)
                .put(fromIp.bytes())
                .put(group)
                .put(icmp.array())
                .array();
    }

    static boolean isNeighbourAdvertisement(byte[] frame, Ip target, Mac at) {
        return type(frame) == IPV6
                && frame[ETHERNET + 6] == ICMPV6
                && frame[ETHERNET + 40] == (byte) 136
                && Arrays.equals(frame, ETHERNET + 48, ETHERNET + 64, target.bytes(), 0, 16)
                && Arrays.equals(frame, ETHERNET + 66, ETHERNET + 72, at.bytes(), 0, 6);
    }

    private static short checksumV6(byte[] source, byte[] destination, byte[] payload) {
        ByteBuffer pseudo = ByteBuffer.allocate(40 + payload.length)
                .put(source)
                .put(destination)
                .putInt(payload.length)
                .putInt(ICMPV6)
                .put(payload);
        return checksum(pseudo.array());
    }

    private static short checksum(byte[] bytes) {
        long sum = 0;
        for (int i = 0; i < bytes.length; i += 2) {
            sum += (bytes[i] & 0xff) << 8 | (i + 1 < bytes.length ? bytes[i + 1] & 0xff : 0);
        }
        while (sum >> 16 != 0) {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        return (short) ~sum;
    }

    /** UDP over IPv4 without a checksum of its own. */
    static byte[] udp(Mac from, Ip fromIp, byte[] to, Ip toIp, String text) {
        byte[] payload = text.getBytes(StandardCharsets.US_ASCII);
        int length = 20 + 8 + payload.length;
        ByteBuffer ip = ByteBuffer.allocate(20)
                .putShort((short) 0x4500)
                .putShort((short) length)
                .putInt(0)
                .put((byte) 64)
                .put((byte) 17)
                .putShort((short) 0)
                .put(fromIp.bytes())
                .put(toIp.bytes());
        ip.putShort(10, checksum(ip.array()));
        return ethernet(to, from, IPV4, length)
                .put(ip.array())
                .putShort((short) 4000)
                .putShort((short) 4001)
                .putShort((short) (8 + payload.length))
                .putShort((short) 0)
                .put(payload)
                .array();
    }

    static boolean isUdp(byte[] frame, String text) {
        return type(frame) == IPV4
                && new String(frame, StandardCharsets.US_ASCII).stripTrailing().endsWith(text);
    }

    private static short type(byte[] frame) {
        return frame.length < ETHERNET ? 0 : ByteBuffer.wrap(frame).getShort(12);
    }
}
