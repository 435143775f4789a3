package dev.yado.network.linux;

import dev.yado.protocol.address.Ip;
import dev.yado.protocol.address.Mac;
import java.io.ByteArrayOutputStream;
import java.util.HexFormat;

/** Tells all neighbours where an address is now: gratuitous ARP, or an unsolicited neighbour advertisement. */
public final class Announcement {
    private static final byte[] ALL_STATIONS = hex("ffffffffffff");
    private static final byte[] ALL_NODES_STATIONS = hex("333300000001");
    private static final Ip ALL_NODES = Ip.parse("ff02::1");
    private static final int ADVERTISEMENT_BYTES = 32;
    private static final int CHECKSUM_AT = 2;

    private Announcement() {}

    public static byte[] ofRouter(Mac mac, Ip address) {
        return address.v6() ? advertisement(mac, address, "a0000000") : arp(mac, address);
    }

    public static byte[] ofGuest(Mac mac, Ip address) {
        return address.v6() ? advertisement(mac, address, "20000000") : arp(mac, address);
    }

    /** A request for its own address, as RFC 5227 announces. */
    private static byte[] arp(Mac mac, Ip address) {
        return join(
                ALL_STATIONS,
                mac.bytes(),
                hex("0806" + "0001080006040001"),
                mac.bytes(),
                address.bytes(),
                new byte[6],
                address.bytes());
    }

    /** RFC 4861, 7.2.6: from the address itself, with the flag override. */
    private static byte[] advertisement(Mac mac, Ip address, String flags) {
        byte[] body = join(hex("88000000" + flags), address.bytes(), hex("0201"), mac.bytes());
        byte[] pseudo = join(address.bytes(), ALL_NODES.bytes(), hex("00000020" + "0000003a"));
        int sum = sum(join(pseudo, body));
        body[CHECKSUM_AT] = (byte) (sum >> Byte.SIZE);
        body[CHECKSUM_AT + 1] = (byte) sum;
        byte[] header = hex("60000000" + "00%02x".formatted(ADVERTISEMENT_BYTES) + "3aff");
        return join(ALL_NODES_STATIONS, mac.bytes(), hex("86dd"), header, address.bytes(), ALL_NODES.bytes(), body);
    }

    /** The checksum of RFC 1071. */
    private static int sum(byte[] bytes) {
        int sum = 0;
        for (int i = 0; i < bytes.length; i += 2) {
            sum += (bytes[i] & 0xff) << Byte.SIZE | bytes[i + 1] & 0xff;
        }
        while (sum >> Short.SIZE != 0) {
            sum = (sum & 0xffff) + (sum >> Short.SIZE);
        }
        return ~sum & 0xffff;
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }
}
