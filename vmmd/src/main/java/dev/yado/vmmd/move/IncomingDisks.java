package dev.yado.vmmd.move;

import dev.yado.protocol.DiskId;
import dev.yado.protocol.DiskSpec;
import dev.yado.protocol.migration.Arrival;
import dev.yado.vmmd.qmp.BlockCommand;
import dev.yado.vmmd.qmp.QmpException;
import dev.yado.vmmd.qmp.QmpSession;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.function.IntFunction;

/** The destination's side of disks that are copied: lets the source, and nobody else, write them over NBD. */
final class IncomingDisks {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    /** Between the choice of a port and QEMU's use of it somebody else may take it. */
    private static final int TRIES = 5;

    private IncomingDisks() {}

    /**
     * @param node of a disk by its place among the VM's
     * @return the port
     * @throws IOException when it cannot listen
     */
    static int listen(QmpSession process, Arrival arrival, String address, IntFunction<String> node)
            throws IOException, InterruptedException {
        int port = start(process, address);
        List<DiskId> disks =
                arrival.spec().shape().disks().stream().map(DiskSpec::id).toList();
        for (DiskId disk : arrival.copied()) {
            int index = disks.indexOf(disk);
            if (index < 0) {
                throw new IOException("Disk " + disk + " is to be copied, but the VM has none of that id");
            }
            process.run(new BlockCommand.ExportAdd(node.apply(index), disk.toString()), PATIENCE);
        }
        return port;
    }

    private static int start(QmpSession process, String address) throws IOException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            int port = freePort(address);
            try {
                process.run(new BlockCommand.NbdServerStart(address, port, StreamKeys.ID), PATIENCE);
                return port;
            } catch (QmpException e) {
                if (attempt == TRIES) {
                    throw e;
                }
            }
        }
    }

    private static int freePort(String address) throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(address))) {
            return socket.getLocalPort();
        }
    }
}
