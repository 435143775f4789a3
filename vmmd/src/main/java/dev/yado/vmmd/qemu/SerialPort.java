package dev.yado.vmmd.qemu;

import java.util.Optional;

/** A guest's serial ports: the first is its console. */
public enum SerialPort {
    SERIAL0,
    SERIAL1;

    public int index() {
        return ordinal();
    }

    public static Optional<SerialPort> of(int index) {
        return index >= 0 && index < values().length ? Optional.of(values()[index]) : Optional.empty();
    }
}
