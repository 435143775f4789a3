package dev.yado.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an operator has decided of a host, whichever machine it is: what its daemon was started with, without the addresses of the machine
 * and the users of its system. Files that hold secrets are named, and never read for this.
 *
 * @param sharedPools directories by name
 * @param repositories directories, or {@code s3:FILE}, by name
 * @param repositoryKeys files by the name of the repository
 * @param backupJobs that it carries out beside one another
 * @param providers bridges by the name of the provider network
 * @param underlayDevice towards other hosts; null: found by its address, or none
 * @param networks whether it carries any
 */
public record HostOptions(
        SortedMap<String, String> sharedPools,
        SortedMap<String, String> repositories,
        SortedMap<String, String> repositoryKeys,
        int backupJobs,
        SortedMap<String, String> providers,
        @Nullable String underlayDevice,
        boolean networks) {
    /** Of a daemon that was started with none. */
    public static final HostOptions DEFAULT =
            new HostOptions(new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), 2, new TreeMap<>(), null, true);

    public HostOptions {
        sharedPools = new TreeMap<>(sharedPools);
        repositories = new TreeMap<>(repositories);
        repositoryKeys = new TreeMap<>(repositoryKeys);
        providers = new TreeMap<>(providers);
    }

    /** As words of the daemon's command line. */
    public List<String> words() {
        List<String> words = new ArrayList<>();
        add(words, "--shared-pool", sharedPools);
        add(words, "--repository", repositories);
        add(words, "--repository-keys", repositoryKeys);
        words.addAll(List.of("--backup-jobs", Integer.toString(backupJobs)));
        add(words, "--provider", providers);
        if (underlayDevice != null) {
            words.addAll(List.of("--underlay-device", underlayDevice));
        }
        if (!networks) {
            words.add("--no-networks");
        }
        return words;
    }

    private static void add(List<String> words, String option, Map<String, String> named) {
        named.forEach((name, where) -> words.addAll(List.of(option, name + "=" + where)));
    }
}
