package dev.yado.kernel;

/** What a {@link Program} can be given. The program has its own hold on it; closing this one leaves that open. */
public sealed interface Inheritable extends AutoCloseable permits Descriptor, TapDevice {
    @Override
    void close();
}
