package dev.yado.kernel;

import dev.yado.kernel.sys.Fd;
import java.io.IOException;
import java.nio.file.Path;

/** An open file of this process. */
public final class Descriptor implements Inheritable {
    private final Fd fd;

    /** Takes it over. */
    public Descriptor(Fd fd) {
        this.fd = fd;
    }

    public static Descriptor openReadWrite(Path path) throws IOException {
        return new Descriptor(Fd.openReadWrite(path));
    }

    Fd fd() {
        return fd;
    }

    @Override
    public void close() {
        fd.close();
    }
}
