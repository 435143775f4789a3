package dev.yado.protocol;

/** What the owner of a VM wants. {@code DELETED} never reaches a host as a spec: it is a call of its own. */
public enum DesiredState {
    RUNNING,
    STOPPED,
    PAUSED,
    DELETED
}
