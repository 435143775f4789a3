package dev.yado.storage;

import java.io.IOException;
import java.nio.file.Path;

/** Where the files of a disk come from that has snapshots on another host. */
public interface LayerSource {
    /** Writes a file of the disk to a path where nothing is yet. */
    void fetch(String name, Path to) throws IOException, InterruptedException;
}
