package dev.yado.protocol;

/** What a VM asks for. {@code AUTO} takes KVM on a host whose self-test ran a guest at hardware speed, else TCG. */
public enum AcceleratorChoice {
    AUTO,
    KVM,
    TCG
}
