package dev.yado.cli.vm;

import java.util.Locale;

/** What a VM may ask for. */
enum AcceleratorOption {
    AUTO,
    KVM,
    TCG;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
