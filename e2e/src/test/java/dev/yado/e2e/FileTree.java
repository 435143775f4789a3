package dev.yado.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/** Files in a guest, and what the guest itself makes of them. */
record FileTree(String directory) {
    private static final int TRIES = 3;

    /** Directories, and in them files of all sizes. */
    void grow(Shell shell, String name, int files, int mostKiB) {
        done(
                shell,
                "mkdir -p " + directory + "/" + name + "/deep/er && cd " + directory + "/" + name
                        + " && i=0; while [ $i -lt "
                        + files
                        + " ]; do dd if=/dev/urandom of=$([ $((i % 3)) = 0 ] && echo deep/er/)f$i bs=1k count=$((1 + i * 37 % "
                        + mostKiB + ")) 2>/dev/null || break; i=$((i + 1)); done; [ $i = " + files + " ]");
    }

    /** Everything that was asked for came to pass, and lies on the disk. */
    void change(Shell shell, String command) {
        done(shell, "cd " + directory + " && " + command);
    }

    private static void done(Shell shell, String command) {
        assertThat(shell.run("{ " + command + "; } && sync && echo all-$((1 + 1))-done"))
                .contains("all-2-done");
    }

    /**
     * Names, kinds, modes, sizes and content of all there is, as read from the disk. QEMU says a character twice where whoever hears a
     * serial port is slow, so what cannot be an answer is asked for again.
     */
    String digest(Shell shell) {
        String said = "";
        for (int i = 0; i < TRIES; i++) {
            said = shell.run("sync; echo 3 >/proc/sys/vm/drop_caches; cd " + directory + " && { find . | sort | xargs"
                    + " stat -c '%n %F %a %Y %s'; find . -type f | sort | xargs sha256sum; } | sha256sum; cd /");
            List<String> digests = said.lines()
                    .map(String::strip)
                    .filter(line -> line.matches("[0-9a-f]{64}  -"))
                    .toList();
            if (digests.size() == 1) {
                return digests.getFirst();
            }
        }
        throw new AssertionError("no digest of the files: " + said);
    }
}
