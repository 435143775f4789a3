package dev.yado.stream;

import dev.yado.api.CurrentCaller;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.ServletServerHttpRequest;
import org.springframework.http.server.ServletServerHttpResponse;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.socket.server.support.DefaultHandshakeHandler;

/** By hand: a generated interface knows bodies, not streams. */
@RestController
class StreamsController {
    private static final MediaType TEXT = new MediaType(MediaType.TEXT_PLAIN, StandardCharsets.UTF_8);
    private final VmPlaces places;
    private final HostStreams hosts;
    private final CurrentCaller caller;
    private final DefaultHandshakeHandler handshake = new DefaultHandshakeHandler();

    StreamsController(VmPlaces places, HostStreams hosts, CurrentCaller caller) {
        this.places = places;
        this.hosts = hosts;
        this.caller = caller;
    }

    /** Nothing, as long as the VM has no host or its host has not begun with it: the guest has said nothing yet. */
    @GetMapping("/v1/vms/{vmId}/serial")
    ResponseEntity<byte[]> serial(
            @PathVariable("vmId") UUID vmId,
            @Min(0) @Max(1) @RequestParam(value = "port", defaultValue = "0") int port,
            @Min(1) @Max(1 << 20) @RequestParam(value = "bytes", defaultValue = "65536") int bytes) {
        VmPlace place = places.get(caller.get(), new VmId(vmId));
        byte[] last = place.host() == null
                ? new byte[0]
                : hosts.lastBytes(place.host(), place.vm(), port, bytes).orElseGet(() -> new byte[0]);
        return ResponseEntity.ok().contentType(TEXT).body(last);
    }

    @GetMapping("/v1/vms/{vmId}/console")
    void console(
            @PathVariable("vmId") UUID vmId,
            @Min(0) @Max(1) @RequestParam(value = "port", defaultValue = "0") int port,
            HttpServletRequest request,
            HttpServletResponse response) {
        VmPlace place = places.get(caller.get(), new VmId(vmId));
        if (!"websocket".equalsIgnoreCase(request.getHeader(HttpHeaders.UPGRADE))) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST, "the console is a WebSocket: connect to it by ws or wss");
        }
        try (ServletServerHttpResponse answer = new ServletServerHttpResponse(response)) {
            handshake.doHandshake(
                    new ServletServerHttpRequest(request),
                    answer,
                    new ConsoleRelay(places, hosts, place.vm(), port),
                    Map.of());
        }
    }
}
