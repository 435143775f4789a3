package dev.yado.cli.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFileTest {
    @TempDir
    private Path home;

    @Test
    void isReadableByItsOwnerAlone() throws Exception {
        ConfigFile file =
                ConfigFile.of(Map.of("XDG_CONFIG_HOME", home.resolve("new").toString()));
        file.write(new ConfigFile.Entry("http://127.0.0.1:8420", "secret", Optional.of("acme")));
        assertThat(mode(file.path())).isEqualTo("rw-------");
        assertThat(mode(home.resolve("new/yado"))).isEqualTo("rwx------");
        assertThat(file.isOpenToOthers()).isFalse();
        try (var files = Files.list(home.resolve("new/yado"))) {
            assertThat(files).containsExactly(file.path());
        }
    }

    @Test
    void givesBackWhatWasWritten() {
        ConfigFile file = new ConfigFile(home.resolve("config.json"));
        ConfigFile.Entry entry = new ConfigFile.Entry("http://h:1", "a\"b", Optional.empty());
        file.write(new ConfigFile.Entry("http://old", "old", Optional.of("old")));
        file.write(entry);
        assertThat(file.read()).contains(entry);
        assertThat(entry.toString()).doesNotContain("a\"b");
    }

    @Test
    void liesInTheHomeDirectoryUnlessXdgSaysOtherwise() {
        assertThat(ConfigFile.of(Map.of("HOME", "/home/u")).path()).hasToString("/home/u/.config/yado/config.json");
        assertThat(ConfigFile.of(Map.of("HOME", "/home/u", "XDG_CONFIG_HOME", ""))
                        .path())
                .hasToString("/home/u/.config/yado/config.json");
        assertThat(ConfigFile.of(Map.of("HOME", "/home/u", "XDG_CONFIG_HOME", "/etc/xdg"))
                        .path())
                .hasToString("/etc/xdg/yado/config.json");
    }

    @Test
    void isNothingBeforeTheFirstLoginAndAnErrorWhenBroken() throws Exception {
        ConfigFile file = new ConfigFile(home.resolve("config.json"));
        assertThat(file.read()).isEmpty();
        Files.writeString(file.path(), "{");
        assertThatThrownBy(file::read).hasMessageContaining("cannot read " + file.path());
    }

    @Test
    void noticesThatOthersCanReadIt() throws Exception {
        ConfigFile file = new ConfigFile(home.resolve("config.json"));
        file.write(new ConfigFile.Entry("http://h", "t", Optional.empty()));
        Files.setPosixFilePermissions(file.path(), PosixFilePermissions.fromString("rw-r-----"));
        assertThat(file.isOpenToOthers()).isTrue();
    }

    private static String mode(Path path) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
