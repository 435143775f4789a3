package dev.yado.vmmd.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QemuUserTest {
    @TempDir
    Path directory = Path.of("");

    @Test
    void anotherUserIsReachedByOneExecChain() {
        assertThat(new QemuUser.Other(1000, 1001, Optional.of(107)).prefix())
                .containsExactly(
                        "setpriv", "--reuid=1000", "--regid=1001", "--groups=107", "--inh-caps=-all", "--no-new-privs");
        assertThat(new QemuUser.Other(1000, 1001, Optional.empty()).prefix()).contains("--clear-groups");
        assertThat(new QemuUser.Own().prefix()).isEmpty();
    }

    @Test
    void saysHowToOpenTheDeviceToTheUser() throws IOException {
        Path device = Files.createFile(
                directory.resolve("kvm"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        assertThat(new QemuUser.Other(64000, 64000, Optional.empty()).whyNoKvm(device))
                .hasValueSatisfying(reason -> assertThat(reason).contains("64000", "chgrp kvm"));
    }

    @Test
    void groupOfTheDeviceIsEnough() throws IOException {
        Path device = Files.createFile(directory.resolve("kvm"));
        Files.setPosixFilePermissions(device, PosixFilePermissions.fromString("rw-rw----"));
        int group = (Integer) Files.getAttribute(device, "unix:gid");
        assertThat(new QemuUser.Other(64000, 64000, Optional.of(group)).whyNoKvm(device))
                .isEmpty();
    }

    @Test
    void saysThatTheDeviceIsMissing() {
        assertThat(new QemuUser.Own().whyNoKvm(directory.resolve("none")))
                .hasValueSatisfying(reason -> assertThat(reason).contains("does not exist"));
    }

    @Test
    void refusesAUserThatDoesNotExist() {
        assertThatThrownBy(() -> QemuUser.parse("no such user")).hasMessageContaining("no such user");
    }
}
