package dev.yado.storage;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.image.ImageHeader;
import dev.yado.protocol.image.Qcow2Header;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A disk's file and those of its own that it stands on, as their headers say. Only names of the disk's own files are followed.
 *
 * @param size what the guest sees of the topmost file, in bytes
 * @param layers from the top to the bottom
 * @param bottom what the lowest of them all stands on; null: nothing
 */
record Chain(long size, List<Path> layers, @Nullable Backing bottom) {
    /** How a header says what kind of file it is that it stands on. */
    static final String FORMAT = "qcow2";

    Chain {
        layers = List.copyOf(layers);
    }

    /** @throws YadoException when a header is damaged, or they go round in a circle */
    static Chain of(Path top, DiskNames names) throws IOException {
        List<Path> layers = new ArrayList<>();
        Qcow2Header first = header(top);
        Backing below = Backing.of(first);
        while (below != null) {
            Path layer = names.named(below.name()).orElse(null);
            if (layer == null) {
                break;
            }
            if (!below.format().equals(FORMAT) || layer.equals(top) || layers.contains(layer)) {
                throw new YadoException(
                        ErrorCode.INTERNAL, "Its files say that they stand on one another, which cannot be.");
            }
            layers.add(layer);
            below = Backing.of(header(layer));
        }
        return new Chain(first.virtualSize(), layers, below);
    }

    static Backing backing(Path layer) {
        return new Backing(layer.getFileName().toString(), FORMAT);
    }

    static Qcow2Header header(Path file) throws IOException {
        byte[] head;
        try (InputStream in = Files.newInputStream(file)) {
            head = in.readNBytes(ImageHeader.HEAD_BYTES);
        }
        return Qcow2Header.parse(head, Files.size(file));
    }
}
