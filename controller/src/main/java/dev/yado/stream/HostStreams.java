package dev.yado.stream;

import dev.yado.protocol.HostAgent.HostUnreachable;
import dev.yado.protocol.VmId;
import dev.yado.trust.MachineHttp;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Asks the daemons of hosts for the bytes of their guests. */
@Component
class HostStreams {
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final int LONGEST_REFUSAL = 1 << 16;
    private final MachineHttp http;

    HostStreams(MachineHttp http) {
        this.http = http;
    }

    /** Empty when the host does not have the VM, or not yet. @throws HostUnreachable when it gives no answer */
    Optional<byte[]> lastBytes(MachineHttp.Target host, VmId vm, int port, int most) {
        return send(host, call("GET", vm, "serial?port=" + port + "&bytes=" + most, null), most + LONGEST_REFUSAL);
    }

    /**
     * The last bytes of the port and all that follow, without end. It takes from the network only what is read.
     *
     * @return empty when the host does not have the VM, or not yet
     * @throws HostUnreachable when it gives no answer
     */
    Optional<InputStream> follow(MachineHttp.Target host, VmId vm, int port) {
        try {
            MachineHttp.Stream answer = http.stream(host, call("GET", vm, "console?port=" + port, null), ANSWER);
            boolean ok = false;
            try {
                ok = isOk(answer.status());
            } finally {
                if (!ok) {
                    answer.bytes().close();
                }
            }
            return ok ? Optional.of(answer.bytes()) : Optional.empty();
        } catch (IOException e) {
            throw new HostUnreachable("the VM's host does not answer", e);
        }
    }

    /** False when the VM does not run there, so that nobody took the bytes. @throws HostUnreachable when nothing is known of what became of the bytes */
    boolean type(MachineHttp.Target host, VmId vm, int port, byte[] bytes) {
        return send(host, call("POST", vm, "console?port=" + port, bytes), LONGEST_REFUSAL)
                .isPresent();
    }

    private static MachineHttp.Call call(String method, VmId vm, String what, byte @Nullable [] body) {
        return new MachineHttp.Call(method, "/v1/vms/" + vm + "/" + what, Map.of(), body);
    }

    private Optional<byte[]> send(MachineHttp.Target host, MachineHttp.Call call, int most) {
        try {
            MachineHttp.Answer answer = http.send(host, call, ANSWER, most);
            return isOk(answer.status()) ? Optional.of(answer.body()) : Optional.empty();
        } catch (IOException e) {
            throw new HostUnreachable("the VM's host does not answer", e);
        }
    }

    /** False for a VM that is not there. */
    private static boolean isOk(int status) {
        return switch (status) {
            case 200, 202, 204 -> true;
            case 404, 409 -> false;
            default ->
                throw new HostUnreachable(
                        "the VM's host answers with status " + status, new IOException("status " + status));
        };
    }
}
