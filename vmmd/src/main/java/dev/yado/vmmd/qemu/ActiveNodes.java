package dev.yado.vmmd.qemu;

import dev.yado.vmmd.qmp.BackupCommand;
import dev.yado.vmmd.qmp.QmpException;
import dev.yado.vmmd.qmp.QmpSession;
import dev.yado.vmmd.qmp.SnapshotCommand;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which node of QEMU's block graph has what a guest's drive writes: another one after each snapshot, for the life of the process. Looked
 * up once, so it holds until the next snapshot.
 */
public final class ActiveNodes {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Pattern NAME = Pattern.compile("disk(\\d+)(?:-(\\d+))?");

    private final Map<Integer, String> names;

    private ActiveNodes(Map<Integer, String> names) {
        this.names = Map.copyOf(names);
    }

    /** Of a process that has no guest, or in which no snapshot was taken. */
    public static ActiveNodes atFirst() {
        return new ActiveNodes(Map.of());
    }

    /**
     * Of a process in which no snapshot is being taken: while something is between a drive and its node, the node is the newest.
     */
    public static ActiveNodes of(QmpSession qemu) throws QmpException, InterruptedException {
        Map<Integer, String> names = new HashMap<>();
        Set<String> nodes = qemu.run(new BackupCommand.QueryNodes(), PATIENCE).keySet();
        if (nodes.stream().map(NAME::matcher).noneMatch(name -> name.matches() && name.group(2) != null)) {
            return atFirst();
        }
        qemu.run(new SnapshotCommand.QueryDrives(), PATIENCE)
                .forEach((place, node) -> names.put(
                        place, NAME.matcher(node).matches() ? node : GuestMachine.node(place, newest(nodes, place))));
        return new ActiveNodes(names);
    }

    /** How often a drive has been changed over to another node. */
    public static int newest(Set<String> nodes, int place) {
        int newest = 0;
        for (String node : nodes) {
            Matcher parts = NAME.matcher(node);
            if (parts.matches() && Integer.parseInt(parts.group(1)) == place && parts.group(2) != null) {
                newest = Math.max(newest, Integer.parseInt(parts.group(2)));
            }
        }
        return newest;
    }

    /** @param place of the drive */
    public String of(int place) {
        return names.getOrDefault(place, GuestMachine.node(place));
    }
}
