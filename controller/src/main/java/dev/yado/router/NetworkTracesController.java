package dev.yado.router;

import dev.yado.api.CurrentCaller;
import dev.yado.api.generated.NetworkTracesApi;
import dev.yado.api.generated.model.NetworkTrace;
import dev.yado.api.generated.model.NetworkTraceAsk;
import dev.yado.api.generated.model.NetworkTraceHop;
import dev.yado.protocol.NicId;
import dev.yado.protocol.network.PacketTrace.Verdict;
import dev.yado.protocol.network.SecurityRule;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RestController;

@RestController
class NetworkTracesController implements NetworkTracesApi {
    private final NetworkTraces traces;
    private final CurrentCaller caller;

    NetworkTracesController(NetworkTraces traces, CurrentCaller caller) {
        this.traces = traces;
        this.caller = caller;
    }

    @Override
    public ResponseEntity<NetworkTrace> traceNetwork(NetworkTraceAsk asked) {
        Trace trace = traces.trace(
                caller.get(),
                new NetworkTraces.Question(
                        asked.getFromVmId(),
                        nic(asked.getFromNicId()),
                        asked.getToVmId(),
                        nic(asked.getToNicId()),
                        Inet.asked("toAddress", asked.getToAddress()),
                        SecurityRule.Protocol.valueOf(asked.getProtocol().name()),
                        asked.getPort()));
        return ResponseEntity.ok(new NetworkTrace(
                        trace.from.toString(),
                        trace.to.toString(),
                        trace.protocol.name(),
                        trace.stop().isEmpty(),
                        trace.summary(),
                        trace.hops().stream().map(NetworkTracesController::json).toList())
                .port(trace.port)
                .stoppedBy(trace.stop().map(NetworkTracesController::json).orElse(null)));
    }

    private static @Nullable NicId nic(@Nullable UUID id) {
        return id == null ? null : new NicId(id);
    }

    private static NetworkTraceHop json(Trace.Hop hop) {
        Verdict real = hop.real();
        Trace.Stop stop = hop.stop();
        return new NetworkTraceHop(
                        hop.place(),
                        NetworkTraceHop.VerdictEnum.valueOf(hop.wanted().name()),
                        hop.detail())
                .hostId(hop.host() == null ? null : hop.host().value())
                .real(real == null ? null : NetworkTraceHop.RealEnum.valueOf(real.name()))
                .stop(stop == null ? null : NetworkTraceHop.StopEnum.valueOf(stop.name()));
    }
}
