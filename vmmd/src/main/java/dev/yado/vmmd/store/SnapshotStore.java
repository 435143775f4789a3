package dev.yado.vmmd.store;

import dev.yado.protocol.ProtocolJson;
import dev.yado.protocol.VmId;
import dev.yado.vmmd.store.DurableFile.Survives;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;

/** What a host knows of snapshots, one file in each VM's directory. What is written lasts when the call returns. */
public final class SnapshotStore {
    public static final String FILE = "snapshots.json";

    private final VmStore vms;

    public SnapshotStore(VmStore vms) {
        this.vms = vms;
    }

    /** @throws IOException when the file is there and cannot be understood */
    public Snapshots read(VmId vm) throws IOException {
        Path file = vms.directory(vm).resolve(FILE);
        try {
            return ProtocolJson.mapper().readValue(Files.readAllBytes(file), Snapshots.class);
        } catch (NoSuchFileException e) {
            return Snapshots.NONE;
        } catch (JacksonException e) {
            throw new IOException(file + " is damaged: " + e.getOriginalMessage(), e);
        }
    }

    public void write(VmId vm, Snapshots snapshots) throws IOException {
        DurableFile.replace(
                vms.directory(vm).resolve(FILE),
                ProtocolJson.mapper().writeValueAsBytes(snapshots),
                Survives.POWER_CUT);
    }
}
