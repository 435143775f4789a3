package dev.yado.protocol;

/** What executes a guest's instructions. */
public enum Accelerator {
    KVM,
    TCG
}
