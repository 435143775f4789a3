package dev.yado.stream;

import dev.yado.api.Caller;
import dev.yado.backup.SignsOfLife;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.trust.MachineHttp;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** What guests have written to their consoles last, as a sign that they live. */
@Component
class LastWords implements SignsOfLife {
    private static final Caller ADMINISTRATOR = new Caller.Administrator(null);
    private static final int ENOUGH = 4096;

    private final VmPlaces places;
    private final HostStreams hosts;

    LastWords(VmPlaces places, HostStreams hosts) {
        this.places = places;
        this.hosts = hosts;
    }

    @Override
    public Optional<String> lastWords(VmId vm) {
        try {
            MachineHttp.Target host = places.get(ADMINISTRATOR, vm).host();
            return host == null
                    ? Optional.empty()
                    : hosts.lastBytes(host, vm, 0, ENOUGH)
                            .map(bytes ->
                                    new String(bytes, StandardCharsets.UTF_8).replaceAll("[\\p{Cntrl}&&[^\n]]", ""));
        } catch (YadoException goneOrSilent) {
            return Optional.empty();
        }
    }
}
