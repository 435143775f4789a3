package dev.yado.vmmd.store;

import dev.yado.protocol.HostOptions;
import dev.yado.protocol.ProtocolJson;
import dev.yado.vmmd.store.DurableFile.Survives;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/** What this host was given when it took another one's place: the options of that one's daemon. The operator may change or remove the file. */
public record GivenOptions(Path file) {

    public static GivenOptions in(Path state) {
        return new GivenOptions(state.resolve("options.json"));
    }

    /** Empty for a host that was given none. @throws IOException with a sentence for the operator */
    public Optional<HostOptions> read() throws IOException {
        try {
            return Optional.of(ProtocolJson.mapper().readValue(Files.readAllBytes(file), HostOptions.class));
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (JacksonException e) {
            throw new IOException(file + " is damaged: mend or remove it. " + e.getOriginalMessage(), e);
        }
    }

    /** Lasts when it returns. */
    public void write(HostOptions options) throws IOException {
        DurableFile.replace(
                file,
                ProtocolJson.mapper().writerWithDefaultPrettyPrinter().writeValueAsBytes(options),
                Survives.POWER_CUT);
    }
}
