package dev.yado.alert;

import dev.yado.protocol.HostId;
import dev.yado.protocol.OperationId;
import dev.yado.protocol.VmId;

/**
 * What an alert is about.
 *
 * @param kind as in the API: {@code operation}, {@code vm}, {@code host}, …
 * @param id usually the object's id
 */
public record Subject(String kind, String id) {
    public static Subject of(OperationId id) {
        return new Subject("operation", id.toString());
    }

    public static Subject of(VmId id) {
        return new Subject("vm", id.toString());
    }

    public static Subject of(HostId id) {
        return new Subject("host", id.toString());
    }

    @Override
    public String toString() {
        return kind + " " + id;
    }
}
