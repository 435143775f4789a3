package dev.yado.vmmd.api;

import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.NetworkId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.network.HostNetwork;
import dev.yado.protocol.network.HostRouter;
import dev.yado.protocol.network.NetworkAgent;
import dev.yado.protocol.network.PacketTrace;
import dev.yado.protocol.network.RouterId;
import java.io.IOException;

/** The routes of networks and routers. */
final class NetworkRoutes {
    /** A network of 10,000 ports has some 4 MB. */
    private static final int LARGEST_BODY = 64 << 20;

    private final NetworkAgent networks;

    NetworkRoutes(NetworkAgent networks) {
        this.networks = networks;
    }

    /** @return false when the path is none of networks */
    boolean route(String method, String[] parts, Exchange exchange) throws IOException {
        switch (method + " " + parts[1] + " " + (parts.length - 2)) {
            case "PUT networks 1" -> {
                HostNetwork network = exchange.body(HostNetwork.class, LARGEST_BODY);
                requireSame(NetworkId.of(parts[2]), network.id());
                exchange.answer(networks.put(network));
            }
            case "DELETE networks 1" ->
                exchange.answer(networks.deleteNetwork(NetworkId.of(parts[2]), exchange.number("generation")));
            case "PUT routers 1" -> {
                HostRouter router = exchange.body(HostRouter.class, LARGEST_BODY);
                requireSame(RouterId.of(parts[2]), router.id());
                exchange.answer(networks.put(router));
            }
            case "DELETE routers 1" ->
                exchange.answer(networks.deleteRouter(RouterId.of(parts[2]), exchange.number("generation")));
            case "POST networks 2" -> {
                if (!parts[3].equals("trace")) {
                    return false;
                }
                PacketTrace.Question question = exchange.body(PacketTrace.Question.class, LARGEST_BODY);
                requireSame(NetworkId.of(parts[2]), question.network());
                exchange.answer(networks.trace(question));
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private static void requireSame(Object inPath, Object inBody) {
        if (!inPath.equals(inBody)) {
            throw new YadoException(
                    ErrorCode.INVALID_REQUEST, "It is refused: the id in the path and the one in the body differ.");
        }
    }
}
