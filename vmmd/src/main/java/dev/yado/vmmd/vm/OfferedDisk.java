package dev.yado.vmmd.vm;

import dev.yado.protocol.migration.CarriedDisk;
import java.nio.file.Path;
import java.util.Map;

/** @param files by the names that they have in what is carried */
record OfferedDisk(CarriedDisk carried, Map<String, Path> files) {
    OfferedDisk {
        files = Map.copyOf(files);
    }
}
