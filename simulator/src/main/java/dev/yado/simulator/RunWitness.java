package dev.yado.simulator;

import dev.yado.protocol.HostId;
import dev.yado.protocol.VmId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Sees every run on all hosts that share it, as nobody in a real cloud can, and notes each that must not be. */
public final class RunWitness {
    private record Running(HostId host, long epoch) {}

    private final Map<VmId, Running> running = new HashMap<>();
    /** Who began each epoch. */
    private final Map<VmId, Map<Long, HostId>> epochs = new HashMap<>();

    private final Map<HostId, Set<VmId>> lostWithTheDisk = new HashMap<>();
    private final Map<VmId, Integer> runs = new HashMap<>();
    private final List<String> offences = new ArrayList<>();

    /** @param again the host may begin this epoch a second time: it was rebooted and the VM is marked for it */
    synchronized void began(VmId vm, HostId host, long epoch, boolean again) {
        Running other = running.put(vm, new Running(host, epoch));
        if (other != null) {
            offences.add("VM " + vm + " began epoch " + epoch + " on host " + host + " while it ran on " + other.host()
                    + " under epoch " + other.epoch());
        }
        HostId earlier = epochs.computeIfAbsent(vm, _ -> new HashMap<>()).put(epoch, host);
        boolean forgotten = host.equals(earlier)
                && lostWithTheDisk.getOrDefault(host, Set.of()).contains(vm);
        if (earlier != null && !again && !forgotten) {
            offences.add("VM " + vm + " began epoch " + epoch + " twice, first on host " + earlier + ", now on host "
                    + host);
        }
        runs.merge(vm, 1, Integer::sum);
    }

    /** A run goes on under a newer epoch. */
    synchronized void goesOn(VmId vm, HostId host, long epoch) {
        running.put(vm, new Running(host, epoch));
        if (epochs.computeIfAbsent(vm, _ -> new HashMap<>()).put(epoch, host) != null) {
            offences.add("VM " + vm + " goes on under epoch " + epoch + ", which was used before, on host " + host);
        }
    }

    /** A guest that was held is not any more. */
    synchronized void goesOnHere(VmId vm, HostId host, long epoch) {
        Running other = running.put(vm, new Running(host, epoch));
        if (other != null) {
            offences.add("VM " + vm + " goes on on host " + host + " while it runs on " + other.host());
        }
    }

    /** A guest that was held on another host goes on on this one. */
    synchronized void arrived(VmId vm, HostId host, long epoch) {
        goesOnHere(vm, host, epoch);
        if (epochs.computeIfAbsent(vm, _ -> new HashMap<>()).put(epoch, host) != null) {
            offences.add("VM " + vm + " arrived under epoch " + epoch + ", which was used before, on host " + host);
        }
    }

    /** The host no longer knows what it has run: it may begin that once more, with an empty disk, when it is asked again. */
    synchronized void wiped(HostId host) {
        epochs.forEach((vm, begun) -> {
            if (begun.containsValue(host)) {
                lostWithTheDisk.computeIfAbsent(host, _ -> new HashSet<>()).add(vm);
            }
        });
    }

    synchronized void ended(VmId vm, HostId host) {
        running.computeIfPresent(vm, (_, run) -> run.host().equals(host) ? null : run);
    }

    /** Sentences, one for each run that must not have been. */
    public synchronized List<String> offences() {
        return List.copyOf(offences);
    }

    /** How often it was begun anywhere. */
    public synchronized int runsOf(VmId vm) {
        return runs.getOrDefault(vm, 0);
    }

    /** VMs that run at this moment. */
    public synchronized Set<VmId> running() {
        return Set.copyOf(running.keySet());
    }
}
